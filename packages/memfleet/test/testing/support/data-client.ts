/** A client of a data port that says exactly what a test wants, and takes every answer as it comes. */
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Command } from '../../../src/core/command.ts';
import type { Reply } from '../../../src/core/reply.ts';
import { binaryCodec } from '../../../src/protocol/binary/codec.ts';
import { couchbaseOpcode } from '../../../src/protocol/binary/couchbase-opcodes.ts';
import { u64Text } from '../../../src/protocol/binary/header.ts';
import { buildFeatures, feature } from '../../../src/protocol/binary/hello.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import type { BinaryReplySink } from '../../../src/protocol/binary/reply-decoder.ts';
import { buildPlain } from '../../../src/protocol/binary/sasl-plain.ts';
import type { SimulatedCluster, SimulatedNode } from '../../../src/testing/index.ts';

/** A packet that came. */
export interface Answer {
  readonly opcode: number;
  readonly code: number;
  readonly key: string;
  readonly value: string;
  readonly extras: Buffer;
  readonly flags: number;
  readonly cas: bigint;
  readonly datatype: number;
}

/** A packet to send. */
export interface Question {
  readonly key?: string;
  readonly value?: string;
  readonly extras?: string;
  readonly vbucket?: number;
  readonly cas?: bigint;
  readonly datatype?: number;
  /** Framing extras: bytes as text. */
  readonly framing?: string;
}

const plainFeatures = [feature.xerror, feature.json, feature.duplex, feature.clustermapNotification];

export class DataClient implements BinaryReplySink {
  readonly socket: Socket;
  /** What the node said unasked. */
  readonly pushes: Answer[] = [];
  /** All answers in the order in which they came. */
  readonly answers: Answer[] = [];
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #cluster: SimulatedCluster;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #watchers = new Set<() => void>();
  #opaque = 0;

  constructor(cluster: SimulatedCluster, socket: Socket) {
    this.#cluster = cluster;
    this.socket = socket;
    const decoder = binaryCodec.replyDecoder(this);
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects, and no more. */
  static async dial(cluster: SimulatedCluster, node: SimulatedNode, port: number = node.port): Promise<DataClient> {
    const socket = connect(port, node.host);
    const client = new DataClient(cluster, socket);
    onTestFinished(() => void socket.destroy());
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Connects, logs in, selects the bucket. */
  static async ready(
    cluster: SimulatedCluster,
    node: SimulatedNode = cluster.nodes[0]!,
    bucket = 'default',
    features: readonly number[] = plainFeatures,
  ): Promise<DataClient> {
    const client = await DataClient.dial(cluster, node);
    await client.hello(features);
    const { username, password } = cluster.credentials;
    await client.plain(username, password);
    await client.ask(couchbaseOpcode.selectBucket, { key: bucket });
    return client;
  }

  hello(features: readonly number[]): Promise<Answer> {
    return this.ask(couchbaseOpcode.hello, { key: 'test', value: buildFeatures(features) });
  }

  plain(user: string, password: string): Promise<Answer> {
    return this.ask(opcode.saslAuth, { key: 'PLAIN', value: buildPlain(user, password) });
  }

  /** The vBucket of the key is filled in where none is given. */
  ask(code: number, question: Question = {}): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.set(this.send(code, question), resolve);
    });
  }

  /** Sends, and leaves the answer to `answers`. Gives the opaque. */
  send(
    code: number,
    { key = '', value = '', extras = '', vbucket, cas = 0n, datatype = 0, framing }: Question = {},
  ): number {
    const command = new Command('packet', key);
    const opaque = ++this.#opaque;
    const bytes = extras === '' ? undefined : Buffer.from(extras, 'latin1');
    const frames = framing === undefined ? undefined : Buffer.from(framing, 'latin1');
    command.packet = { opcode: code, opaque, extras: bytes, datatype, framing: frames };
    command.value = value;
    command.cas = cas;
    command.vbucket = vbucket ?? this.#cluster.vbucketOf(key);
    const writer = new ByteWriter();
    binaryCodec.encodeCommand(command, writer);
    this.socket.write(Buffer.concat(writer.take()));
    return opaque;
  }

  get(key: string, vbucket?: number): Promise<Answer> {
    return this.ask(opcode.get, { key, ...(vbucket === undefined ? {} : { vbucket }) });
  }

  set(key: string, value: string, cas = 0n): Promise<Answer> {
    return this.ask(opcode.set, { key, value, cas, extras: '\0'.repeat(8) });
  }

  /** Waits for a condition, which is looked at whenever something came. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  onReply(reply: Reply): void {
    const answer = taken(reply);
    this.answers.push(answer);
    this.#waiting.get(reply.opaqueNumber)?.(answer);
    this.#look();
  }

  onPush(reply: Reply): void {
    this.pushes.push(taken(reply));
    this.#look();
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }
}

function taken(reply: Reply): Answer {
  const { opcode: code, key, flags, cas, datatype } = reply;
  const { token } = reply;
  const bytes = token === undefined ? '' : u64Text(token.uuid) + u64Text(token.seqno);
  const extras = Buffer.from(reply.extras ?? Buffer.from(bytes, 'latin1'));
  return { opcode: code, code: reply.code, key, value: reply.text(), extras, flags, cas, datatype };
}
