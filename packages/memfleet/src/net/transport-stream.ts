/**
 * A stream over a transport, for Node's HTTP on a network that has no sockets:
 *
 *   Transport ─ onData ─▶ push ─▶ reader       reader is full ─▶ pause
 *             ◀─ write ── chunk ◀─ writer      false ─▶ the next chunk after onDrain
 */
import { Duplex } from 'node:stream';
import type { Transport, TransportEvents } from './transport.ts';

/** Makes the stream; `attach` makes its transport, whose owner the stream is. */
export function transportStream(attach: (events: TransportEvents) => Transport): Duplex {
  let onDrained: (() => void) | undefined;
  const drained = (): void => {
    const next = onDrained;
    onDrained = undefined;
    next?.();
  };
  const stream = new Duplex({
    read: () => transport.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (transport.write([chunk])) done();
      else onDrained = done;
    },
    final: (done) => {
      transport.end();
      done();
    },
    destroy: (error, done) => {
      transport.destroy(error ?? undefined);
      done(error);
    },
  });
  const transport = attach({
    onData: (chunk) => {
      if (!stream.push(Buffer.from(chunk))) transport.pause();
    },
    onDrain: drained,
    onEnd: () => void stream.push(null),
    onClose: (error) => void stream.destroy(error),
  });
  return stream;
}
