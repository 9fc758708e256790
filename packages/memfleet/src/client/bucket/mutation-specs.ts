/** What `mutateIn` does: specs → the body of the request (docs/protocols.md#sub-documents). */
import { InvalidArgumentError } from '../../core/errors.ts';
import type { MutationPath } from '../../couchbase/sub-document-replies.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { u32Text } from '../../protocol/binary/integers.ts';
import { refuseArgument, show } from '../arguments.ts';
import { encodeJson } from '../json-encoder.ts';
import { checkSpecs } from './lookup-specs.ts';
import { type Path, pathText } from './paths.ts';
import type { MutationToken } from './stored.ts';

/** A value, or with `values` several elements of an array, one after the other. */
type Elements = { readonly value: unknown } | { readonly values: readonly unknown[] };

/**
 * One change of a `mutateIn`. `set`, `add` and `replace` store a member as the calls of these names store an item;
 * `replace` also an element. `delete` removes either. `push`, `unshift` and `pushUnique` put values last, first, or
 * last unless the array has it; `insert` before the element of the path. `incr` and `decr` count.
 */
export type MutationSpec =
  | { readonly set: Path; readonly value: unknown }
  | { readonly add: Path; readonly value: unknown }
  | { readonly replace: Path; readonly value: unknown }
  | { readonly delete: Path }
  | ({ readonly push: Path } & Elements)
  | ({ readonly unshift: Path } & Elements)
  | ({ readonly insert: Path } & Elements)
  | { readonly pushUnique: Path; readonly value: string | number | bigint | boolean | null }
  | { readonly incr: Path; readonly by?: number | bigint | undefined }
  | { readonly decr: Path; readonly by?: number | bigint | undefined };

type Counting<Spec> = Spec extends { readonly by: bigint } ? bigint : number;

/** The results of specs, in their order: the new numbers of `incr` and `decr`, undefined for all others. */
export type MutationValues<Specs extends readonly MutationSpec[]> = {
  -readonly [Index in keyof Specs]: Specs[Index] extends { readonly incr: Path } | { readonly decr: Path }
    ? Counting<Specs[Index]>
    : undefined;
};

/** How a `mutateIn` ended. `exists`: the cas is another, or with the mode `add` there is a document. */
export type Mutated<Values> =
  | {
      readonly result: 'stored';
      readonly cas: bigint;
      readonly token: MutationToken | undefined;
      readonly values: Values;
    }
  | {
      readonly result: 'exists' | 'notFound';
      readonly cas: undefined;
      readonly token: undefined;
      readonly values: undefined;
    };

/** What follows the path of a change. */
type Operand = 'value' | 'elements' | 'step' | 'none';

interface Change {
  readonly opcode: number;
  readonly operand: Operand;
  /** Whether it can create the path, and the document. */
  readonly creates: boolean;
  /** Whether the path may be that of the document, which is an array. */
  readonly takesRoot?: boolean;
  /** What the last step must be. */
  readonly last?: 'name' | 'index';
}

const changes: Readonly<Record<string, Change>> = {
  set: { opcode: couchbaseOpcode.subdocDictUpsert, operand: 'value', creates: true, last: 'name' },
  add: { opcode: couchbaseOpcode.subdocDictAdd, operand: 'value', creates: true, last: 'name' },
  replace: { opcode: couchbaseOpcode.subdocReplace, operand: 'value', creates: false },
  delete: { opcode: couchbaseOpcode.subdocDelete, operand: 'none', creates: false },
  push: { opcode: couchbaseOpcode.subdocArrayPushLast, operand: 'elements', creates: true, takesRoot: true },
  unshift: { opcode: couchbaseOpcode.subdocArrayPushFirst, operand: 'elements', creates: true, takesRoot: true },
  insert: { opcode: couchbaseOpcode.subdocArrayInsert, operand: 'elements', creates: false, last: 'index' },
  pushUnique: { opcode: couchbaseOpcode.subdocArrayAddUnique, operand: 'value', creates: true, takesRoot: true },
  incr: { opcode: couchbaseOpcode.subdocCounter, operand: 'step', creates: true },
  decr: { opcode: couchbaseOpcode.subdocCounter, operand: 'step', creates: true },
};

