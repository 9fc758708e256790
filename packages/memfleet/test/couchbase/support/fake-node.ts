/**
 * A small Couchbase-type node made of the shipped codec, that does and says what a test tells it: which users, buckets
 * and features it knows, which vBuckets it has, what it answers instead.
 *
 *   socket ─▶ command decoder ─▶ script? ─▶ login, bucket, map, items ─▶ reply encoder ─▶ socket
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Command } from '../../../src/core/command.ts';
import { Reply } from '../../../src/core/reply.ts';
import { status } from '../../../src/core/status.ts';
import { crc32Libmemcached } from '../../../src/hash/crc32.ts';
import { binaryCodec } from '../../../src/protocol/binary/codec.ts';
import { couchbaseOpcode } from '../../../src/protocol/binary/couchbase-opcodes.ts';
import { buildFeatures, parseFeatures } from '../../../src/protocol/binary/hello.ts';
import { opcodeName } from '../../../src/protocol/binary/opcode-names.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import { parsePlain } from '../../../src/protocol/binary/sasl-plain.ts';
import { scramMechanism } from '../../../src/protocol/binary/scram-mechanism.ts';
import { scramCredential, ScramServer } from '../../../src/protocol/binary/scram.ts';

/** One accepted connection. */
export interface FakeSession {
  user: string | undefined;
  bucket: string | undefined;
  features: readonly number[];
  scram: ScramServer | undefined;
  readonly socket: Socket | undefined;
}

/** What to answer. `silent`: nothing. */
export type FakeAnswer =
  | { readonly code: number; readonly value?: string | undefined; readonly flags?: number; readonly datatype?: number }
  | 'silent';

/** What a node is like; everything can be changed at any time. */
export interface FakeNodeSettings {
  /** HELLO features that it grants; undefined = it does not know HELLO. */
  features: readonly number[] | undefined;
  /** Names and passwords; undefined = everybody may come in, and there is no SASL. */
  users: Readonly<Record<string, string>> | undefined;
  mechanisms: string;
  buckets: readonly string[];
  /** Must one log in before a bucket can be used? */
  needsLogin: boolean;
  /** What GET_CLUSTER_CONFIG gives; undefined = it does not know that. */
  config: (() => unknown) | undefined;
  /** What goes with NOT_MY_VBUCKET. */
  refusalBody: (() => unknown) | undefined;
  vbuckets: number;
  /** Which copies of a vBucket it has: undefined = none, 0 = active, i = the i-th replica. */
  owns: (vbucket: number) => number | undefined;
  /** Speaks TLS with this. */
  certificate: { readonly key: string; readonly cert: string } | undefined;
  /** Answers instead of the node. */
  script: ((command: Command, session: FakeSession) => FakeAnswer | undefined) | undefined;
}

const plain: FakeNodeSettings = {
  features: [],
  users: undefined,
  mechanisms: 'SCRAM-SHA512 SCRAM-SHA256 SCRAM-SHA1 PLAIN',
  buckets: ['default'],
  needsLogin: false,
  config: undefined,
  refusalBody: undefined,
  vbuckets: 4,
  owns: () => 0,
  certificate: undefined,
  script: undefined,
};

export class FakeNode {
  readonly settings: FakeNodeSettings;
  readonly items = new Map<string, { value: string; flags: number }>();
  /** The names of the opcodes that came, in order. */
  readonly log: string[] = [];
  /** The commands with a key that came, in order. */
  readonly commands: Command[] = [];
  readonly sessions = new Set<FakeSession>();
  #server: Server | undefined;
  #port = 0;

  constructor(settings: Partial<FakeNodeSettings> = {}) {
    this.settings = { ...plain, ...settings };
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Listens until the test ends. */
  async listen(port = 0): Promise<this> {
    const accept = (socket: Socket): void => this.#accept(socket);
    const { certificate } = this.settings;
    const server = certificate === undefined ? createServer(accept) : createTlsServer(certificate, accept);
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
    this.#port = (server.address() as AddressInfo).port;
    onTestFinished(() => this.down());
    return this;
  }

  /** Stops listening and drops its connections. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const { socket } of this.sessions) socket?.destroy();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Sends a packet of the server's own to all connections. */
  push(code: number, key: string, extras: Uint8Array, value: string): void {
    const command = new Command('packet', key);
    command.packet = { opcode: code, opaque: 0, extras };
    command.value = value;
    const writer = new ByteWriter();
    binaryCodec.encodeCommand(command, writer);
    const bytes = Buffer.concat(writer.take());
    bytes[0] = 0x82;
    for (const { socket } of this.sessions) socket?.write(bytes);
  }

  /** What it says to a command, as bytes. */
  answer(command: Command, session: FakeSession): Buffer {
    this.log.push(opcodeName(command.packet!.opcode));
    const isData = command.verb !== 'packet' || command.packet!.opcode === couchbaseOpcode.getReplica;
    if (command.key !== '' && isData) this.commands.push(command);
    const answer = this.settings.script?.(command, session) ?? this.#answer(command, session);
    if (answer === 'silent') return Buffer.alloc(0);
    const writer = new ByteWriter();
    binaryCodec.encodeReply(replyOf(command, answer), command, writer);
    return Buffer.concat(writer.take());
  }

  #accept(socket: Socket): void {
    const session: FakeSession = { user: undefined, bucket: undefined, features: [], scram: undefined, socket };
    this.sessions.add(session);
    const decoder = binaryCodec.commandDecoder({ onCommand: (command) => socket.write(this.answer(command, session)) });
    socket.on('data', (data) => decoder.push(data));
    socket.on('error', () => {});
    socket.on('close', () => this.sessions.delete(session));
  }

