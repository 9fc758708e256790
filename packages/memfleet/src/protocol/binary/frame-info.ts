/**
 * Framing extras of requests with magic 0x08: a list of frames, each with an id and a length.
 *
 *   │ id, 4 bits │ length, 4 bits │ (id − 15) │ (length − 15) │ data │ …       the bytes in parentheses after a 15
 *
 * (kv_engine BinaryProtocol.md, "Request header with flexible framing extras")
 */

/** The ids of the frames that this library names. */
export const frameId = { barrier: 0x00, durability: 0x01, openTracing: 0x03, preserveExpiry: 0x05 } as const;

/** A frame without data that is executed after all earlier requests of the connection, and before all later ones. */
const barrier = Uint8Array.of(frameId.barrier << 4);

/** Framing extras with a barrier in addition. */
export function withBarrierFrame(framing: Uint8Array | undefined): Uint8Array {
  return framing === undefined ? barrier : Buffer.concat([framing, barrier]);
}

/** One frame. */
export interface FrameInfo {
  readonly id: number;
  readonly data: Uint8Array;
}

/** The frames in framing extras; undefined = they end in the middle of a frame. */
export function parseFrames(bytes: Uint8Array): readonly FrameInfo[] | undefined {
  const frames: FrameInfo[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at++]!;
    let id = first >>> 4;
    let length = first & 0x0f;
    if (id === 15) id += bytes[at++] ?? NaN;
    if (length === 15) length += bytes[at++] ?? NaN;
    // NaN: the byte is missing.
    if (!(at + length <= bytes.length) || Number.isNaN(id)) return undefined;
    frames.push({ id, data: bytes.subarray(at, at + length) });
    at += length;
  }
  return frames;
}
