/**
 * Commands about items. Where the vBucket is active the store executes the neutral ones; this file executes those that
 * only Couchbase has:
 *
 *   GET, SET, …, TOUCH, GAT      StoreDispatcher, then: cas of the cluster, sequence number, replicas
 *   GET_META                     whether it exists, with its cas and expiry
 *   GET_REPLICA                  as GET, of a replica
 *   GET_LOCKED, UNLOCK           locks.ts
 *   SUBDOC_…                     sub-document/
 *   RANGE_SCAN_…                 scan-commands.ts
 *   OBSERVE, OBSERVE_SEQNO       whether copies have an item, the sequence number of the vBucket; everything counts as
 *                                persisted
 */
import { Command, isJoin, isRead } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import type { MemcacheError } from '../../core/errors.ts';
import type { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { crc32Libmemcached } from '../../hash/crc32.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { datatype, u64Text } from '../../protocol/binary/header.ts';
import { feature } from '../../protocol/binary/hello.ts';
import { u32Text } from '../../protocol/binary/integers.ts';
import { subDocumentOpcodes } from '../../protocol/binary/item-opcodes.ts';
import { failUnknown } from './collection-commands.ts';
import type { CollectionCopy } from './collection-copy.ts';
import { maxKeyOf } from './collection-keys.ts';
import { hasWaited, isPrepared } from './durable-writes.ts';
import { lockedCas } from './locks.ts';
import { defaultCollection } from './manifest.ts';
import { limitExpiry } from './max-ttl.ts';
import { observe, observeSeqno } from './observe.ts';
import { cancelScan, continueScan, createScan } from './scan-commands.ts';
import type { SessionView } from './session-view.ts';
import { executeSubDocument, type Stored } from './sub-document/execute.ts';
import { changesDocument } from './sub-document/specs.ts';
import { grantedTypes, plainValue, prepareValue } from './value-types.ts';
import type { VbucketCopy, VbucketState } from './vbucket-copy.ts';
import { termsOf } from './write-terms.ts';

type Execute = (session: SessionView, command: Command, copy: CollectionCopy) => void;

/** Executes a command about an item. */
export function executeData(session: SessionView, command: Command): void {
  const { part, node } = session;
  if (part === undefined) {
    const mayNot = session.user === undefined && session.state.traits.hello;
    return session.fail(command, mayNot ? status.noAccess : status.noBucket);
  }
  if (command.packet?.opcode === couchbaseOpcode.observe) return observe(session, command);
  const rule = ruleOf(command);
  if (rule === undefined) return session.fail(command, status.unknownCommand);
  if (command.key.length > maxKeyOf(command) || (command.verb === 'packet' && hasTypes(command, datatype.json)))
    return session.fail(command, status.invalidArguments);
  const isAgain = hasWaited(command);
  const { vbuckets } = part.bucket.options;
  if (
    !isAgain &&
    part.bucket.isMapped &&
    command.key !== '' &&
    crc32Libmemcached(command.key) % vbuckets !== command.vbucket
  )
    node.counters.misplaced++;
  const copy = part.copy(command.vbucket);
  if (copy === undefined) session.refuse(command);
  else if (rule.states.includes(copy.state)) {
    const collection = part.bucket.manifest.collection(command.collection?.id ?? defaultCollection);
    if (collection === undefined) return failUnknown(session, command, status.unknownCollection);
    limitExpiry(command, collection.maxTtl, session.state.options.clock.unixSeconds());
    if (rule.counter !== undefined && !isAgain) node.counters[rule.counter]++;
    rule.execute(session, command, copy.collection(collection.id));
  } else if (copy.state === 'pending' && rule.states.includes('active')) {
    session.hold(
      (resume) => copy.whenDecided(resume),
      () => executeData(session, command),
    );
  } else session.refuse(command);
}

/** Whether a request has a datatype beyond those that it may have. */
function hasTypes({ packet }: Command, allowed: number): boolean {
  return ((packet?.datatype ?? datatype.raw) & ~allowed) !== 0;
}

const writes: readonly string[] = ['store', 'delete', 'arith'];

const executeInStore: Execute = (session, command, copy) => {
  const { compression } = session.part!.bucket.options;
  const { maxValue } = session.state.options;
  const refused = prepareValue(command, grantedTypes(session.features), compression, maxValue);
  if (refused === status.success)
    executeAs(session, command, copy, { command, attributes: undefined, value: undefined });
  else session.fail(command, refused);
};

/** Executes a neutral command under the terms of the request that it stands for, which may be the same. */
function executeAs(session: SessionView, request: Command, copy: CollectionCopy, stored: Stored): void {
  const { command } = stored;
  const terms = termsOf(request, writes.includes(command.verb));
  if (typeof terms === 'number') return session.fail(request, terms);
  const now = session.state.options.clock.now();
  if (!isRead(command)) {
    if (copy.pendingWrites.has(command.key)) return session.fail(request, status.syncWriteInProgress);
    // Without extended errors, a lock looks like another cas.
    if (!copy.locks.admits(request, now))
      return session.fail(request, session.features.has(feature.xerror) ? status.locked : status.keyExists);
  }
  if (terms.preserveExpiry) command.exptime = copy.find(command.key)?.exptime ?? command.exptime;
  if (terms.isDurable && !isPrepared(session, request, copy, terms, () => executeData(session, request))) return;
  // The new value is made of the old one.
  if (command.verb === 'arith' || isJoin(command)) copy.unpack(command.key);
  if (isTooLarge(command, copy, session.state.options.maxValue)) return session.fail(request, status.tooLarge);
  // An item that is gone leaves no attributes to the next one of its key.
  if (copy.attributes.has(command.key) && copy.find(command.key) === undefined) copy.describe(command.key, undefined);
  copy.dispatch(command, new Execution(session, request, copy, stored, terms.isDurable));
}

/** What is joined to an item makes it too large: memcached replies NOT_STORED, Couchbase names the reason. */
function isTooLarge(command: Command, copy: CollectionCopy, maxValue: number): boolean {
  const item = isJoin(command) ? copy.find(command.key) : undefined;
  return item !== undefined && item.value.length + command.value.length > maxValue;
}

class Execution implements Handler {
  readonly #session: SessionView;
  readonly #request: Command;
  readonly #copy: CollectionCopy;
  readonly #stored: Stored;
  readonly #isDurable: boolean;

  constructor(session: SessionView, request: Command, copy: CollectionCopy, stored: Stored, isDurable: boolean) {
    this.#session = session;
    this.#request = request;
    this.#copy = copy;
    this.#stored = stored;
    this.#isDurable = isDurable;
  }

  onReply(reply: Reply): void {
    const session = this.#session;
    const request = this.#request;
    const { command, attributes, value } = this.#stored;
    const isDurable = this.#isDurable;
    const changes = !isRead(command);
    if (reply.status === 'ok' && changes) {
      if (command.verb === 'store' || command.verb === 'arith') this.#retype();
      reply.cas = session.part!.bucket.changed(request.vbucket, this.#copy, command.key, { attributes, isDurable });
      if (value !== undefined) reply.setText(value);
      if (command.verb === 'touch') reply.extras = session.state.traits.hello ? noBytes : undefined;
      else if (command.verb !== 'get' && session.features.has(feature.mutationToken)) reply.extras = token(this.#copy);
    }
    if (command.verb === 'get' && reply.status === 'ok') {
      setType(session, reply, this.#copy.typeOf(command.key));
      if (!changes && this.#isLocked) reply.cas = lockedCas;
    }
    session.send(request, reply);
  }

  #retype(): void {
    const { command } = this.#stored;
    const { compression } = this.#session.part!.bucket.options;
    this.#copy.retype(command.key, hasTypes(command, datatype.json), compression);
  }

  get #isLocked(): boolean {
    return this.#copy.locks.find(this.#request.key, this.#session.state.options.clock.now()) !== undefined;
  }

  onError(error: MemcacheError): void {
    this.#session.fail(this.#request, status.internalError, error.message);
  }
}

const noBytes = new Uint8Array(0);

function token(copy: CollectionCopy): Uint8Array {
  return Buffer.from(u64Text(copy.uuid) + u64Text(BigInt(copy.seqno)), 'latin1');
}

/** Gives a reply the datatype of its item, and a value that the session can read. */
function setType(session: SessionView, reply: Reply, type: number): void {
  const granted = grantedTypes(session.features);
  if ((type & datatype.snappy & ~granted) !== 0) {
    const value = plainValue(Buffer.from(reply.text(), 'latin1'), type, session.state.options.maxValue);
    reply.setBytes(value, 0, value.length, true);
  }
  reply.datatype = type & granted;
}

const getReplica: Execute = (session, command, copy) => readItem(session, command, copy, () => {});

/** Replies as to a GET. */
function readItem(session: SessionView, command: Command, copy: CollectionCopy, adapt: (reply: Reply) => void): void {
  const get = new Command('get', command.key);
  get.dialect = 'binary';
  copy.dispatch(get, {
    onReply: (reply) => {
      if (reply.status === 'ok') {
        reply.extras = Buffer.from(u32Text(reply.flags), 'latin1');
        setType(session, reply, copy.typeOf(command.key));
        // GET returns a key only on request.
        reply.key = '';
        adapt(reply);
      }
      session.send(command, reply);
    },
    onError: (error) => session.fail(command, status.internalError, error.message),
  });
}

/** Extras 02: with the datatype. */
const getMeta: Execute = (session, command, copy) => {
  const version = command.packet?.extras?.[0] ?? 0;
  const item = copy.find(command.key);
  const { reply } = session.state;
  if (item === undefined) {
    session.send(command, reply.reset('miss'));
    return;
  }
  const isDeleted = u32Text(0);
  const meta = isDeleted + u32Text(item.flags) + u32Text(item.exptime) + u64Text(BigInt(copy.seqno));
  const type = version === 2 ? String.fromCharCode(copy.typeOf(command.key) & grantedTypes(session.features)) : '';
  reply.reset('ok').extras = Buffer.from(meta + type, 'latin1');
  reply.cas = item.cas;
  session.send(command, reply);
};

const getLocked: Execute = (session, command, copy) => {
  const { clock } = session.state.options;
  const hasExtendedErrors = session.features.has(feature.xerror);
  const item = copy.find(command.key);
  if (item === undefined) return session.send(command, session.state.reply.reset('miss'));
  if (copy.locks.find(command.key, clock.now()) !== undefined)
    return session.fail(command, hasExtendedErrors ? status.locked : status.temporaryFailure);
  const extras = command.packet?.extras;
  if (extras !== undefined && extras.length !== 4) return session.fail(command, status.invalidArguments);
  const seconds = extras === undefined ? 0 : Buffer.from(extras).readUInt32BE();
  const cas = session.part!.bucket.relock(copy, command.key);
  copy.locks.lock(command.key, cas, seconds, clock.now());
  readItem(session, command, copy, (reply) => {
    reply.cas = cas;
  });
};

const unlock: Execute = (session, command, copy) => {
  const hasExtendedErrors = session.features.has(feature.xerror);
  const { clock } = session.state.options;
  if (command.cas === 0n) return session.fail(command, status.invalidArguments);
  if (copy.find(command.key) === undefined) return session.fail(command, status.keyNotFound);
  const cas = copy.locks.find(command.key, clock.now());
  if (cas === undefined) return session.fail(command, hasExtendedErrors ? status.notLocked : status.temporaryFailure);
  if (cas !== command.cas) return session.fail(command, hasExtendedErrors ? status.locked : status.temporaryFailure);
  copy.locks.unlock(command.key);
  session.succeed(command);
};

const subDocument: Execute = (session, command, copy) => {
  if (!session.state.traits.hello) return session.fail(command, status.unknownCommand);
  executeSubDocument(session, command, copy, (stored) => {
    const { maxTtl = 0 } = session.part!.bucket.manifest.collection(copy.id) ?? {};
    limitExpiry(stored.command, maxTtl, session.state.options.clock.unixSeconds());
    executeAs(session, command, copy, stored);
  });
};

const modelledSubDocuments = subDocumentOpcodes.filter((code) => code !== couchbaseOpcode.subdocReplaceBodyWithXattr);

/** How a command is executed, and in which states of the vBucket. */
interface PacketRule {
  readonly execute: Execute;
  readonly states: readonly VbucketState[];
  /** What counts it; undefined = it is neither a read nor a write of an item. */
  readonly counter?: 'gets' | 'sets';
}

/** A command about a vBucket with all its collections. */
function inVbucket(execute: (session: SessionView, command: Command, copy: VbucketCopy) => void): Execute {
  return (session, command) => execute(session, command, session.part!.copy(command.vbucket)!);
}

const read: PacketRule = { execute: executeInStore, states: ['active'], counter: 'gets' };
const write: PacketRule = { ...read, counter: 'sets' };

function subDocumentRule(code: number): PacketRule {
  return { execute: subDocument, states: ['active', 'replica'], counter: changesDocument(code) ? 'sets' : 'gets' };
}

const packets: ReadonlyMap<number, PacketRule> = new Map<number, PacketRule>([
  ...modelledSubDocuments.map((code) => [code, subDocumentRule(code)] as const),
  [couchbaseOpcode.getReplica, { execute: getReplica, states: ['replica'], counter: 'gets' }],
  [couchbaseOpcode.getLocked, { execute: getLocked, states: ['active'], counter: 'gets' }],
  [couchbaseOpcode.unlockKey, { execute: unlock, states: ['active'] }],
  [couchbaseOpcode.getMeta, { execute: getMeta, states: ['active'] }],
  [couchbaseOpcode.rangeScanCreate, { execute: inVbucket(createScan), states: ['active'] }],
  [couchbaseOpcode.rangeScanContinue, { execute: inVbucket(continueScan), states: ['active'] }],
  [couchbaseOpcode.rangeScanCancel, { execute: inVbucket(cancelScan), states: ['active'] }],
  [couchbaseOpcode.observeSeqno, { execute: observeSeqno, states: ['active', 'replica'] }],
]);

function ruleOf({ packet, verb }: Command): PacketRule | undefined {
  if (verb === 'packet') return packets.get(packet!.opcode);
  return verb === 'get' ? read : write;
}
