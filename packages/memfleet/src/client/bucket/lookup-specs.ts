/**
 * What `lookupIn` asks for: specs → the body of the request, and the body of the reply → values
 * (docs/protocols.md#sub-documents).
 */
import type { Command } from '../../core/command.ts';
import { InvalidArgumentError, UndecodableError } from '../../core/errors.ts';
import type { Reply } from '../../core/reply.ts';
import { status, subStatus } from '../../core/status.ts';
import { couchbaseOpcode, opcode } from '../../protocol/binary/opcodes.ts';
import { refuseArgument } from '../arguments.ts';
import { decodeFragment, pathFailure } from './fragments.ts';
import { type Path, pathText } from './paths.ts';

/**
 * One part of a `lookupIn`: a path, or `{ get: path }`, for its value; `{ exists: path }`; `{ count: path }` for the
 * number of elements or members. The path `''` is the document as a whole.
 */
export type LookupSpec = Path | { readonly get: Path } | { readonly exists: Path } | { readonly count: Path };

/** The results of specs, in their order. */
export type LookupValues<Specs extends readonly LookupSpec[]> = {
  -readonly [Index in keyof Specs]: Specs[Index] extends { readonly exists: Path }
    ? boolean
    : Specs[Index] extends { readonly count: Path }
      ? number | undefined
      : unknown;
};

/** The parts of a document that `lookupIn` found. */
export interface Found<Values> {
  /** The results of the specs, in their order. */
  readonly values: Values;
  /** The cas token of the document: pass it to `mutateIn`, `cas` or `delete`. */
  readonly cas: bigint;
}

type Verb = 'get' | 'exists' | 'count';

/** A spec that was checked. */
export interface Lookup {
  readonly verb: Verb;
  /** A byte string. */
  readonly path: string;
}

const opcodes: Readonly<Record<Verb, number>> = {
  get: couchbaseOpcode.subdocGet,
  exists: couchbaseOpcode.subdocExists,
  count: couchbaseOpcode.subdocGetCount,
};
const verbs = Object.keys(opcodes) as readonly Verb[];
const maxSpecs = 16;
const wanted = 'a path, { get: path }, { exists: path } or { count: path }';

/** Checks that there are 1 to 16 specs, and each of them. An error names the index of its spec. */
export function checkSpecs<Spec, Checked>(specs: readonly Spec[], check: (spec: Spec) => Checked): readonly Checked[] {
  if (!Array.isArray(specs)) refuseArgument('specs', specs, `an array of 1 to ${maxSpecs} specs`);
  const { length } = specs;
  if (length === 0 || length > maxSpecs)
    throw new InvalidArgumentError(`a call takes 1 to ${maxSpecs} specs, not ${length}`);
  // `map` would skip holes.
  return Array.from(specs as readonly Spec[], (spec, index) => {
    try {
      return check(spec);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(`spec ${index}: ${error.message}`, { cause: error.cause });
    }
  });
}

/** Checks specs. */
export const checkLookups = (specs: readonly LookupSpec[]): readonly Lookup[] => checkSpecs(specs, checkLookup);

function checkLookup(spec: LookupSpec): Lookup {
  if (typeof spec === 'string' || Array.isArray(spec)) return { verb: 'get', path: pathText(spec as Path) };
  const names = typeof spec === 'object' && spec !== null ? Object.keys(spec) : [];
  const verb = verbs.find((name) => name === names[0]);
  if (verb === undefined || names.length > 1) refuseArgument('a spec', spec, wanted);
  const path = pathText((spec as unknown as Readonly<Record<Verb, Path>>)[verb]);
  if (verb === 'exists' && path === '') throw new InvalidArgumentError('the path of exists must not be empty');
  return { verb, path };
}

/** The body of the request, a byte string. */
export function encodeLookups(specs: readonly Lookup[]): string {
  return specs
    .map(({ verb, path }) => {
      const code = verb === 'get' && path === '' ? opcode.get : opcodes[verb];
      return String.fromCharCode(code, 0, path.length >>> 8, path.length & 0xff) + path;
    })
    .join('');
}

const headLength = 6;

/** The values of the reply. */
export function readLookups(specs: readonly Lookup[], reply: Reply, command: Command): unknown[] {
  const bytes = Buffer.from(reply.text(), 'latin1');
  let at = 0;
  const values = specs.map((spec, index) => {
    if (at + headLength > bytes.length) throw new UndecodableError('the reply ends within a path');
    const code = bytes.readUInt16BE(at);
    const end = at + headLength + bytes.readUInt32BE(at + 2);
    if (end > bytes.length) throw new UndecodableError('the reply ends within a value');
    const fragment = bytes.subarray(at + headLength, end);
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
