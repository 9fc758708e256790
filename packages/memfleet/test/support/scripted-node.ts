/**
 * A tiny node over a real socket, made of the shipped codecs and store, that misbehaves on command. Without a script it
 * answers as a node should.
 *
 *   socket ─▶ command decoder ─▶ script ─ undefined ─▶ store ─▶ reply encoder ─▶ socket
 *                                  └ true: the script deals with it: silence, half an answer, a reset …
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import type { Command } from '../../src/core/command.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import type { Codec, CommandSink, Decoder, Protocol } from '../../src/protocol/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';

/** What a node does otherwise than a node should. */
export interface NodeScript {
  /** Somebody connected. */
  onConnection?(connection: ScriptedConnection): void;
  /** A command came. True: the script deals with it; anything else: it is answered as a node should. */
  onCommand?(command: Command, connection: ScriptedConnection): boolean | undefined | void;
  /** What it speaks. @default all */
  readonly speaks?: readonly Protocol[];
}

/** One accepted connection of a scripted node. */
export class ScriptedConnection implements CommandSink {
  /** 0 for the first connection that the node accepted. */
  readonly index: number;
  readonly socket: Socket;
  readonly node: ScriptedNode;
  /** Commands that came, probes included. */
  readonly commands: Command[] = [];
  #codec: Codec | undefined;
  #decoder: Decoder | undefined;
  #drip: NodeJS.Timeout | undefined;
  #dripping: Buffer = Buffer.alloc(0);
  #isMute = false;

  constructor(node: ScriptedNode, socket: Socket, index: number) {
    this.node = node;
    this.socket = socket;
    this.index = index;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    // It ends its side when the other ends, unless the script keeps it open.
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(this.#drip);
      node.onClosed(this);
    });
  }

  /** What a node should answer. */
  bytesFor(command: Command): Buffer {
    const writer = new ByteWriter();
    const codec = this.#codec as Codec;
    this.node.store.dispatch(command, {
      onReply: (reply) => codec.encodeReply(reply, command, writer),
      onError: (error) => {
        throw error;
      },
    });
    return Buffer.concat(writer.take());
  }

  /** Answers as a node should. */
  answer(command: Command): void {
    this.send(this.bytesFor(command));
  }

  /** Sends bytes (or a byte string). */
  send(bytes: string | Uint8Array): void {
    if (this.socket.destroyed) return;
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends the bytes one by one, `gap` ms apart, behind those that drip already. */
  drip(bytes: Uint8Array, gap: number): void {
    this.#dripping = Buffer.concat([this.#dripping, bytes]);
    this.#drip ??= setInterval(() => {
      this.send(this.#dripping.subarray(0, 1));
      this.#dripping = this.#dripping.subarray(1);
    }, gap);
  }

  /** From now on it reads what comes and does nothing with it. */
  mute(): void {
    this.#isMute = true;
  }

  /** Sends the end, as a node that closes an idle connection. */
  end(): void {
    this.mute();
    this.socket.end();
  }

  /** Sends what is given, then resets the connection (RST). */
  reset(bytes?: Uint8Array): void {
    this.mute();
    if (bytes === undefined || bytes.length === 0) this.socket.resetAndDestroy();
    else this.socket.write(bytes, () => this.socket.resetAndDestroy());
  }

  onCommand(command: Command): void {
    this.commands.push(command);
    if (!this.#isMute) this.node.onCommand(command, this);
  }

  #onData(chunk: Buffer): void {
    if (this.#isMute) return;
    this.#decoder ??= this.#detect(chunk[0] as number);
    this.#decoder?.push(chunk);
  }

  /** A first byte of a protocol that the node does not speak makes it close, as memcached does. */
  #detect(first: number): Decoder | undefined {
    const { speaks } = this.node;
    if (first === 0x80 && speaks.includes('binary')) this.#codec = binaryCodec;
    else if (first !== 0x80 && speaks.includes('meta')) this.#codec = metaCodec;
    else if (first !== 0x80 && speaks.includes('text')) this.#codec = textCodec;
    if (this.#codec === undefined) this.socket.destroy();
    return this.#codec?.commandDecoder(this);
  }
}

const allProtocols: readonly Protocol[] = ['text', 'meta', 'binary'];

/** A node whose misbehaviour a test scripts. */
export class ScriptedNode {
  store: StoreDispatcher = new StoreDispatcher();
  /** Every connection that ever was, in order. */
  readonly connections: ScriptedConnection[] = [];
  /** May be changed at any time. */
  script: NodeScript;
  readonly #server: Server;
  readonly #open = new Set<ScriptedConnection>();
  readonly #watchers = new Set<() => void>();
  #port = 0;
  #path: string | undefined;

  constructor(script: NodeScript) {
    this.script = script;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new ScriptedConnection(this, socket, this.connections.length);
      this.connections.push(connection);
      this.#open.add(connection);
      this.script.onConnection?.(connection);
      this.#changed();
    });
  }

  /** `127.0.0.1:port`, or the path. */
  get address(): string {
    return this.#path ?? `127.0.0.1:${this.#port}`;
  }

  get speaks(): readonly Protocol[] {
    return this.script.speaks ?? allProtocols;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** Everything that was asked, the questions that open a connection left out. */
  get commands(): Command[] {
    return this.connections.flatMap((connection) =>
      connection.commands.filter((command, at) => at > 0 || (command.verb !== 'noop' && command.verb !== 'version')),
    );
  }

  /** Listens: the first time on a free port (or on a path), later where it was. */
  listen(path?: string): Promise<void> {
    this.#path ??= path;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const where = this.#path === undefined ? { host: '127.0.0.1', port: this.#port } : { path: this.#path };
      this.#server.listen(where, () => {
        this.#server.off('error', reject);
        if (this.#path === undefined) this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Goes down: its connections are reset, its port refuses. */
  down(): Promise<void> {
    for (const { socket } of this.#open) {
      // Only TCP has resets.
      if (this.#path === undefined) socket.resetAndDestroy();
      else socket.destroy();
    }
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** Waits for a condition on this node, which is looked at whenever something happened to it. */
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

  onCommand(command: Command, connection: ScriptedConnection): void {
    const isDealtWith = this.script.onCommand?.(command, connection);
    if (isDealtWith !== true) connection.answer(command);
    this.#changed();
  }

  onClosed(connection: ScriptedConnection): void {
    this.#open.delete(connection);
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}

/** Whether it is the request that opens the connection. Scripts that fail later let it pass. */
export function isProbe(command: Command, connection: ScriptedConnection): boolean {
  return (command.verb === 'noop' || command.verb === 'version') && connection.commands.length === 1;
}

/** A script that answers the opening question and leaves everything else to `onCommand`. */
export function afterProbe(onCommand: (command: Command, connection: ScriptedConnection) => void): NodeScript {
  return {
    onCommand: (command, connection) => {
      if (isProbe(command, connection)) return false;
      onCommand(command, connection);
      return true;
    },
  };
}
