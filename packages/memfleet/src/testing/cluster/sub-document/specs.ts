/**
 * Requests on sub-documents, read and checked as kv_engine's `subdocument_validators.cc` does:
 *
 *   one path     extras: length of the path (16), flags (8), [exptime (32)], [document flags (8)]   value: path, value
 *   lookups      extras: [document flags]              value: { opcode, flags, length of the path, path } …
 *   mutations    extras: [exptime], [document flags]   value: { opcode, flags, both lengths, path, value } …
 *
 * A spec on the document as a whole has the opcode of GET, SET or DELETE, and no path.
 */
import { bufferOf, byteStringOf } from '../../../base/bytes.ts';
import type { Command } from '../../../core/command.ts';
import { status } from '../../../core/status.ts';
import { subStatus } from '../../../core/sub-status.ts';
import { couchbaseOpcode } from '../../../protocol/binary/couchbase-opcodes.ts';
import { opcode } from '../../../protocol/binary/opcodes.ts';

/** The flags of a path. */
export const pathFlag = { createPath: 0x01, attribute: 0x04, expandMacros: 0x10 } as const;
/** The flags of a document. */
export const documentFlag = {
  upsert: 0x01,
  add: 0x02,
  accessDeleted: 0x04,
  createAsDeleted: 0x08,
  revive: 0x10,
  replicaRead: 0x20,
} as const;

const maxSpecs = 16;
const maxPath = 1024;
const noPathFlags = 0;
const { createPath, attribute, expandMacros } = pathFlag;
const { accessDeleted, replicaRead, upsert, add, createAsDeleted, revive } = documentFlag;

/** What one opcode of a spec admits. */
interface SpecShape {
  readonly changes: boolean;
  readonly value: 'required' | 'none';
  readonly path: 'required' | 'optional' | 'none';
  readonly pathFlags: number;
  readonly documentFlags: number;
  /** Whether the reply carries a value. */
  readonly replies: boolean;
}

const lookup = {
  changes: false,
  value: 'none',
  path: 'required',
  pathFlags: attribute,
  documentFlags: accessDeleted | replicaRead,
  replies: true,
} as const;
const mutation = {
  changes: true,
  value: 'required',
  path: 'required',
  pathFlags: createPath | attribute | expandMacros,
  documentFlags: upsert | add | accessDeleted | createAsDeleted | revive,
  replies: false,
} as const;
const inPlace = { ...mutation, pathFlags: attribute | expandMacros, documentFlags: accessDeleted | add } as const;

const shapes: ReadonlyMap<number, SpecShape> = new Map<number, SpecShape>([
  [opcode.get, { ...lookup, path: 'none', pathFlags: noPathFlags }],
  [opcode.set, { ...mutation, path: 'none', pathFlags: noPathFlags, documentFlags: upsert | add }],
  [opcode.delete, { ...mutation, value: 'none', path: 'none', pathFlags: noPathFlags, documentFlags: accessDeleted }],
  [couchbaseOpcode.subdocGet, lookup],
  [couchbaseOpcode.subdocExists, { ...lookup, replies: false }],
  [couchbaseOpcode.subdocGetCount, { ...lookup, path: 'optional' }],
  [couchbaseOpcode.subdocDictAdd, mutation],
  [couchbaseOpcode.subdocDictUpsert, mutation],
  [couchbaseOpcode.subdocDelete, { ...inPlace, value: 'none', pathFlags: attribute, documentFlags: accessDeleted }],
  [couchbaseOpcode.subdocReplace, inPlace],
  [couchbaseOpcode.subdocArrayPushLast, { ...mutation, path: 'optional' }],
  [couchbaseOpcode.subdocArrayPushFirst, { ...mutation, path: 'optional' }],
  [couchbaseOpcode.subdocArrayInsert, inPlace],
  [couchbaseOpcode.subdocArrayAddUnique, { ...mutation, path: 'optional', pathFlags: createPath | attribute }],
  [couchbaseOpcode.subdocCounter, { ...mutation, pathFlags: createPath | attribute, replies: true }],
]);

/** A command on one path, or on the document as a whole. */
export interface Spec {
  readonly opcode: number;
  readonly flags: number;
  readonly path: string;
  readonly value: string;
  /** Whether the reply carries a value. */
  readonly replies: boolean;
}

/** A request on sub-documents. */
export interface SubRequest {
  readonly specs: readonly Spec[];
  readonly isMulti: boolean;
  readonly changes: boolean;
  readonly documentFlags: number;
  readonly exptime: number;
}

/** Whether a request with this opcode changes the document. */
export function changesDocument(code: number): boolean {
  return code !== couchbaseOpcode.subdocMultiLookup && shapes.get(code)?.changes !== false;
}

