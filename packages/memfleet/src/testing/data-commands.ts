/**
 * Commands about items. Where the vBucket is active the store executes the neutral ones; this file executes those that
 * only Couchbase has:
 *
 *   GET, SET, …, TOUCH, GAT      StoreDispatcher, then: cas of the cluster, sequence number, replicas
 *   GET_META                     whether it exists, with its cas and expiry
 *   GET_REPLICA                  as GET, of a replica
 *   OBSERVE_SEQNO                the sequence number of the vBucket; everything counts as persisted
 */
import { Command, isRead } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { crc32Libmemcached } from '../hash/crc32.ts';
import { u32Text, u64Text } from '../protocol/binary/header.ts';
import { feature } from '../protocol/binary/hello.ts';
import { couchbaseOpcode } from '../protocol/binary/opcodes.ts';
import type { SessionView } from './session-view.ts';
import type { VbucketCopy, VbucketState } from './vbucket-copy.ts';

/** The maximum length of a key in bytes. */
const maxKey = 250;
/** The highest byte of the flags that Couchbase's clients share: the format of the value. */
const jsonFormat = 2;
const json = 1;

type Execute = (session: SessionView, command: Command, copy: VbucketCopy) => void;

/** Executes a command about an item. */
export function executeData(session: SessionView, command: Command): void {
  const { part, node } = session;
  if (part === undefined) {
    const mayNot = session.user === undefined && session.state.traits.hello;
    return session.fail(command, mayNot ? status.noAccess : status.noBucket);
  }
  const rule = command.verb === 'packet' ? packets.get(command.packet!.opcode) : data;
  if (rule === undefined) return session.fail(command, status.unknownCommand);
  if (command.key.length > maxKey || ((command.packet?.datatype ?? 0) & ~json) !== 0)
    return session.fail(command, status.invalidArguments);
  const { vbuckets } = part.bucket.options;
  if (part.bucket.isMapped && command.key !== '' && crc32Libmemcached(command.key) % vbuckets !== command.vbucket)
    node.counters.misplaced++;
  const copy = part.copy(command.vbucket);
  if (copy === undefined) session.refuse(command);
  else if (rule.states.includes(copy.state)) rule.execute(session, command, copy);
  else if (copy.state === 'pending' && rule.states.includes('active')) {
    session.hold(
      (resume) => copy.whenDecided(resume),
      () => executeData(session, command),
    );
  } else session.refuse(command);
}

const executeInStore: Execute = (session, command, copy) =>
  copy.dispatch(command, new Execution(session, command, copy));

class Execution implements Handler {
  readonly #session: SessionView;
  readonly #command: Command;
  readonly #copy: VbucketCopy;

  constructor(session: SessionView, command: Command, copy: VbucketCopy) {
    this.#session = session;
    this.#command = command;
    this.#copy = copy;
  }

  onReply(reply: Reply): void {
    const session = this.#session;
    const command = this.#command;
    const changes = !isRead(command);
    if (reply.status === 'ok' && changes) {
      reply.cas = session.part!.bucket.changed(command.vbucket, this.#copy, command.key);
      if (command.verb === 'touch') reply.extras = session.state.traits.hello ? noBytes : undefined;
      else if (command.verb !== 'get' && session.features.has(feature.mutationToken)) reply.extras = token(this.#copy);
    }
    if (command.verb === 'get' && reply.status === 'ok') reply.datatype = typeOf(session, reply.flags);
    session.send(command, reply);
  }

  onError(error: MemcacheError): void {
    this.#session.fail(this.#command, status.internalError, error.message);
  }
}

const noBytes = new Uint8Array(0);

function token(copy: VbucketCopy): Uint8Array {
  return Buffer.from(u64Text(copy.uuid) + u64Text(BigInt(copy.seqno)), 'latin1');
}

/** The datatype of a value: Couchbase inspects the value, this cluster its flags. */
function typeOf(session: SessionView, flags: number): number {
  return flags >>> 24 === jsonFormat && session.features.has(feature.json) ? json : 0;
}

const getReplica: Execute = (session, command, copy) => {
  const get = new Command('get', command.key);
  get.dialect = 'binary';
  copy.dispatch(get, {
    onReply: (reply) => {
      if (reply.status === 'ok') {
        reply.extras = Buffer.from(u32Text(reply.flags), 'latin1');
        reply.datatype = typeOf(session, reply.flags);
        // GET returns a key only on request.
        reply.key = '';
      }
      session.send(command, reply);
    },
    onError: (error) => session.fail(command, status.internalError, error.message),
  });
};

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
  const type = version === 2 ? String.fromCharCode(typeOf(session, item.flags)) : '';
  reply.reset('ok').extras = Buffer.from(meta + type, 'latin1');
  reply.cas = item.cas;
  session.send(command, reply);
};

/**
 * Format 0: the client's vBucket uuid is the current one; otherwise format 1 says that it failed over, with the last
 * sequence number of the old one.
 */
const observeSeqno: Execute = (session, command, copy) => {
  const { value } = command;
  if (value.length !== 8) return session.fail(command, status.invalidArguments);
  const known = Buffer.from(value as string, 'latin1').readBigUInt64BE();
  const seqno = u64Text(BigInt(copy.seqno));
  const vbucket = String.fromCharCode(command.vbucket >>> 8, command.vbucket & 0xff);
  const now = vbucket + u64Text(copy.uuid) + seqno + seqno;
  if (known === copy.uuid) session.succeed(command, `\0${now}`);
  else session.succeed(command, `\x01${now}${u64Text(known)}${seqno}`);
};

/** How a command is executed, and in which states of the vBucket. */
interface PacketRule {
  readonly execute: Execute;
  readonly states: readonly VbucketState[];
}

const data: PacketRule = { execute: executeInStore, states: ['active'] };

const packets: ReadonlyMap<number, PacketRule> = new Map([
  [couchbaseOpcode.getReplica, { execute: getReplica, states: ['replica'] }],
  [couchbaseOpcode.getMeta, { execute: getMeta, states: ['active'] }],
  [couchbaseOpcode.observeSeqno, { execute: observeSeqno, states: ['active', 'replica'] }],
]);
