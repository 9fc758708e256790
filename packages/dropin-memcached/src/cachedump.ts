/** `stats cachedump`, whose lines are no statistics: a connection of its own, for one request. */
import { connect } from 'node:net';

/** An item of a slab. */
export interface DumpedItem {
  readonly key: string;
  /** The size of the value in bytes. */
  readonly b: number;
  /** When the item ends, as a Unix time in seconds. */
  readonly s: number;
}

const item = /^ITEM (\S+) \[(\d+) b; (\d+) s\]$/gm;

const digits = /^\d+$/;

/** An item alone, or a list of several, as the original gives them; undefined = there are none. */
export function cachedump(
  [port, host]: readonly string[],
  slab: number,
  count: number,
  timeout: number,
): Promise<DumpedItem | DumpedItem[] | undefined> {
  return new Promise((resolve, reject) => {
    // A text may have line ends, and commands behind them.
    if (![slab, count].every((given) => digits.test(String(given))))
      throw new Error('Arguments "slabid" and "number" are not valid Numbers.');
    const socket = connect(host === undefined ? { path: port ?? '' } : { host, port: Number(port) });
    let text = '';
    socket.setEncoding('latin1').setTimeout(timeout, () => socket.destroy(new Error('Timed out waiting for the dump')));
    socket.on('connect', () => socket.write(`stats cachedump ${slab} ${count}\r\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!/(?:^|\n)(?:END|(?:CLIENT_|SERVER_)?ERROR[^\n]*)\r\n$/.test(text)) return;
      socket.destroy();
      const lines = text.replaceAll('\r', '');
      const failure = /^(?:CLIENT_|SERVER_)?ERROR.*$/m.exec(lines)?.[0];
      if (failure !== undefined) {
        reject(new Error(failure.replace(/^\w+_ERROR /, '')));
        return;
      }
      const items = Array.from(lines.matchAll(item), ([, key = '', b, s]) => ({ key, b: Number(b), s: Number(s) }));
      resolve(items.length > 1 ? items : items[0]);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The connection ended before the dump did')));
  });
}
