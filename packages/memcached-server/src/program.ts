/**
 * `memcached …`: reads the command line in memcached's order, listens, and ends as memcached does.
 *
 *   arguments ─▶ Settings ─ checks ─▶ ServerOptions ─▶ Server ─▶ port file, pid file
 *   SIGINT, SIGTERM: ends at once     SIGUSR1: replies to what is in flight first     SIGHUP: reads the logins again
 */
import { createServer, type Server, type ServerOptions } from 'memfleet/server';
import { settingsOf } from './command-line.ts';
import { Exit, exitCodes } from './failure.ts';
import { assumeIdentity, becomeDaemon } from './identity.ts';
import { type Logins, loginsOf } from './logins.ts';
import { serverOptionsOf } from './server-options.ts';
import type { Settings } from './settings.ts';
import { writePorts, writeProcessId } from './written-files.ts';
import { setYoungGrowth, smallMemory } from './young-generation.ts';

function report(error: unknown): void {
  const isExpected = error instanceof Exit;
  process.stderr.write(`${isExpected ? error.message : (error as Error).message}\n`);
  process.exitCode = isExpected ? error.code : exitCodes.system;
}

/**
 * Runs the program with the words behind its name. Resolves when it listens or has nothing left to do; what is wrong
 * is on stderr, and in the exit code of the process.
 */
export async function runMemcached(words: readonly string[]): Promise<void> {
  try {
    const settings = settingsOf(words);
    if (typeof settings === 'string') process.stdout.write(settings);
    else await run(settings);
  } catch (error) {
    report(error);
  }
}

async function run(settings: Settings): Promise<void> {
  if (settings.maxBytes > smallMemory) setYoungGrowth(2);
  const options = serverOptionsOf(settings);
  assumeIdentity(settings.user);
  if (settings.isDaemon && becomeDaemon(settings.verbosity)) {
    // Whatever keeps this process, such as the debugger's socket, is not for the daemon.
    process.exit(0);
  }
  const logins = loginsOf(settings);
  const server = await listening(logins === undefined ? options : { ...options, authenticate: logins.authenticate });
  obeySignals(settings, server, logins);
  const { tcp, udp } = server.addresses;
  const portFile = process.env['MEMCACHED_PORT_FILENAME'];
  if (portFile !== undefined && settings.socketPath === undefined) writePorts(portFile, tcp, udp);
  if (settings.pidFile !== undefined) writeProcessId(settings.pidFile, settings.isDaemon);
  if (settings.verbosity > 1)
    for (const address of [...tcp, ...udp])
      process.stderr.write(
        `server listening: ${'path' in address ? address.path : `${address.host} ${address.port}`}\n`,
      );
  // Without a listening socket nothing else keeps the process.
  if (tcp.length + udp.length === 0) setInterval(() => {}, 0x7fff_ffff);
}

/** An address with a port, of IPv4 where it was that of all addresses. */
function v4(address: string): string {
  return address.replace('[::]', '0.0.0.0');
}

/**
 * A machine without IPv6 has no `::`, and on others a port of `::` may be taken while that of IPv4 is free: memcached
 * listens where it can.
 */
async function listening(options: ServerOptions): Promise<Server> {
  const server = createServer(options);
  try {
    await server.listen();
    return server;
  } catch (error) {
    const isWithoutV6 = /EAFNOSUPPORT|EADDRNOTAVAIL|EADDRINUSE/.test((error as Error).message) && options.host === '::';
    if (!isWithoutV6) throw error;
    const { alsoListen = [], udp = [] } = options;
    const other = createServer({ ...options, host: '0.0.0.0', alsoListen: alsoListen.map(v4), udp: udp.map(v4) });
    await other.listen();
    return other;
  }
}

function obeySignals({ verbosity }: Settings, server: Server, logins: Logins | undefined): void {
  const endNow = (): never => {
    if (verbosity > 0) process.stderr.write('Exiting normally\n');
    process.exit(0);
  };
  process.on('SIGINT', endNow);
  process.on('SIGTERM', endNow);
  process.removeAllListeners('SIGUSR1');
  process.on('SIGUSR1', () => {
    process.stderr.write('Gracefully stopping\n');
    void server.close().then(() => process.exit(0));
  });
  process.on('SIGHUP', () => logins?.readAgain());
}
