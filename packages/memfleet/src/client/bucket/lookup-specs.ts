/** What `lookupIn` asks for: specs → the body of the request (docs/protocols.md#sub-documents). */
import { InvalidArgumentError } from '../../core/errors.ts';
import type { LookupPath } from '../../couchbase/sub-document-replies.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { refuseArgument } from '../arguments.ts';
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

type Verb = LookupPath['verb'];

const opcodes: Readonly<Record<Verb, number>> = {
  get: couchbaseOpcode.subdocGet,
  exists: couchbaseOpcode.subdocExists,
  count: couchbaseOpcode.subdocGetCount,
};
const verbs = Object.keys(opcodes) as readonly Verb[];
/** The whole document is asked for by the opcode of a plain get. */
const getDocument = 0x00;
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
export const checkLookups = (specs: readonly LookupSpec[]): readonly LookupPath[] => checkSpecs(specs, checkLookup);

function checkLookup(spec: LookupSpec): LookupPath {
  if (typeof spec === 'string' || Array.isArray(spec)) return { verb: 'get', path: pathText(spec as Path) };
  const names = typeof spec === 'object' && spec !== null ? Object.keys(spec) : [];
  const verb = verbs.find((name) => name === names[0]);
  if (verb === undefined || names.length > 1) refuseArgument('a spec', spec, wanted);
  const path = pathText((spec as unknown as Readonly<Record<Verb, Path>>)[verb]);
  if (verb === 'exists' && path === '') throw new InvalidArgumentError('the path of exists must not be empty');
  return { verb, path };
}

/** The body of the request, a byte string. */
export function encodeLookups(specs: readonly LookupPath[]): string {
  return specs
    .map(({ verb, path }) => {
      const code = verb === 'get' && path === '' ? getDocument : opcodes[verb];
      return String.fromCharCode(code, 0, path.length >>> 8, path.length & 0xff) + path;
    })
    .join('');
}
