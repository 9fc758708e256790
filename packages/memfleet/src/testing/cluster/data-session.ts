/**
 * A connection to the data port of a node: packets in, replies out.
 *
 *   transport ─chunk─▶ decoder ─▶ RequestOrder ─▶ fault? ─▶ session commands (login, bucket, map …)
 *                                                        └▶ a vBucket's copy: active executes, pending waits,
 *                                                           others refuse
 *
 * The replies to one chunk are one write.
 */
import { ByteWriter } from '../../base/byte-writer.ts';
import type { Command } from '../../core/command.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import type { Attach } from '../../net/network.ts';
import type { Transport, TransportEvents } from '../../net/transport.ts';
import { serverOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { datatype, headerText, magic, u64Text } from '../../protocol/binary/header.ts';
import { feature } from '../../protocol/binary/hello.ts';
import type { ScramServer } from '../../protocol/binary/scram.ts';
import { binaryServerCodec } from '../../protocol/binary/server-codec.ts';
import { errorKindOf, statusText } from '../../protocol/binary/statuses.ts';
import type { CommandSink, Decoder } from '../../protocol/codec.ts';
import type { Bucket, BucketPart } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import { joinKey, splitCollection } from './collection-keys.ts';
import { executeData } from './data-commands.ts';
import { revEpoch } from './documents.ts';
import type { NodeFault } from './node-fault.ts';
import { RequestOrder } from './request-order.ts';
import { ServerTimes } from './server-times.ts';
import { executeSession } from './session-commands.ts';
import type { SessionNode, SessionView } from './session-view.ts';

/** The bytes of replies held for a client that does not read, above which its requests are not read either. */
const maxHeld = 4 * 1024 * 1024;
/** The names of clients in HELLO are longer than keys. */
const maxName = 4096;

/** A connection to the data port of a simulated node. */
export class DataSession implements SessionView, TransportEvents, CommandSink {
  readonly node: SessionNode;
  user: string | undefined;
  part: BucketPart | undefined;
  #features: ReadonlySet<number> = new Set();
  scram: ScramServer | undefined;
  /** The revision of the newest map that was sent on this connection. */
  #knownRev = 0;
  readonly #transport: Transport;
  readonly #decoder: Decoder;
  readonly #order: RequestOrder;
  readonly #times: ServerTimes;
  /** Whether this session uses the state's writer. */
  #isWriting = false;
  #isOver = false;

  constructor(node: SessionNode, attach: Attach) {
    this.node = node;
    this.#transport = attach(this);
    const { maxValue } = node.state.options;
    this.#times = new ServerTimes(node.state.options.clock);
    this.#order = new RequestOrder((command) => this.#judge(command), node.state.random);
    this.#decoder = binaryServerCodec.commandDecoder(this, { maxKey: maxName, maxValue });
    this.part = node.state.openBucket?.part(node.id);
    const { clientCertificate } = this.#transport;
    if (clientCertificate === undefined) return;
    this.user = node.state.userOf(clientCertificate);
    if (this.user === undefined) this.end();
  }

  get features(): ReadonlySet<number> {
    return this.#features;
  }

  set features(granted: ReadonlySet<number>) {
    this.#features = granted;
    this.#order.isUnordered = granted.has(feature.unorderedExecution);
  }

  get state(): ClusterState {
    return this.node.state;
  }

  get bucket(): Bucket | undefined {
    return this.part?.bucket;
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#isWriting = true;
    try {
      this.#decoder.push(chunk);
      this.#order.endChunk();
    } catch (error) {
      // Earlier requests receive their replies.
      if (!(error instanceof ProtocolError)) throw error;
      this.#order.endChunk();
      this.end();
    } finally {
      this.#isWriting = false;
      this.#flush();
    }
  }

  onDrain(): void {
    this.#transport.resume();
  }

  onEnd(): void {
    this.end();
  }

  onClose(): void {
    this.#isOver = true;
    this.node.onSessionClosed(this);
  }

  onCommand(command: Command): void {
    if (this.#isOver) return;
    if (this.features.has(feature.tracing)) this.#times.begin(command);
    this.#order.add(command);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isWriting) this.#transport.destroySoon();
  }

  /** Resets the connection. */
  reset(): void {
    this.#isOver = true;
    this.#transport.reset();
  }

  send(command: Command, reply: Reply): void {
    const { key } = command;
    // A reply returns the key as it came.
    if (command.packet?.returnKey === true && this.features.has(feature.collections)) command.key = joinKey(command);
    this.#write((writer) => {
      if (this.features.has(feature.tracing)) writer.copy(this.#stamped(command, reply));
      else binaryServerCodec.encodeReply(reply, command, writer);
    });
    command.key = key;
  }

  #stamped(command: Command, reply: Reply): Buffer {
    const writer = new ByteWriter();
    binaryServerCodec.encodeReply(reply, command, writer);
    return this.#times.stamp(Buffer.concat(writer.take()), command);
  }

  succeed(command: Command, value = '', code: number = status.success): void {
    const reply = this.state.reply.reset('ok');
    reply.code = code;
    reply.setText(value);
    this.send(command, reply);
  }

  fail(command: Command, code: number, body?: string, type: number = datatype.raw): void {
    const unspeakable = code === status.noBucket || code === status.noAccess || code === status.authStale;
    if (unspeakable && this.state.traits.hello && !this.features.has(feature.xerror)) {
      this.end();
      return;
    }
    const reply = this.state.reply.setError(errorKindOf(code), statusText(code), code);
    reply.datatype = type;
    if (body !== undefined) reply.setText(body);
    this.send(command, reply);
  }

  refuse(command: Command, withMap: boolean = this.state.traits.mapInRefusals): void {
    this.node.counters.refused++;
    const isKnown = this.features.has(feature.dedupeNotMyVbucketMap) && this.#knownRev >= this.state.rev;
    const map = withMap && !isKnown ? this.takeMap() : '';
    this.fail(command, status.notMyVbucket, map, map === '' ? datatype.raw : datatype.json);
  }

  takeMap(): string {
    this.knowsMap();
    const map = this.state.documentText(this.bucket, this.node.id);
    this.node.counters.mapBytes += map.length;
    return map;
  }

  knowsMap(): void {
    this.#knownRev = this.state.rev;
  }

  /** Called when the map changed: pushes it, or its revision, if the client requested that and it is allowed. */
  pushMap(): void {
    const { bucket, state } = this;
    if (this.#isOver || bucket === undefined || !state.traits.pushes) return;
    const isBrief = this.features.has(feature.clustermapNotificationBrief);
    if (!isBrief && !this.features.has(feature.clustermapNotification)) return;
    const { name } = bucket;
    const extras = u64Text(BigInt(revEpoch)) + u64Text(BigInt(state.rev));
    const map = isBrief ? '' : this.takeMap();
    const length = extras.length + name.length + map.length;
    this.node.counters.pushes++;
    const header = headerText(
      magic.serverRequest,
      serverOpcode.clustermapChange,
      name.length,
      extras.length,
      isBrief ? datatype.raw : datatype.json,
      0,
      length,
      0,
      0n,
    );
    this.#write((writer) => writer.ascii(header + extras + name + map));
  }

  hold(go: (resume: () => void) => void, act: () => void): void {
    this.#order.hold(go, () => {
      if (!this.#isOver) act();
    });
  }

  /** Executes the request, unless a fault applies to it. */
  #judge(command: Command): void {
    if (this.#isOver) return;
    const { node } = this;
    node.counters.commands++;
    if (this.features.has(feature.collections)) splitCollection(command);
    const fault = node.judge(command, this.bucket);
    if (fault === undefined) this.#execute(command);
    else this.#misbehave(command, fault);
  }

  #misbehave(command: Command, fault: NodeFault): void {
    switch (fault.kind) {
      case 'status':
        return this.fail(command, fault.status, fault.body);
      case 'refuse':
        return this.refuse(command, fault.map);
      case 'silence':
        return;
      case 'drop':
        return this.reset();
      case 'lose':
        this.#execute(command);
        return this.reset();
      case 'delay':
        return this.hold(
          (resume) => this.state.options.clock.setTimer(fault.ms, resume, false),
          () => this.#execute(command),
        );
    }
  }

  #execute(command: Command): void {
    if (!executeSession(this, command)) executeData(this, command);
  }

  #write(encode: (writer: ByteWriter) => void): void {
    const { writer, scratch } = this.state;
    if (this.#isWriting) {
      encode(writer);
      return;
    }
    encode(scratch);
    const bytes = Buffer.concat(scratch.take());
    scratch.release(true);
    this.#transport.write([bytes]);
    if (this.#isOver) this.#transport.destroySoon();
  }

  #flush(): void {
    const { writer } = this.state;
    if (writer.length > 0) {
      const isWritable = this.#transport.write(writer.take());
      writer.release(this.#transport.isFlushed);
      if (!isWritable && this.#transport.bufferedBytes > maxHeld) this.#transport.pause();
    }
    if (this.#isOver) this.#transport.destroySoon();
  }
}
