/** Bytes into decoders, in pieces. */
import type { Decoder } from '../../packages/memfleet/dist/protocol/codec.js';
import type { Random } from './random.ts';

/**
 * Pushes the bytes: all at once, or in pieces of random lengths, which lie in one memory as those of a socket do. What
 * the decoder throws is thrown.
 */
export function feed(decoder: Decoder, bytes: Buffer, random: Random | undefined): void {
  if (random === undefined) {
    decoder.push(Buffer.from(bytes));
    return;
  }
  const most = random.pick([1, 3, 20, 300, 5000]);
  const shared = Buffer.alloc(most);
  for (let at = 0; at < bytes.length;) {
    const wanted = Math.min(1 + random.below(most), bytes.length - at);
    const target = random.oneIn(2) ? decoder.target() : undefined;
    const count = Math.min(wanted, target?.length ?? wanted);
    if (target === undefined) {
      bytes.copy(shared, 0, at, at + count);
      decoder.push(shared.subarray(0, count));
      shared.fill(0xee);
    } else {
      bytes.copy(target, 0, at, at + count);
      decoder.filled(count);
    }
    at += count;
  }
}