/** Reads the request; a number is the status with which it is refused. */
export function readRequest(command: Command): SubRequest | number {
  const { packet, value } = command;
  const code = packet!.opcode;
  const body = byteStringOf(value);
  const extras = Buffer.from(packet!.extras ?? []);
  const changes = changesDocument(code);
  const isMulti = !shapes.has(code);
  const tail = isMulti ? extras : extras.subarray(3);
  if (!(changes ? [0, 1, 4, 5] : [0, 1]).includes(tail.length) || (!isMulti && extras.length < 3))
    return status.invalidArguments;
  const documentFlags = tail.length % 4 === 1 ? tail.at(-1)! : 0;
  const exptime = tail.length >= 4 ? tail.readUInt32BE() : 0;
  const wrong = checkDocumentFlags(documentFlags, command.cas);
  if (wrong !== status.success) return wrong;
  const specs = isMulti ? readSpecs(body, changes, documentFlags) : readSingle(code, extras, body, documentFlags);
  return typeof specs === 'number' ? specs : { specs, isMulti, changes, documentFlags, exptime };
}

function checkDocumentFlags(flags: number, cas: bigint): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if ((has(add) && (has(upsert) || cas !== 0n)) || (has(replicaRead) && has(accessDeleted)))
    return status.invalidArguments;
  if (has(createAsDeleted) && !has(add) && !has(upsert)) return status.invalidArguments;
  if (has(revive) && (!has(accessDeleted) || has(createAsDeleted))) return status.invalidArguments;
  // Deleted documents are not kept.
  return has(createAsDeleted) || has(revive) ? status.notSupported : status.success;
}

function readSingle(code: number, extras: Buffer, body: string, documentFlags: number): readonly Spec[] | number {
  const length = extras.readUInt16BE();
  if (length > body.length) return status.invalidArguments;
  const spec = { opcode: code, flags: extras[2]!, path: body.slice(0, length), value: body.slice(length) };
  const wrong = checkSpec(spec, shapes.get(code)!, documentFlags);
  return wrong === status.success ? [{ ...spec, replies: shapes.get(code)!.replies }] : wrong;
}

function readSpecs(body: string, changes: boolean, documentFlags: number): readonly Spec[] | number {
  const bytes = bufferOf(body);
  const head = changes ? 8 : 4;
  const specs: Spec[] = [];
  for (let at = 0; at < body.length;) {
    if (specs.length === maxSpecs || specs.at(-1)?.opcode === opcode.delete) return subStatus.invalidCombination;
    if (at + head > body.length) return status.invalidArguments;
    const pathEnd = at + head + bytes.readUInt16BE(at + 2);
    const end = pathEnd + (changes ? bytes.readUInt32BE(at + 4) : 0);
    if (end > body.length) return status.invalidArguments;
    const path = body.slice(at + head, pathEnd);
    const spec = { opcode: bytes[at]!, flags: bytes[at + 1]!, path, value: body.slice(pathEnd, end) };
    const shape = shapes.get(spec.opcode);
    if (shape?.changes !== changes) return subStatus.invalidCombination;
    const wrong = checkSpec(spec, shape, documentFlags) || checkOrder(spec, specs);
    if (wrong !== status.success) return wrong;
    specs.push({ ...spec, replies: shape.replies });
    at = end;
  }
  return specs.length === 0 ? subStatus.invalidCombination : specs;
}

const isAttribute = ({ flags }: Pick<Spec, 'flags'>): boolean => (flags & attribute) !== 0;

/** Attributes come first; a document is deleted alone. */
function checkOrder(spec: Omit<Spec, 'replies'>, before: readonly Spec[]): number {
  const last = before.at(-1);
  if (last === undefined || isAttribute(last)) return status.success;
  if (isAttribute(spec)) return subStatus.attributeOrder;
  return spec.opcode === opcode.delete ? subStatus.invalidCombination : status.success;
}

function checkSpec(spec: Omit<Spec, 'replies'>, shape: SpecShape, documentFlags: number): number {
  const { flags, path, value } = spec;
  if ((flags & ~shape.pathFlags) !== 0 || (documentFlags & ~shape.documentFlags) !== 0) return status.invalidArguments;
  if (path.length > maxPath || (shape.path === 'none' && path !== '')) return status.invalidArguments;
  const wrong = checkAttribute(spec, shape.changes);
  if (wrong !== status.success) return wrong;
  const fits = (shape.path !== 'required' || path !== '') && (value !== '') === (shape.value === 'required');
  return fits ? status.success : status.invalidArguments;
}

/** The name of an attribute: at most 15 bytes, none of them a control character, a dot or a bracket. */
const attributeName = /^[\w$\x80-\xff][ -\-/-Z\\-~\x80-\xff]{0,14}(?=[.[]|$)/;

/** The name of the attribute that a path is about. */
export const attributeOf = (path: string): string => attributeName.exec(path)?.[0] ?? '';

function checkAttribute({ flags, path, value }: Omit<Spec, 'replies'>, changes: boolean): number {
  if ((flags & attribute) === 0)
    return (flags & expandMacros) === 0 ? status.success : subStatus.attributeFlagCombination;
  if (!attributeName.test(path)) return status.invalidAttribute;
  if (changes && path.startsWith('$')) return subStatus.virtualAttributeReadOnly;
  const isKnown = (flags & expandMacros) === 0 || macros.includes(value);
  return isKnown ? status.success : subStatus.unknownMacro;
}

/** The texts that a mutation of an attribute replaces, in JSON's quotes. */
export const macro = {
  cas: '"${Mutation.CAS}"',
  seqno: '"${Mutation.seqno}"',
  crc: '"${Mutation.value_crc32c}"',
} as const;

const macros: readonly string[] = Object.values(macro);