const operands: Readonly<Record<Operand, readonly string[]>> = {
  value: ['value'],
  elements: ['value', 'values'],
  step: ['by'],
  none: [],
};

/** A spec that was checked. */
export interface Mutation extends MutationPath {
  readonly verb: string;
  readonly change: Change;
  /** A byte string. */
  readonly value: string;
}

/** Checks specs. */
export const checkMutations = (specs: readonly MutationSpec[]): readonly Mutation[] =>
  checkSpecs(specs, (spec) => checkMutation(spec as unknown as Readonly<Record<string, unknown>>));

function checkMutation(spec: Readonly<Record<string, unknown>>): Mutation {
  const names = typeof spec === 'object' && spec !== null ? Object.keys(spec) : [];
  const [verb = ''] = names.filter((name) => Object.hasOwn(changes, name));
  const change = changes[verb];
  if (change === undefined) refuseArgument('a spec', spec, `an object with one of ${Object.keys(changes).join(', ')}`);
  const surplus = names.find((name) => name !== verb && !operands[change.operand].includes(name));
  if (surplus !== undefined) throw new InvalidArgumentError(`unknown property ${show(surplus)} in a ${verb} spec`);
  const path = pathText(spec[verb] as Path);
  if (path === '' && change.takesRoot !== true) throw new InvalidArgumentError(`the path of ${verb} must not be empty`);
  checkLast(verb, change, path);
  return { verb, change, path, value: operandOf(spec, verb, change), isBigint: typeof spec['by'] === 'bigint' };
}

/** A bracket that is not quoted closes an index. */
function checkLast(verb: string, { last }: Change, path: string): void {
  const isIndex = path.endsWith(']');
  if (last === 'name' && isIndex)
    refuseArgument(`the path of ${verb}`, path, 'the path of a member (replace and insert are for elements)');
  if (last === 'index' && (!isIndex || path.endsWith('[-1]')))
    refuseArgument(`the path of ${verb}`, path, 'the path of an element, with its index from 0 on');
}

function operandOf(spec: Readonly<Record<string, unknown>>, verb: string, { operand }: Change): string {
  if (operand === 'none') return '';
  if (operand === 'step') return stepOf(spec['by'] === undefined ? 1 : spec['by'], verb);
  if (operand === 'value' || !Object.hasOwn(spec, 'values')) {
    if (spec['value'] === undefined) throw new InvalidArgumentError('value is missing');
    return encodeFragment(spec['value']);
  }
  const { values } = spec;
  if (!Array.isArray(values) || values.length === 0 || Object.hasOwn(spec, 'value'))
    refuseArgument(`the values of ${verb}`, values, 'an array with elements, and without a value beside them');
  return Array.from(values as readonly unknown[], (value) => encodeFragment(value)).join(',');
}

/** The JSON of a value, a byte string. A bigint is an integer of JSON. Throws InvalidArgumentError. */
const encodeFragment = (value: unknown): string => (typeof value === 'bigint' ? String(value) : encodeJson(value));

const maxStep = 0x7fff_ffff_ffff_ffffn;

/** Nodes count in 64 bits with a sign, and refuse 0. */
function stepOf(by: unknown, verb: string): string {
  const isWhole = typeof by === 'bigint' || Number.isSafeInteger(by);
  const step = isWhole ? BigInt(by as number | bigint) : 0n;
  if (step <= 0n || step > maxStep) refuseArgument(`by of ${verb}`, by, 'a whole number from 1 to 2^63−1');
  return verb === 'decr' ? `-${step}` : String(step);
}

const createPathFlag = 0x01;

/** The body of the request, a byte string. */
export function encodeMutations(mutations: readonly Mutation[], createsPath: boolean): string {
  return mutations
    .map(({ change, path, value }) => {
      const flags = createsPath && change.creates ? createPathFlag : 0;
      const head = String.fromCharCode(change.opcode, flags, path.length >>> 8, path.length & 0xff);
      return head + u32Text(value.length) + path + value;
    })
    .join('');
}
