/**
 * Lets accepted sockets read into one buffer that all of them share, as sockets that dial do by `onread`.
 *
 *   kernel ─▶ shared buffer (64 KB) ─▶ onData(view) ─▶ next socket
 *
 * Without it Node allocates 64 KB for every read, makes an ArrayBuffer of them, and passes that through a stream.
 * `net.Server` has no such option (up to Node 26), but every socket has the fields that the option fills. They are not
 * a public interface: this file checks for them, and where one is missing sockets are read by `data` events as usual.
 * Measured in docs/performance.md, "shared reads".
 */
import type { Socket } from 'node:net';
import type { TransportEvents } from './transport.ts';

const size = 64 * 1024;
const shared: Buffer = Buffer.allocUnsafeSlow(size);
/** The length up to which views are kept. */
const longestKept = 1024;
/** The first bytes of the buffer, by their number; each view is made when as many arrive for the first time. */
const beginnings: (Buffer | undefined)[] = Array.from({ length: longestKept + 1 });

function beginning(count: number): Buffer {
  if (count <= longestKept) return (beginnings[count] ??= shared.subarray(0, count));
  return count === size ? shared : shared.subarray(0, count);
}

interface Handle {
  useUserBuffer(buffer: Uint8Array): void;
}

type Fields = Record<symbol, unknown>;

/** The fields of `net.Socket` that hold the buffer and the callback of `onread`. */
interface Names {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** Undefined = not checked yet; null = this runtime has none. */
let names: Names | null | undefined;

function findNames(socket: Socket): Names | null {
  const symbols = Object.getOwnPropertySymbols(socket);
  const named = (name: string): symbol | undefined => symbols.find(({ description }) => description === name);
  const [buffer, callback] = [named('kBuffer'), named('kBufferCb')];
  return buffer === undefined || callback === undefined ? null : { buffer, callback };
}

/**
 * The chunk that `events.onData` gets is valid only during the call. False: the runtime does not support it, and the
 * socket is unchanged.
 */
export function readShared(socket: Socket, events: Pick<TransportEvents, 'onData'>): boolean {
  if (names === undefined) names = findNames(socket);
  const handle = (socket as unknown as { _handle?: Partial<Handle> | null })._handle;
  if (names === null || typeof handle?.useUserBuffer !== 'function') return false;
  const fields = socket as unknown as Fields;
  fields[names.buffer] = shared;
  fields[names.callback] = (count: number): boolean => {
    events.onData(beginning(count));
    return true;
  };
  handle.useUserBuffer(shared);
  return true;
}