  #answer(command: Command, session: FakeSession): FakeAnswer {
    const { opcode: code } = command.packet!;
    const special = this.#login(code, command, session) ?? this.#configuration(code, command, session);
    if (special !== undefined) return special;
    if (command.verb === 'noop') return { code: status.success };
    if (command.verb === 'version') return { code: status.success, value: 'fake' };
    if (command.key === '') return { code: status.unknownCommand };
    return this.#data(code, command);
  }

  #login(code: number, command: Command, session: FakeSession): FakeAnswer | undefined {
    const { users, mechanisms, features } = this.settings;
    switch (code) {
      case couchbaseOpcode.hello:
        if (features === undefined) return { code: status.unknownCommand };
        session.features = (parseFeatures(command.value) ?? []).filter((wanted) => features.includes(wanted));
        return { code: status.success, value: buildFeatures(session.features) };
      case opcode.saslListMechs:
        return users === undefined ? { code: status.unknownCommand } : { code: status.success, value: mechanisms };
      case opcode.saslAuth:
        return this.#authenticate(command, session);
      case opcode.saslStep:
        return attempt(() => {
          const value = session.scram!.finish(text(command.value));
          session.user = session.scram!.user;
          return { code: status.success, value };
        });
      default:
        return undefined;
    }
  }

  #authenticate(command: Command, session: FakeSession): FakeAnswer {
    const users = this.settings.users ?? {};
    if (command.key === 'PLAIN') {
      const given = parsePlain(command.value);
      if (given === undefined || users[given.user] !== given.password) return { code: status.authError };
      session.user = given.user;
      // As a Membase node: the user is the bucket.
      if (this.settings.features === undefined) session.bucket = given.user;
      return { code: status.success, value: 'Authenticated' };
    }
    const mechanism = scramMechanism(command.key)!;
    session.scram = new ScramServer({
      mechanism,
      credentialOf: (user) => {
        const password = users[user];
        return password === undefined ? undefined : scramCredential(mechanism, password, Buffer.from('salt'), 4096);
      },
    });
    return attempt(() => ({ code: status.authContinue, value: session.scram!.challenge(text(command.value)) }));
  }

  #configuration(code: number, command: Command, session: FakeSession): FakeAnswer | undefined {
    const { buckets, needsLogin, config } = this.settings;
    if (code === couchbaseOpcode.selectBucket) {
      if (needsLogin && session.user === undefined) return { code: status.noAccess };
      if (!buckets.includes(command.key)) return { code: status.keyNotFound };
      session.bucket = command.key;
      return { code: status.success };
    }
    if (code === couchbaseOpcode.getErrorMap) return { code: status.success, value: '{"version":2,"errors":{}}' };
    if (code !== couchbaseOpcode.getClusterConfig) return undefined;
    if (config === undefined) return { code: status.unknownCommand };
    return { code: status.success, value: documentText(config()) };
  }

  #data(code: number, command: Command): FakeAnswer {
    const { owns, refusalBody, vbuckets } = this.settings;
    const copy = owns(command.vbucket);
    const isReplicaRead = code === couchbaseOpcode.getReplica;
    const isRight =
      command.vbucket === (crc32Libmemcached(command.key) & (vbuckets - 1)) &&
      copy !== undefined &&
      copy > 0 === isReplicaRead;
    if (!isRight) {
      const body = refusalBody?.();
      return { code: status.notMyVbucket, value: body === undefined ? '' : documentText(body) };
    }
    if (command.verb === 'store') {
      this.items.set(command.key, { value: text(command.value), flags: command.flags });
      return { code: status.success };
    }
    if (command.verb === 'delete')
      return { code: this.items.delete(command.key) ? status.success : status.keyNotFound };
    const item = this.items.get(command.key);
    return item === undefined ? { code: status.keyNotFound } : { code: status.success, ...item };
  }
}

/** Nodes that listen, and one document that says where they are, changed by `move`. */
export function documentText(document: unknown): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}

function attempt(act: () => FakeAnswer): FakeAnswer {
  try {
    return act();
  } catch {
    return { code: status.authError };
  }
}

function text(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
}

function replyOf(command: Command, answer: Exclude<FakeAnswer, 'silent'>): Reply {
  const { code, value, flags = 0, datatype = 0 } = answer;
  const reply = new Reply();
  if (code === status.keyNotFound) return reply.reset('miss');
  if (code !== status.success && code !== status.authContinue) {
    reply.setError('server', '', code);
    reply.setText(value ?? '');
    return reply;
  }
  reply.reset('ok');
  reply.code = code;
  reply.datatype = datatype;
  reply.cas = 7n;
  if (value !== undefined) reply.setText(value);
  if (command.verb === 'version') reply.message = value ?? '';
  const isReplicaRead = command.packet?.opcode === couchbaseOpcode.getReplica;
  if (command.verb === 'get') reply.flags = flags;
  else if (isReplicaRead) {
    const extras = Buffer.alloc(4);
    extras.writeUInt32BE(flags);
    reply.extras = extras;
  }
  return reply;
}
