/** `spawnMemcached`: the real memcached for tests, with faults in front of it. */
import type { Clock } from '../../base/clock.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import { startMemcached } from './memcached-process.ts';
import { RelayedNode } from './relayed-node.ts';
import type { SingleNode, TestNodeOptions } from './test-node.ts';

/** The options of `spawnMemcached`. */
export interface SpawnOptions extends TestNodeOptions {
  /** Further arguments of memcached, such as `['-m', '16']`, but not where it listens. @default none */
  readonly args?: readonly string[] | undefined;
  /** The clock of faults, such as `delay`; memcached itself has the system's. @default the system's */
  readonly clock?: Clock | undefined;
}

/** A process of memcached that listens. Made by `spawnMemcached`; `stop` ends the process. */
export interface TestMemcached extends SingleNode {
  /** The number of the process. */
  readonly pid: number;
}

const listens = /^(?:-[psalUdu]|--(?:port|unix-socket|unix-mask|listen|udp-port|daemon|user)\b)/;

/**
 * Starts the program memcached on a free port of 127.0.0.1. It listens when the promise resolves, and ends with this
 * process, unless this process is killed by a signal. Rejects with a MemcacheError where no memcached is installed; the
 * message says how to install it.
 *
 * @example
 * await using memcached = await spawnMemcached({ args: ['-m', '16'] });
 * const cache = memcached.client();
 */
export async function spawnMemcached(options: SpawnOptions = {}): Promise<TestMemcached> {
  const { args = [] } = options;
  const wrong = args.find((argument) => listens.test(argument));
  if (wrong !== undefined)
    throw new InvalidArgumentError(
      `spawnMemcached chooses where memcached listens: leave out ${JSON.stringify(wrong)}`,
    );
  const node = new RelayedNode(options);
  const memcached = await startMemcached(args);
  const { port, pid } = memcached;
  await node.open({ host: '127.0.0.1', port, stop: () => memcached.stop() });
  return Object.assign(node, { pid });
}
