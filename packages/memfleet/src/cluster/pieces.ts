/** The keys of a multi-key command for one node, in pieces: each is a command of its own. */
import { type Command, derive } from '../core/command.ts';
import type { PacedGet } from '../pool/paced-gets.ts';
import type { Pool } from '../pool/pool.ts';
import type { Gather } from './gather.ts';

/** The maximum number of keys of one command to one node: servers bound their lines. */
const maxKeys = 1000;
/**
 * The number of keys of a piece where there are more, which are sent a few at a time (pool/paced-gets.ts): no other
 * command should wait behind thousands of values.
 */
const pacedKeys = 250;
/**
 * The number of keys from which an idle, connected node receives several pieces, so that it looks up the next piece
 * while the values of the first are read (docs/performance.md, "getMany in pieces").
 */
const worthOverlapping = 60;
/** The number of those pieces. */
const overlapped = 2;
/** The number of keys for one node from which there is one more piece. */
const worthAnother = 500;

/** Some keys of a command, for one node. */
export interface Piece {
  readonly pool: Pool;
  readonly keys: readonly string[];
  /** Whether it waits until earlier pieces for its node have their reply. */
  readonly isPaced: boolean;
}

/** Splits the keys of one node into pieces. */
export function piecesOf(keys: readonly string[], pool: Pool): Piece[] {
  const count = keys.length < worthAnother ? overlapped : overlapped + 1;
  const isOverlapped = keys.length >= worthOverlapping && pool.isIdleFor(count);
  const isPaced = keys.length > maxKeys;
  const size = isPaced ? pacedKeys : isOverlapped ? Math.ceil(keys.length / count) : keys.length;
  if (keys.length <= size) return [{ pool, keys, isPaced }];
  const pieces: Piece[] = [];
  for (let at = 0; at < keys.length; at += size) pieces.push({ pool, keys: keys.slice(at, at + size), isPaced });
  return pieces;
}

/** Dispatches each piece to its node; `gather` joins the replies. */
export function dispatchPieces(command: Command, pieces: readonly Piece[], gather: Gather): void {
  let paced: Map<Pool, PacedGet[]> | undefined;
  for (const { pool, keys, isPaced } of pieces) {
    const piece = keys === command.keys ? command : derive(command, { keys });
    if (isPaced)
      addTo((paced ??= new Map<Pool, PacedGet[]>()), pool, {
        command: piece,
        handle: (onEnd) => gather.part(keys, onEnd),
      });
    else pool.dispatch(piece, gather.part(keys));
  }
  if (paced !== undefined) for (const [pool, gets] of paced) pool.paced.add(gets);
}

/** Adds to the list of an owner, which may be its first. */
export function addTo<Owner, T>(lists: Map<Owner, T[]>, owner: Owner, added: T): void {
  const list = lists.get(owner);
  if (list === undefined) lists.set(owner, [added]);
  else list.push(added);
}
