/**
 * Commands on sub-documents, as kv_engine's `subdocument.cc` executes them:
 *
 *   lookups      every spec has a status and a value; if one failed, 0xcc
 *   mutations    spec after spec, each on what the one before has made; if one fails, 0xcc, and nothing is stored
 *   one path     the status of the path is that of the reply
 */
import { latin1Of } from '../../../base/bytes.ts';
import { Command } from '../../../core/command.ts';
import { status } from '../../../core/status.ts';
import { subStatus } from '../../../core/sub-status.ts';
import { couchbaseOpcode } from '../../../protocol/binary/couchbase-opcodes.ts';
import { datatype } from '../../../protocol/binary/header.ts';
import { feature } from '../../../protocol/binary/hello.ts';
import { u16Text, u32Text } from '../../../protocol/binary/integers.ts';
import { opcode } from '../../../protocol/binary/opcodes.ts';
import type { Item } from '../../../store/item.ts';
import type { NewAttributes } from '../bucket.ts';
import type { CollectionCopy } from '../collection-copy.ts';
import type { SessionView } from '../session-view.ts';
import { typeOfValue } from '../value-types.ts';
import { type Described, expandMacros, virtualAttribute } from './attributes.ts';
import { executeEdit } from './edit.ts';
import { PathFailure } from './path-failure.ts';
import { attributeOf, documentFlag, pathFlag, readRequest, type Spec, type SubRequest } from './specs.ts';

/** The neutral command that executes a request. */
export interface Stored {
  readonly command: Command;
  /** Undefined = the item keeps its own. */
  readonly attributes: NewAttributes | undefined;
  /** The value of the reply, a byte string; undefined = that of the store. */
  readonly value: string | undefined;
}

/** Stores what a mutation made. */
export type Store = (stored: Stored) => void;

/** The outcome of one spec. */
interface Outcome {
  readonly status: number;
  readonly value: string;
}

/** Executes the request; a mutation is stored by `store`. */
export function executeSubDocument(session: SessionView, command: Command, copy: CollectionCopy, store: Store): void {
  const request = readRequest(command);
  if (typeof request === 'number') return session.fail(command, request);
  const isOfReplica = (request.documentFlags & documentFlag.replicaRead) !== 0;
  const { state } = session.part!.copy(command.vbucket)!;
  if (isOfReplica !== (state === 'replica')) return session.refuse(command);
  if (request.specs.some(({ flags }) => (flags & pathFlag.attribute) !== 0) && !session.features.has(feature.xattr))
    return session.fail(command, status.notSupported);
  const item = copy.find(command.key);
  const refusal = item === undefined ? undefined : refusalOf(session, command, copy, item);
  if (refusal !== undefined) return session.fail(command, refusal);
  if (request.changes) mutate(session, command, copy, request, store);
  else if (item === undefined) session.send(command, session.state.reply.reset('miss'));
  else lookUp(session, command, request, new Working(session, copy, request, item), item.cas);
}

/** A locked document is neither read nor written without the cas of its lock. */
function refusalOf(session: SessionView, { cas, key }: Command, copy: CollectionCopy, item: Item): number | undefined {
  const isLocked = copy.locks.find(key, session.state.options.clock.now()) !== undefined;
  if (isLocked && cas === 0n) return session.features.has(feature.xerror) ? status.locked : status.temporaryFailure;
  return !isLocked && cas !== 0n && cas !== item.cas ? status.keyExists : undefined;
}

/** What the specs of a request work on: the document and its attributes, as texts. */
class Working {
  body: string;
  attributes: string;
  readonly #described: Described | undefined;

  constructor({ state }: SessionView, copy: CollectionCopy, request: SubRequest, item: Item | undefined) {
    this.body = item === undefined ? rootOf(request.specs) : latin1Of(copy.plainValue(item));
    this.attributes = (item === undefined ? undefined : copy.attributes.get(item.key)) ?? '{}';
    const unixNow = Math.floor(state.options.clock.unixSeconds());
    this.#described = item === undefined ? undefined : { item, copy, body: this.body, unixNow };
  }

