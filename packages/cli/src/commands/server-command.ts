/** `memfleet server`: the embedded memcached server, on a port. */
import { Command, Option } from 'commander';
import { createServer, serverDefaults, type ServerOptions } from 'memfleet/server';
import { fail } from '../failure.ts';
import { handedSockets } from '../handed-over.ts';
import { addressForms, type ListenAddress, listenAddress, numberWithin, size, word } from '../option-values.ts';
import { onStop } from '../signals.ts';
import { formatSize } from '../sizes.ts';

interface Options {
  readonly listen?: ListenAddress;
  readonly memory: number;
  readonly maxItemSize?: number;
  readonly maxConnections: number;
  readonly idleTimeout: number;
  readonly user?: Readonly<Record<string, string>>;
  readonly advertiseVersion: string;
}

export function serverCommand(): Command {
  const { host, port, maxBytes, maxItemSize, maxConnections, version } = serverDefaults;
  const listen = new Option(
    '-l, --listen <address>',
    `${addressForms} (default: the socket that was handed over, or ${host}:${port})`,
  ).argParser(listenAddress);
  const memory = new Option('--memory <size>', 'what all items together may take')
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
    .option('-c, --max-connections <number>', 'connections; one more is refused', count, maxConnections)
    .option('--idle-timeout <seconds>', 'close connections that are silent for so long; 0 = never', seconds, 0)
    .option('--user <name:password>', 'who may come in; can be given several times (default: everybody)', user)
    .option('--advertise-version <version>', 'what `version` says, and so what clients take it for', word, version)
    .action(run);
}

const count = numberWithin(1, 1_000_000, 'connections');
const seconds = numberWithin(0, 1_000_000, 'seconds', false);

function user(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
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

async function run(options: Options): Promise<void> {
  const { memory, maxItemSize = Math.min(serverDefaults.maxItemSize, memory) } = options;
  if (maxItemSize > memory)
    fail(`option '--max-item-size' (${formatSize(maxItemSize)}) must not be above '--memory' (${formatSize(memory)})`);
  const settings: ServerOptions = {
    ...(options.listen ?? handedSocket()),
    maxBytes: memory,
    maxItemSize,
    maxConnections: options.maxConnections,
    idleTimeout: options.idleTimeout * 1000,
    users: options.user,
    version: options.advertiseVersion,
  };
  const server = createServer(settings);
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
  process.on('SIGHUP', () => {});
  const bounds = `${formatSize(memory)}, items up to ${formatSize(maxItemSize)}, ${options.maxConnections} connections`;
  console.log(`memfleet server listens on ${where} (${bounds}); Ctrl-C ends it`);
  // Forked: the parent is told, and the server does not outlive it.
  process.send?.({ listening: where });
  process.once('disconnect', () => process.exit());
}
