/** Parts of JSON documents: values ⇄ their JSON, and the error of a path. */
import { binaryPart } from '../../connection/binary-part.ts';
import { type Command, describeCommand } from '../../core/command.ts';
import { SubDocumentError, type SubDocumentReason, UndecodableError } from '../../core/errors.ts';
import type { Reply } from '../../core/reply.ts';
import { subStatus } from '../../core/status.ts';
import { encodeJson } from '../json-encoder.ts';

/** Reading a bigint takes time in proportion to the square of its length. */
const longestInteger = 1000;

/** The JSON of a value, a byte string. A bigint is an integer of JSON. Throws InvalidArgumentError. */
export const encodeFragment = (value: unknown): string =>
  typeof value === 'bigint' ? String(value) : encodeJson(value);

/** The value of a JSON text: an integer beyond 2^53−1 is a bigint, unless it stands within an object or a list. */
export function decodeFragment(bytes: Buffer): unknown {
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
export interface PathStatus {
  readonly code: number;
  readonly index: number;
  readonly path: string;
}

/** The error of a path. */
export function pathFailure({ code, index, path }: PathStatus, { node }: Reply, command: Command): SubDocumentError {
  const shown = Buffer.from(path, 'latin1').toString();
  const message = `${describeCommand(command)} → ${node}: ${JSON.stringify(shown)}: ${binaryPart.loaded.statusText(code)}`;
  return new SubDocumentError(
    message,
    { reason: reasons[code] ?? 'other', index, path: shown, status: code },
    { node },
  );
}
