/**
 * Replies to requests for parts of documents: the body of the reply → values (docs/protocols.md#sub-documents).
 * client/bucket/ makes the requests; a bucket that has a reply has loaded this (fleet/couchbase-half.ts).
 */
import { type Command, describeCommand } from '../core/command.ts';
import { SubDocumentError, type SubDocumentReason, UndecodableError, UnsafeIntegerError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { subStatus } from '../core/sub-status.ts';
import { statusText } from '../protocol/binary/statuses.ts';

/** One path that was looked up. */
export interface LookupPath {
  readonly verb: 'get' | 'exists' | 'count';
  /** A byte string. */
  readonly path: string;
}

/** One path that was changed. */
export interface MutationPath {
  /** A byte string. */
  readonly path: string;
  /** Whether its result is a bigint. */
  readonly isBigint: boolean;
}

const lookupHead = 6;

/** The values of the reply. */
export function readLookups(specs: readonly LookupPath[], reply: Reply, command: Command): unknown[] {
  const bytes = Buffer.from(reply.text(), 'latin1');
  let at = 0;
  const values = specs.map((spec, index) => {
    if (at + lookupHead > bytes.length) throw new UndecodableError('the reply ends within a path');
    const code = bytes.readUInt16BE(at);
    const end = at + lookupHead + bytes.readUInt32BE(at + 2);
    if (end > bytes.length) throw new UndecodableError('the reply ends within a value');
    const fragment = bytes.subarray(at + lookupHead, end);
    at = end;
    if (code === status.success) return spec.verb === 'exists' ? true : decodeFragment(fragment);
    if (isMissing(code, spec.path)) return spec.verb === 'exists' ? false : undefined;
    throw pathFailure({ code, index, path: spec.path }, reply, command);
  });
  if (at !== bytes.length) throw new UndecodableError('the reply has more values than paths');
  return values;
}

/** A path leads nowhere, or through a value of another type. Nodes call a text that `[-1]` leads to "not JSON". */
function isMissing(code: number, path: string): boolean {
  if (code === subStatus.pathNotFound || code === subStatus.pathMismatch) return true;
  return code === subStatus.notJson && /\[-1\]./.test(path);
}

const failureLength = 3;
const mutationHead = 7;

/** The results of the reply. Throws SubDocumentError for a change that failed. */
export function readMutations(mutations: readonly MutationPath[], reply: Reply, command: Command): unknown[] {
  const bytes = Buffer.from(reply.text(), 'latin1');
  if (reply.code === subStatus.multiPathFailure) {
    const path = mutations[bytes[0] ?? -1]?.path;
    if (bytes.length < failureLength || path === undefined) throw new UndecodableError('the reply names no path');
    throw pathFailure({ code: bytes.readUInt16BE(1), index: bytes[0]!, path }, reply, command);
  }
  const values: unknown[] = mutations.map(() => undefined);
  for (let at = 0; at < bytes.length;) {
    const mutation = mutations[bytes[at]!];
    const end = at + mutationHead > bytes.length ? Infinity : at + mutationHead + bytes.readUInt32BE(at + 3);
    if (mutation === undefined || end > bytes.length || bytes.readUInt16BE(at + 1) !== status.success)
      throw new UndecodableError('the reply has no results of the changes');
    values[bytes[at]!] = readCount(bytes.subarray(at + mutationHead, end), mutation);
    at = end;
  }
  return values;
}

function readCount(fragment: Buffer, { isBigint, path }: MutationPath): number | bigint {
  const value = decodeFragment(fragment);
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) throw new UndecodableError('a result is no integer');
  if (isBigint) return BigInt(value as number | bigint);
  if (typeof value !== 'bigint') return value as number;
  const shown = Buffer.from(path, 'latin1').toString();
  throw new UnsafeIntegerError(`${JSON.stringify(shown)} is ${value}, beyond 2^53−1; pass "by" as a bigint`, {
    sent: true,
  });
}

/** Reading a bigint takes time in proportion to the square of its length. */
const longestInteger = 1000;

/** The value of a JSON text: an integer beyond 2^53−1 is a bigint, unless it stands within an object or a list. */
function decodeFragment(bytes: Buffer): unknown {
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UndecodableError('a part of the document is no JSON', { cause: error });
  }
  const isLarge = typeof value === 'number' && !Number.isSafeInteger(value) && text.length <= longestInteger;
  return isLarge && /^-?\d+$/.test(text) ? BigInt(text) : value;
}

const reasons: Readonly<Record<number, SubDocumentReason>> = {
  [subStatus.pathNotFound]: 'pathNotFound',
  [subStatus.pathMismatch]: 'pathMismatch',
  [subStatus.pathInvalid]: 'pathInvalid',
  [subStatus.pathTooBig]: 'pathInvalid',
  [subStatus.documentTooDeep]: 'tooDeep',
  [subStatus.valueTooDeep]: 'tooDeep',
  [subStatus.cannotInsert]: 'valueInvalid',
  [subStatus.deltaInvalid]: 'valueInvalid',
  [subStatus.notJson]: 'notJson',
  [subStatus.numberOutOfRange]: 'numberOutOfRange',
  [subStatus.pathExists]: 'pathExists',
};

/** A status of a path that failed. `path`: a byte string. */
interface PathStatus {
  readonly code: number;
  readonly index: number;
  readonly path: string;
}

/** The error of a path. */
function pathFailure({ code, index, path }: PathStatus, { node }: Reply, command: Command): SubDocumentError {
  const shown = Buffer.from(path, 'latin1').toString();
  const message = `${describeCommand(command)} → ${node}: ${JSON.stringify(shown)}: ${statusText(code)}`;
  return new SubDocumentError(
    message,
    { reason: reasons[code] ?? 'other', index, path: shown, status: code },
    { node },
  );
}