  /** Executes one spec, and keeps what it made. */
  run(spec: Spec): Outcome {
    try {
      return { status: status.success, value: this.#run(spec) };
    } catch (error) {
      if (!(error instanceof PathFailure)) throw error;
      return { status: error.status, value: '' };
    }
  }

  #run(spec: Spec): string {
    if (spec.opcode === opcode.get) return this.body;
    if (spec.opcode === opcode.set) this.body = spec.value;
    if (spec.opcode === opcode.set || spec.opcode === opcode.delete) return '';
    const edit = { ...spec, createPath: (spec.flags & pathFlag.createPath) !== 0 };
    if ((spec.flags & pathFlag.attribute) === 0) {
      if (typeOfValue(Buffer.from(this.body, 'latin1')) !== datatype.json) throw new PathFailure(subStatus.notJson);
      const { text, result } = executeEdit(spec.opcode, this.body, edit);
      this.body = text;
      return result;
    }
    if (spec.path.startsWith('$')) return executeEdit(spec.opcode, this.#virtual(spec.path), edit).result;
    const { text, result } = executeEdit(spec.opcode, this.attributes, edit);
    this.attributes = text;
    return result;
  }

  #virtual(path: string): string {
    const text = this.#described === undefined ? undefined : virtualAttribute(attributeOf(path), this.#described);
    if (text === undefined) throw new PathFailure(subStatus.unknownVirtualAttribute);
    return text;
  }
}

const pushes: readonly number[] = [
  couchbaseOpcode.subdocArrayPushFirst,
  couchbaseOpcode.subdocArrayPushLast,
  couchbaseOpcode.subdocArrayAddUnique,
];

/** The root of a document that the request creates: the first spec says which. */
function rootOf(specs: readonly Spec[]): string {
  const first = specs.find(({ path, opcode: code }) => path !== '' || pushes.includes(code));
  if (first === undefined) return '';
  return first.path === '' || first.path.trimStart().startsWith('[') ? '[]' : '{}';
}

function lookUp(session: SessionView, command: Command, request: SubRequest, working: Working, cas: bigint): void {
  const outcomes = request.specs.map((spec) => working.run(spec));
  const failed = outcomes.find((outcome) => outcome.status !== status.success);
  if (!request.isMulti && failed !== undefined) return session.fail(command, failed.status);
  const reply = session.state.reply.reset('ok');
  reply.cas = cas;
  reply.code = failed === undefined ? status.success : subStatus.multiPathFailure;
  if (request.isMulti)
    reply.setText(outcomes.map(({ status: code, value }) => u16Text(code) + u32Text(value.length) + value).join(''));
  else reply.setText(outcomes[0]!.value);
  session.send(command, reply);
}

/** Whether the document may be created; its paths are then created as well. */
const mayCreate = (flags: number): boolean => (flags & (documentFlag.add | documentFlag.upsert)) !== 0;

function mutate(session: SessionView, command: Command, copy: CollectionCopy, request: SubRequest, store: Store): void {
  const { documentFlags, specs, exptime, isMulti } = request;
  const item = copy.find(command.key);
  if (item === undefined && !mayCreate(documentFlags)) return session.fail(command, status.keyNotFound);
  if (item !== undefined && (documentFlags & documentFlag.add) !== 0) return session.fail(command, status.keyExists);
  const working = new Working(session, copy, request, item);
  const implied = mayCreate(documentFlags) ? pathFlag.createPath : 0;
  let values = '';
  for (const [index, given] of specs.entries()) {
    const spec = { ...given, flags: given.flags | implied };
    const outcome = working.run(spec);
    if (outcome.status !== status.success)
      return failMutation(session, command, isMulti ? index : undefined, outcome.status);
    if (isMulti && spec.replies)
      values += String.fromCharCode(index) + u16Text(status.success) + u32Text(outcome.value.length) + outcome.value;
    else values += outcome.value;
  }
  const isDelete = specs.at(-1)!.opcode === opcode.delete;
  const stored = new Command(isDelete ? 'delete' : 'store', command.key);
  stored.dialect = 'binary';
  stored.cas = item === undefined ? 0n : command.cas || item.cas;
  stored.value = working.body;
  stored.flags = item?.flags ?? 0;
  stored.exptime = exptime;
  const hasMacros = specs.some(({ flags }) => (flags & pathFlag.expandMacros) !== 0);
  const { attributes, body } = working;
  store({
    command: stored,
    attributes: (cas, seqno) => {
      if (isDelete || /^\{\s*\}$/.test(attributes)) return undefined;
      return hasMacros ? expandMacros(attributes, cas, seqno, body) : attributes;
    },
    value: values,
  });
}

function failMutation(session: SessionView, command: Command, index: number | undefined, code: number): void {
  if (index === undefined) return session.fail(command, code);
  const reply = session.state.reply.reset('ok');
  reply.code = subStatus.multiPathFailure;
  reply.setText(String.fromCharCode(index) + u16Text(code));
  session.send(command, reply);
}
