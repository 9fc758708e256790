/** The keys of a multi-key command for one node, in pieces: each is a command of its own. */
import { type Command, derive } from '../core/command.ts';
import type { Pool } from '../pool/pool.ts';
import type { Gather } from './gather.ts';

/**
 * The maximum number of keys of one command to one node: servers bound their lines, and no other command should wait
 * behind thousands of values.
 */
const maxKeys = 1000;
/**
 * The number of keys from which an idle, connected node receives several pieces, so that it looks up the next piece
 * while the values of the first are read (docs/performance.md, "getMany in pieces").
 */
const worthOverlapping = 60;
const overlapped = 3;

/** Some keys of a command, for one node. */
export interface Piece {
  readonly pool: Pool;
  readonly keys: readonly string[];
}

/** Splits the keys of one node into pieces. */
export function piecesOf(keys: readonly string[], pool: Pool): Piece[] {
  const isOverlapped = keys.length >= worthOverlapping && pool.isIdleFor(overlapped);
  const size = isOverlapped ? Math.min(maxKeys, Math.ceil(keys.length / overlapped)) : maxKeys;
  if (keys.length <= size) return [{ pool, keys }];
  const pieces: Piece[] = [];
  for (let at = 0; at < keys.length; at += size) pieces.push({ pool, keys: keys.slice(at, at + size) });
  return pieces;
}

/** Dispatches each piece to its node; `gather` joins the replies. */
export function dispatchPieces(command: Command, pieces: readonly Piece[], gather: Gather): void {
  for (const { pool, keys } of pieces)
    pool.dispatch(keys === command.keys ? command : derive(command, { keys }), gather.part(keys));
}
