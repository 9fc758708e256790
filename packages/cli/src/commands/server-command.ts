/** `memfleet server`: the embedded memcached server, on a port. */
import { Command, Option } from 'commander';
import { createServer, passwordsOf, type Server, serverDefaults, type ServerOptions } from 'memfleet/server';
import { exitCodes, fail, reasonOf } from '../failure.ts';
import { handedSockets } from '../handed-over.ts';
import { type Logins, readLogins } from '../logins.ts';
import { addressForms, type ListenAddress, listenAddress, numberWithin, size, word } from '../option-values.ts';
import type { SnapshotFile } from '../server/snapshot-file.ts';
import { onStop } from '../signals.ts';
import { formatSize } from '../sizes.ts';
import { availableMemory, memoryWarning } from './memory-warning.ts';
import { releaseYoungGeneration, smallMemory } from './young-generation.ts';

interface Options {
  readonly listen?: ListenAddress;
  readonly memory: number;
  readonly maxItemSize?: number;
  readonly maxConnections: number;
  readonly idleTimeout: number;
  readonly user?: Logins;
  readonly passwordFile?: string;
  readonly advertiseVersion: string;
  readonly allowShutdown?: true;
  readonly snapshot?: string;
}

export function serverCommand(): Command {
  const { host, port, maxBytes, maxItemSize, maxConnections, version } = serverDefaults;
  const listen = new Option(
    '-l, --listen <address>',
    `${addressForms} (default: the socket that was handed over, or ${host}:${port})`,
  ).argParser(listenAddress);
  const memory = new Option('--memory <size>', 'memory that all items together may take')
    .argParser(size)
    .default(maxBytes, formatSize(maxBytes));
  const itemSize = new Option(
    '--max-item-size <size>',
    `what one item may take (default: ${formatSize(maxItemSize)}, or all of --memory where that is less)`,
  ).argParser(size);
  return new Command('server')
    .description('run a memcached server: text, meta and binary protocol on one port, items in memory')
    .addOption(listen)
    .addOption(memory)
    .addOption(itemSize)
    .option(
      '-c, --max-connections <number>',
      'connections at the same time; further ones are refused',
      count,
      maxConnections,
    )
    .option('--idle-timeout <seconds>', 'close connections that are idle for this long; 0 = never', seconds, 0)
    .option('--user <name:password>', userHelp, user)
    .addOption(new Option('--password-file <file>', fileHelp).conflicts('user'))
    .option('--snapshot <file>', snapshotHelp)
    .option('--allow-shutdown', 'accept the command `shutdown` from clients; refused without it')
    .option(
      '--advertise-version <version>',
      'the version in the reply to `version`, by which clients choose features',
      word,
      version,
    )
    .action(run);
}

const userHelp =
  'a login that the server accepts; may be repeated (default: no login needed). Other users of this machine can see it: prefer --password-file';
const fileHelp = 'a file with the accepted logins, one name:password per line; reloaded at SIGHUP';
const snapshotHelp =
  'keep the items in this file while the server does not run: load it at the start, and write it at the end (SIGINT, SIGTERM, SIGUSR1, or the command `shutdown`)';
const count = numberWithin(1, 1_000_000, 'connections');
const seconds = numberWithin(0, 1_000_000, 'seconds', false);

function user(text: string, before: Logins = {}): Logins {
  const colon = text.indexOf(':');
  if (colon < 1) fail("option '--user <name:password>' has no name and password");
  return { ...before, [text.slice(0, colon)]: text.slice(colon + 1) };
}

/** The socket that was handed over; of several it must be said which. */
function handedSocket(): ListenAddress | undefined {
  const [socket, another] = handedSockets();
  if (another !== undefined)
    fail('several sockets were handed over: say which one to listen on, such as --listen fd:3');
  return socket === undefined ? undefined : { fd: socket.fd };
}

interface PasswordKeeper {
  readonly authenticate: (user: string, password: string) => boolean;
  /** What is wrong with the file is said, and what it had before counts. */
  readAgain(): void;
}

function keepPasswords(file: string): PasswordKeeper {
  const read = (): ReturnType<typeof passwordsOf> => passwordsOf(readLogins(file));
  let authenticate = read();
  return {
    authenticate: (name, password) => authenticate(name, password),
    readAgain() {
      try {
        authenticate = read();
        console.log('memfleet server: the users were read again');
      } catch (error) {
        process.stderr.write(`memfleet: ${(error as Error).message}\n`);
      }
    },
  };
}

async function run(options: Options): Promise<void> {
  const { memory, maxItemSize = Math.min(serverDefaults.maxItemSize, memory) } = options;
  if (maxItemSize > memory)
    fail(`option '--max-item-size' (${formatSize(maxItemSize)}) must not be above '--memory' (${formatSize(memory)})`);
  const keeper = options.passwordFile === undefined ? undefined : keepPasswords(options.passwordFile);
  const settings: ServerOptions = {
    ...(options.listen ?? handedSocket()),
    maxBytes: memory,
    maxItemSize,
    maxConnections: options.maxConnections,
    idleTimeout: options.idleTimeout * 1000,
    ...(keeper === undefined ? { users: options.user } : { authenticate: keeper.authenticate }),
    allowShutdown: options.allowShutdown === true,
    version: options.advertiseVersion,
  };
  if (memory >= smallMemory) releaseYoungGeneration();
  const warning = memoryWarning(memory, availableMemory());
  if (warning !== undefined) process.stderr.write(`memfleet: ${warning}\n`);
  const server = createServer(settings);
  const snapshot = options.snapshot === undefined ? undefined : await keepItems(server, options.snapshot);
  const address = await server.listen();
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  const end = (): void => {
    release();
    // The channel to the parent would keep the process.
    process.channel?.unref();
    void server.close();
  };
  const release = onStop(end);
  // As memcached: it outlives the terminal that started it.
  process.on('SIGHUP', () => keeper?.readAgain());
  const bounds = `${formatSize(memory)}, items up to ${formatSize(maxItemSize)}, ${options.maxConnections} connections`;
  console.log(`memfleet server listens on ${where} (${bounds}); Ctrl-C ends it`);
  // Forked: the parent receives the address, and the server does not outlive it.
  process.send?.({ listening: where });
  process.once('disconnect', () => (snapshot === undefined ? process.exit() : end()));
}

/** Loads the items of a file, and saves them in it when the server has stopped, whatever stopped it. */
async function keepItems(server: Server, path: string): Promise<SnapshotFile> {
  const { SnapshotFile } = await import('../server/snapshot-file.ts');
  const file = new SnapshotFile(path);
  const loaded = await file.load(server);
  if (loaded !== undefined) console.log(`memfleet server: ${counted(loaded)} loaded from ${path}`);
  process.once('beforeExit', () => {
    file.save(server).then(
      (saved) => console.log(`memfleet server: ${counted(saved)} saved in ${path}`),
      (error: unknown) => {
        process.stderr.write(`memfleet: snapshot ${path} cannot be written: ${reasonOf(error)}\n`);
        process.exitCode = exitCodes.failed;
      },
    );
  });
  return file;
}

const counted = (items: number): string => `${items} ${items === 1 ? 'item' : 'items'}`;
