/**
 * One client's connection through a relay: bytes pass unchanged, cut into requests and replies, to which faults happen.
 *
 *   client ─▶ RequestReader ─▶ [inbox] ─ faults before ─▶ node
 *          ◀─ Outlet ◀─ ReplyPath (faults after) ◀────── node
 *
 * The inbox has the requests behind one that waits (`delay`, `frozen`).
 */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { Fifo } from '../../base/fifo.ts';
import { resetSocket } from '../../net/reset-socket.ts';
import { feature } from '../../protocol/binary/hello.ts';
import { type Effect, type FaultEvent, noEffects } from '../faults/fault.ts';
import { type SeenCommand, seenCommand } from './command-log.ts';
import { mayHaveReply } from './expected-replies.ts';
import { Outlet } from './outlet.ts';
import { outOfMemory } from './own-replies.ts';
import { ReplyPath } from './reply-path.ts';
import { type Request, RequestReader } from './request-reader.ts';
import { isOfReply } from './treat-reply.ts';
import { Wait } from './wait.ts';

/** What a connection needs of its relay. */
export interface ConnectionOwner {
  readonly name: string;
  readonly clock: Clock;
  /** The node behind the relay. */
  readonly target: { readonly host: string; readonly port: number };
  /** Whether the whole node stands still. */
  readonly isFrozen: boolean;
  effectsOn(event: FaultEvent): readonly Effect[];
  record(command: SeenCommand): void;
  onClosed(connection: RelayConnection): void;
}

/** A request with what tests see of it. */
interface Arrived extends Request {
  readonly seen: SeenCommand;
}

/** One client's connection through a relay. */
export class RelayConnection {
  /** Its number at the relay; the first one has 1. */
  readonly number: number;
  readonly #owner: ConnectionOwner;
  readonly #client: Socket;
  readonly #outlet: Outlet;
  readonly #reader = new RequestReader();
  readonly #replies: ReplyPath;
  readonly #wait: Wait;
  readonly #inbox = new Fifo<Arrived>();
  #node: Socket | undefined;
  /** Whether requests wait in the inbox. */
  #isBlocked = false;
  /** Whether what the client sends is read and dropped. */
  #isSilent = false;
  /** The injection by which this connection stands still. */
  #frozenBy: object | undefined;
  #hasClientEnded = false;
  #isClosed = false;
  /** Whether the node receives the end behind what was sent to it, though the client is gone. */
  #endsNode = false;

