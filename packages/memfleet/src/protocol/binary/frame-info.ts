/**
 * Framing extras of requests with magic 0x08 and of replies with magic 0x18: a list of frames, each with an id and a
 * length.
 *
 *   │ id, 4 bits │ length, 4 bits │ (id − 15) │ (length − 15) │ data │ …       the bytes in parentheses after a 15
 *
 * (kv_engine BinaryProtocol.md, "Request header with flexible framing extras")
 */

import { codeOf } from '../../core/server-time.ts';

/** The ids of the frames that this library names. */
export const frameId = { barrier: 0x00, durability: 0x01, openTracing: 0x03, preserveExpiry: 0x05 } as const;

/** A frame without data that is executed after all earlier requests of the connection, and before all later ones. */
const barrier = Uint8Array.of(frameId.barrier << 4);

/** Framing extras with a barrier in addition. */
export function withBarrierFrame(framing: Uint8Array | undefined): Uint8Array {
  return framing === undefined ? barrier : Buffer.concat([framing, barrier]);
}

/** The frame of replies where HELLO granted tracing: the time that the server worked, in 16 bits. */
const serverTimeFrame = 0x00;
/** Its first byte: the id, and 2 bytes of data. */
const serverTimeHead = (serverTimeFrame << 4) | 2;

/** The coded time in the framing extras of a reply; −1 = they have none. */
export function serverTimeIn(bytes: Uint8Array, start: number, end: number): number {
  if (end === start) return -1;
  if (end - start >= 3 && bytes[start] === serverTimeHead) return (bytes[start + 1]! << 8) | bytes[start + 2]!;
  const frame = parseFrames(bytes.subarray(start, end))?.find(({ id }) => id === serverTimeFrame);
  return frame?.data.length === 2 ? (frame.data[0]! << 8) | frame.data[1]! : -1;
}

/** The framing extras of a reply to a request on which the server worked for so many microseconds. */
export function buildServerTime(microseconds: number): Uint8Array {
  const coded = codeOf(microseconds);
  return Uint8Array.of(serverTimeHead, coded >>> 8, coded & 0xff);
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
