/**
 * The collections that a fleet uses, with their ids: asked once, shared by all calls, forgotten when a node refuses
 * them.
 *
 *   command of a collection ─ id known ────────────────────────────────▶ next
 *                           └ else it waits ─▶ GET_COLLECTION_ID, one at a time, each to the next node
 *                                               ├ an id ───────────────▶ next: all that wait, in their order
 *                                               ├ unknown ─────────────▶ refused: resend.ts asks again, or gives up
 *                                               └ failed ─▶ next node, until each was asked ─▶ error
 *   0x88 for a command ─ the node's manifest is newer ─▶ the id is not known any more
 *                      └ the node is behind, or the id is a new one already ─▶ it stays
 */
import { systemRandom } from '../base/chance.ts';
import { type Clock, deadlineIn } from '../base/clock.ts';
import { closedError } from '../cluster/cluster-errors.ts';
import { UnknownCollectionError } from '../core/collection.ts';
import { Command, derive, describeCommand } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import {
  AuthenticationError,
  ClosedError,
  ConfigError,
  ConnectError,
  type MemcacheError,
  TimeoutError,
  UnsupportedError,
} from '../core/errors.ts';
import { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { couchbaseOpcode } from '../protocol/binary/couchbase-opcodes.ts';
import { statusText } from '../protocol/binary/statuses.ts';
import type { CollectionNames, NamedCollection } from './collection-names.ts';
import type { UnknownCollection } from './resend.ts';

/** The nodes of the bucket, for requests to one of them. */
export interface CollectionNodes {
  /** Their names; none before the first map. */
  readonly names: readonly string[];
  /** False: there is no such node. */
  dispatchTo(node: string, command: Command, handler: Handler): boolean;
  /** Dispatches a command without a key; it waits for the first map. */
  dispatch(command: Command, handler: Handler): void;
}

/** The time that one node has for its reply, in ms. */
const askTime = 500;
/** The number of refusals of an id by nodes with the same or an older manifest, after which it is asked again. */
const mostOldRefusals = 8;
/** What is known of a collection, and the commands that wait for its id. */
class Collection {
  readonly named: NamedCollection;
  readonly waiting: WaitQueue;
  isAsking = false;
  /** The number of the manifest that the id is from. */
  #manifest = 0;
  /** The status with which the last request for the id was refused. */
  #refusal: number | undefined;
  #oldRefusals = 0;

  constructor(named: NamedCollection, clock: Clock) {
    this.named = named;
    this.waiting = new WaitQueue(clock, (command) => {
      if (this.#refusal !== undefined) return this.unknown(command, this.#refusal);
      const what = `${describeCommand(command)}: no node has given the id of the collection ${named.path}`;
      return new TimeoutError(what, 'acquire');
    });
  }

  /** The error of a call. `code`: the status of the refusal; `node`: the one that has refused a command. */
  unknown(command: Command, code: number, node?: string): UnknownCollectionError {
    const { scope, name, path } = this.named;
    const missing = code === status.unknownScope ? `scope ${scope}` : `collection ${path}`;
    const what = `${describeCommand(command)}: the bucket has no ${missing}`;
    return new UnknownCollectionError(what, scope, name, { node });
  }

  /** A node that was asked for the id does not know it. */
  missing(code: number): void {
    this.#refusal = code;
  }

  learn(id: number, manifest: number): void {
    this.named.id = id;
    this.named.isKnown = true;
    this.#manifest = manifest;
    this.#oldRefusals = 0;
    this.#refusal = undefined;
  }

  /** A node with this manifest does not know the id. Returns whether another id is, or will soon be, known. */
  refused(manifest: number): boolean {
    const isBehind = manifest < this.#manifest;
    if (manifest > this.#manifest || ++this.#oldRefusals >= mostOldRefusals) this.named.isKnown = false;
    return !isBehind;
  }
}

/** The ids of the collections that a fleet uses. */
export class Collections {
  readonly #clock: Clock;
  readonly #names: CollectionNames;
  /** By path. */
  readonly #all = new Map<string, Collection>();
  #nodes: CollectionNodes | undefined;
  readonly #random: () => number;
  /** Requests for ids go to one node after the other, beginning with any. */
  #turn: number | undefined;

  constructor(names: CollectionNames, clock: Clock, random: () => number = systemRandom) {
    this.#names = names;
    this.#clock = clock;
    this.#random = random;
  }

  /** Called once, before the first command. */
  connect(nodes: CollectionNodes): void {
    this.#nodes = nodes;
  }

  /** Commands wait in front of `next` until the id of their collection is known. */
  policy(next: Dispatcher): Dispatcher {
    return wrap(
      next,
      (command, handler) => {
        const { collection, packet } = command;
        // The key in the reply would have the id before it; a proxy has the key of the request.
        const sent = packet?.returnKey === true ? derive(command, { packet: undefined }) : command;
        if (collection === undefined || collection.isKnown) next.dispatch(sent, handler);
        else this.#hold(next, this.#at(collection.path), sent, handler);
      },
      (error = closedError()) => {
        for (const { waiting } of this.#all.values()) waiting.failAll(error);
      },
    );
  }

  /** A node does not know the collection of a command. `reply` is valid only during the call. */
  refused(command: Command, reply: Reply): UnknownCollection {
    const { node, code } = reply;
    const collection = this.#at(command.collection!.path);
    // Without a node: the refusal of the id, which it has noted.
    if (node === '') return { error: collection.unknown(command, code), isOutdated: false, isForgotten: false };
    const { named } = collection;
    const wasKnown = named.isKnown;
    const isOutdated = collection.refused(manifestOf(reply));
    return { error: collection.unknown(command, code, node), isOutdated, isForgotten: wasKnown && !named.isKnown };
  }

  #hold(next: Dispatcher, collection: Collection, command: Command, handler: Handler): void {
    collection.waiting.push(command, handler, Infinity);
    if (!collection.isAsking) new Inquiry(next, collection, this.#nodes!, this.#clock, () => this.#nextTurn()).begin();
  }

  #at(path: string): Collection {
    let collection = this.#all.get(path);
    if (collection === undefined) {
      collection = new Collection(this.#names.at(path), this.#clock);
      this.#all.set(path, collection);
    }
    return collection;
  }

  #nextTurn(): number {
    this.#turn = this.#turn === undefined ? Math.floor(this.#random() * 1024) : this.#turn + 1;
    return this.#turn;
  }
}

/** The number of the manifest in a refusal; Infinity = it names none. */
function manifestOf(reply: Reply): number {
  try {
    const uid: unknown = JSON.parse(reply.utf8())?.manifest_uid;
    return typeof uid === 'string' && /^[\da-f]+$/i.test(uid) ? Number.parseInt(uid, 16) : Infinity;
  } catch {
    return Infinity;
  }
}

/** One search for the id of a collection. */
class Inquiry implements Handler {
  readonly #next: Dispatcher;
  readonly #collection: Collection;
  readonly #nodes: CollectionNodes;
  readonly #clock: Clock;
  /** Returns another number each time. */
  readonly #number: () => number;
  #failures = 0;

  constructor(next: Dispatcher, collection: Collection, nodes: CollectionNodes, clock: Clock, number: () => number) {
    this.#next = next;
    this.#collection = collection;
    this.#nodes = nodes;
    this.#clock = clock;
    this.#number = number;
    collection.isAsking = true;
  }

  begin(): void {
    const { names } = this.#nodes;
    if (names.length === 0) this.#awaitNodes();
    else {
      const command = new Command('packet');
      command.packet = { opcode: couchbaseOpcode.getCollectionId, opaque: 0, name: 'getCollectionId' };
      command.value = this.#collection.named.path;
      command.deadline = deadlineIn(this.#clock, askTime);
      const node = names[this.#number() % names.length]!;
      if (!this.#nodes.dispatchTo(node, command, this)) this.begin();
    }
  }

  onReply(reply: Reply): void {
    const { code, extras, node } = reply;
    const { waiting, named } = this.#collection;
    if (code === status.success && extras?.length === 12) {
      const view = new DataView(extras.buffer, extras.byteOffset, extras.byteLength);
      this.#collection.learn(view.getUint32(8), Number(view.getBigUint64(0)));
      this.#end();
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift())
        this.#next.dispatch(entry.command, entry.handler);
    } else if (code === status.unknownCommand || code === status.notSupported)
      this.#fail(new UnsupportedError(`${node} has no collections, so not ${named.path}`, { node }));
    else if (code === status.unknownCollection || code === status.unknownScope) this.#refuse(code);
    else this.#failed(new ConnectError(`${node} does not give the id of ${named.path}: ${statusText(code)}`, { node }));
  }

  onError(error: MemcacheError): void {
    const isFinal =
      error instanceof ClosedError || error instanceof AuthenticationError || error instanceof ConfigError;
    if (isFinal) this.#fail(error);
    else this.#failed(error);
  }

  /** Another node is asked, unless each was. */
  #failed(error: MemcacheError): void {
    const { node } = error;
    if (++this.#failures < Math.max(2, this.#nodes.names.length)) this.#continue();
    else {
      const why = `the id of the collection ${this.#collection.named.path} is not known: ${error.message}`;
      this.#fail(new ConnectError(why, { node, cause: error }));
    }
  }

  #continue(): void {
    if (this.#collection.waiting.first() === undefined) this.#end();
    else this.begin();
  }

  /** Waits for the first map, as long as a command waits. */
  #awaitNodes(): void {
    const command = new Command('noop');
    command.deadline = deadlineIn(this.#clock, askTime);
    this.#nodes.dispatch(command, {
      onReply: (reply) => {
        if (reply.part !== 'item') this.#continue();
      },
      onError: (error) => {
        if (this.#nodes.names.length > 0 || error instanceof TimeoutError) this.#continue();
        else this.#fail(error);
      },
      onPartFailed() {},
    });
  }

  /** Each waiting command receives the refusal. Those that are sent again meanwhile wait for the next inquiry. */
  #refuse(code: number): void {
    this.#collection.missing(code);
    this.#settle((handler) => handler.onReply(new Reply().setError('server', statusText(code), code)));
  }

  #fail(error: MemcacheError): void {
    this.#settle((handler) => handler.onError(error));
  }

  #settle(settle: (handler: Handler) => void): void {
    const { waiting } = this.#collection;
    this.#end();
    const handlers: Handler[] = [];
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) handlers.push(entry.handler);
    for (const handler of handlers) settle(handler);
  }

  #end(): void {
    this.#collection.isAsking = false;
  }
}