  constructor(owner: ConnectionOwner, client: Socket, number: number) {
    this.#owner = owner;
    this.#client = client;
    this.number = number;
    this.#outlet = new Outlet(client, owner.clock);
    this.#wait = new Wait(owner.clock);
    this.#replies = new ReplyPath(this.#outlet, this);
    client.pause();
    client.on('data', (chunk: Buffer) => this.#onRequestBytes(chunk));
    client.on('end', () => this.#onClientEnd());
    client.on('drain', () => this.#onDrain());
    client.on('error', () => {});
    client.on('close', () => this.#close());
    const effects = owner.effectsOn({ node: owner.name, connection: number, command: undefined });
    if (effects.some(({ kind }) => kind === 'refuse')) {
      this.reset();
      return;
    }
    const freeze = effects.find((effect) => effect.kind === 'freeze');
    this.#wait.begin(
      effects.filter((effect) => effect.kind === 'acceptLate'),
      () => this.#open(),
    );
    if (freeze !== undefined) this.#freeze(freeze.by ?? this);
  }

  /** Resets the connection to the client, and ends the one to the node. */
  reset(): void {
    resetSocket(this.#client);
    this.#close();
  }

  /** The whole node stands still, or goes on. */
  onFrozenChanged(): void {
    if (this.#owner.isFrozen) this.#pause();
    else if (this.#frozenBy === undefined) this.#resume();
  }

  /** An injection ended. */
  onRemoved(injection: object): void {
    this.#wait.release(injection);
    if (this.#frozenBy !== injection) return;
    this.#frozenBy = undefined;
    if (!this.#owner.isFrozen) this.#resume();
  }

  #open(): void {
    if (this.#isClosed) return;
    const node = connect({ ...this.#owner.target, noDelay: true, allowHalfOpen: true });
    this.#node = node;
    node.on('data', (chunk: Buffer) => this.#onReplyBytes(chunk));
    node.on('drain', () => this.#readOn());
    node.on('end', () => this.#onNodeEnd());
    node.on('error', () => this.#onNodeLost());
    node.on('close', () => this.#onNodeEnd());
    if (this.#owner.isFrozen) this.#pause();
    else if (this.#frozenBy === undefined) this.#client.resume();
  }

  // --- from the client

  #onRequestBytes(chunk: Buffer): void {
    if (this.#isSilent || this.#isClosed) return;
    this.#node?.cork();
    for (const { command, bytes } of this.#reader.read(chunk)) {
      const seen = seenCommand(command, this.#owner.name, this.number);
      this.#owner.record(seen);
      const arrived = { command, bytes, seen };
      if (this.#isBlocked) this.#inbox.push(arrived);
      else this.#decide(arrived);
    }
    this.#forwardUncut();
    this.#node?.uncork();
  }

  /** The client sends no more. */
  #onClientEnd(): void {
    this.#hasClientEnded = true;
    if (!this.#isBlocked) this.#endNode();
  }

  #endNode(): void {
    if (this.#isSilent) {
      this.#client.end();
      return;
    }
    this.#forward(this.#reader.takeRest());
    this.#node?.end();
  }

  /** What happens to a request. */
  #decide(request: Arrived): void {
    const { seen } = request;
    const effects = this.#owner.effectsOn({ node: seen.node, connection: this.number, command: seen });
    if (effects.length === 0) {
      this.#execute(request, noEffects, undefined);
      return;
    }
    const freeze = effects.find((effect) => effect.kind === 'freeze');
    if (freeze !== undefined) this.#freeze(freeze.by ?? this);
    if (this.#isBlocked) {
      this.#inbox.unshift(request);
      return;
    }
    this.#isBlocked = true;
    this.#wait.begin(
      effects.filter((effect) => effect.kind === 'delay'),
      () => {
        this.#isBlocked = this.#isHeld;
        if (this.#isClosed) return;
        this.#misbehave(request, effects);
        this.#catchUp();
      },
    );
  }

  #misbehave(request: Arrived, effects: readonly Effect[]): void {
    if (this.#isClosed || this.#isSilent) return;
    const own = this.#ownReply(request, effects);
    if (own !== undefined) {
      this.#execute(request, effects, own);
      return;
    }
    const end = effects.find(
      (effect) => effect.kind === 'silence' || effect.kind === 'reset' || effect.kind === 'endSide',
    );
    if (end === undefined) {
      this.#execute(request, effects, undefined);
      return;
    }
    if (end.kind !== 'endSide' && end.isExecuted) this.#execute(request, [end], undefined);
    // A reset after the execution comes in place of the reply. Where there is none, the node has it all before its end.
    if (end.kind === 'reset' && end.isExecuted && mayHaveReply(request.command)) return;
    if (end.kind === 'reset') {
      this.#endsNode = true;
      this.#node?.end();
      this.reset();
      return;
    }
    this.#isSilent = true;
    if (end.kind === 'endSide') this.#outlet.end();
  }

  /** The reply that the relay itself gives. */
  #ownReply({ command }: Request, effects: readonly Effect[]): Buffer | undefined {
    const codec = this.#reader.codec;
    for (const effect of effects) {
      if (effect.kind === 'replace') return Buffer.from(effect.bytes);
      if (effect.kind === 'memoryFull' && codec !== undefined) return outOfMemory(command, codec);
    }
    return undefined;
  }

  /** The node receives the request, unless the relay itself replies. */
  #execute({ command, bytes, seen }: Arrived, effects: readonly Effect[], own: Buffer | undefined): void {
    if (own !== undefined || mayHaveReply(command))
      this.#replies.expect({ command, seen, effects: effects.filter(isOfReply), own, frames: [] });
    if (own === undefined) this.#forward(bytes);
  }

  /** Bytes that are, or may be, no request pass as they come. */
  #forwardUncut(): void {
    if (this.#reader.isOpaque || (this.#reader.isUnsure && !this.#isBlocked)) this.#forward(this.#reader.takeRest());
  }

  #forward(bytes: readonly Uint8Array[]): void {
    for (const piece of bytes) this.#node?.write(piece);
    if (this.#node?.writableNeedDrain === true) this.#client.pause();
  }

  /** Executes the requests behind one that waited. */
  #catchUp(): void {
    while (!this.#isBlocked && !this.#isClosed) {
      const next = this.#inbox.shift();
      if (next === undefined) break;
      this.#decide(next);
    }
    if (!this.#isClosed && !this.#isSilent) this.#forwardUncut();
    if (!this.#isBlocked && this.#hasClientEnded && !this.#isClosed) this.#endNode();
  }

  // --- standing still

  get #isHeld(): boolean {
    return this.#owner.isFrozen || this.#frozenBy !== undefined;
  }

  #freeze(by: object): void {
    this.#frozenBy = by;
    this.#pause();
  }

  #pause(): void {
    this.#isBlocked = true;
    this.#client.pause();
    this.#node?.pause();
    this.#outlet.pause();
  }

  #resume(): void {
    this.#isBlocked = false;
    this.#outlet.resume();
    this.#node?.resume();
    this.#readOn();
    this.#catchUp();
  }

  #readOn(): void {
    if (!this.#isHeld && this.#node !== undefined) this.#client.resume();
  }

  // --- from the node

  #onReplyBytes(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#replies.read(chunk, this.#reader.isOpaque ? undefined : this.#reader.codec);
    if (this.#outlet.isFull) this.#node?.pause();
  }

  #onDrain(): void {
    if (!this.#isHeld) this.#node?.resume();
  }

  onGranted(features: readonly number[]): void {
    this.#reader.hasCollections = features.includes(feature.collections);
  }

  /** A reply ends the connection. */
  onEnding(ending: 'end' | 'reset'): void {
    this.#isSilent = true;
    // The bytes before a reset must have left: the kernel drops those that have not.
    if (ending === 'reset') this.#client.write('', () => this.reset());
    else this.#client.end();
    this.#node?.destroy();
  }

  #onNodeEnd(): void {
    if (!this.#isClosed && !this.#isSilent) this.#replies.end();
  }

  #onNodeLost(): void {
    if (!this.#isClosed && !this.#isSilent) this.reset();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#outlet.close();
    this.#wait.end();
    if (this.#endsNode) this.#node?.resume();
    else this.#node?.destroy();
    this.#owner.onClosed(this);
  }
}
