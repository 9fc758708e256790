/** Runs `memfleet proxy` in this process, until a signal ends it. */
import { RecentLog } from '../../dashboard/recent-log.ts';
import { exitCodes } from '../../failure.ts';
import { type HandedSocket, handedSockets } from '../../handed-over.ts';
import { onStop } from '../../signals.ts';
import { type OriginArguments, originWith } from '../command-line.ts';
import type { LoadedSettings } from '../settings.ts';
import { createLogger } from './logger.ts';
import { ProxyProgram } from './proxy-program.ts';

/**
 * `urls`: the arguments at the end of the command line. Fulfils when the proxy accepts clients. Throws UsageError,
 * MemcacheError.
 */
export async function runProxy(urls: readonly string[], options: OriginArguments): Promise<void> {
  const moxi = options.moxi ?? (urls.length === 0 ? undefined : urls.join(','));
  const load = await originOf({ ...options, ...(moxi === undefined ? {} : { moxi }) });
  const loaded = load();
  const recent = new RecentLog();
  const log = createLogger(loaded.settings.log, { pid: process.pid }, process.stdout, (line) => recent.add(line));
  for (const { fd, name } of unusedSockets(loaded))
    log.warn({ fd, ...(name === undefined ? {} : { name }) }, 'a socket was handed over that no listener has');
  const program = new ProxyProgram(loaded, load, log, { recent, onLost: () => process.exit(exitCodes.failed) });
  handleSignals(program);
  await program.start();
}

/** Loads what reads configurations only for one. */
async function originOf(given: OriginArguments): Promise<() => LoadedSettings> {
  const { config, moxi, nutcracker } = given;
  if ([config, moxi, nutcracker].every((one) => one === undefined)) return originWith(given, undefined);
  const origin = await import('../origin.ts');
  return origin.originOf(given);
}

/** Sockets on which clients would wait for ever. */
function unusedSockets({ settings: { proxy, admin } }: LoadedSettings): HandedSocket[] {
  const used = new Set(proxy.listeners.map((listener) => listener.fd));
  if (admin !== undefined && 'fd' in admin) used.add(admin.fd);
  return handedSockets().filter(({ fd }) => !used.has(fd));
}

/** SIGHUP reloads. The first SIGTERM, SIGINT or SIGUSR1 drains, the second kills. */
function handleSignals(program: ProxyProgram): void {
  let isEnding = false;
  let code = 0;
  const end = (signal: NodeJS.Signals): void => {
    // When it is killed, what drains is done as well; whichever comes first says that it was killed.
    if (isEnding) code = exitCodes.failed;
    void (isEnding ? program.kill(signal) : program.stop(signal)).finally(() => process.exit(code));
    isEnding = true;
  };
  // Forked: it does not outlive its parent.
  process.once('disconnect', () => end('SIGTERM'));
  process.on('SIGHUP', () => void program.reload('SIGHUP'));
  onStop(end);
}
