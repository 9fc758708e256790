/**
 * What a request demands beside its fields, in framing extras: durability, and that the item keeps its expiry.
 *
 *   durability ─ level 1 to 3 ─ the map has too few copies ──────────────▶ impossible
 *                             ├ enough of them run ──────────────────────▶ executed when replicas have it (replicaLag)
 *                             └ too few run ─ the time is over ───────────▶ ambiguous; meanwhile others: in progress
 *   preserve expiry ─ the item exists ─▶ the write has its expiry
 *
 * Frames that are not modelled are refused, as a node refuses what it does not know.
 */
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { frameId, parseFrames } from '../../protocol/binary/frame-info.ts';

/** The terms of a request. */
export interface WriteTerms {
  /** Whether a majority of the copies must have the write. */
  readonly isDurable: boolean;
  /** How long a node waits for a majority, in ms. */
  readonly durabilityTimeout: number;
  readonly preserveExpiry: boolean;
}

const none: WriteTerms = { isDurable: false, durabilityTimeout: 0, preserveExpiry: false };
/** kv_engine's default, in ms. */
const defaultTimeout = 30_000;
const highestLevel = 3;

/** The terms of a request, or the status with which it is refused. `isWrite`: it stores or deletes an item. */
export function termsOf(command: Command, isWrite: boolean): WriteTerms | number {
  const framing = command.packet?.framing;
  if (framing === undefined) return none;
  const frames = parseFrames(framing);
  if (frames === undefined) return status.invalidArguments;
  let terms = none;
  for (const { id, data } of frames) {
    switch (id) {
      case frameId.durability: {
        if (data.length !== 1 && data.length !== 3) return status.invalidArguments;
        if (data[0]! < 1 || data[0]! > highestLevel) return status.durabilityInvalidLevel;
        const durabilityTimeout = data.length === 3 ? (data[1]! << 8) | data[2]! : defaultTimeout;
        terms = { ...terms, isDurable: true, durabilityTimeout };
        break;
      }
      // request-order.ts
      case frameId.barrier:
        if (data.length > 0) return status.invalidArguments;
        break;
      case frameId.preserveExpiry:
        if (data.length > 0) return status.invalidArguments;
        terms = { ...terms, preserveExpiry: true };
        break;
      case frameId.openTracing:
        break;
      default:
        return status.unknownFrameInfo;
    }
  }
  if (terms.isDurable && !isWrite) return status.invalidArguments;
  // kv_engine: what creates an item, or sets an expiry alone, has nothing to keep.
  if (terms.preserveExpiry && (!isWrite || command.mode === 'add')) return status.invalidArguments;
  return terms;
}
