import { ByteWriter } from '../../src/base/byte-writer.ts';
import { Connection } from '../../src/connection/connection.ts';
import { Command } from '../../src/core/command.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import type { Codec, Decoder } from '../../src/protocol/codec.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { flow, memoryPair, type MemoryTransport } from '../support/memory-transport.ts';

/** A connection to a node in memory. Answers wait until `flow`; before that a test may change them. */
export class MemoryWire {
  readonly clock = new FakeClock();
  readonly node = new StoreDispatcher();
  readonly connection: Connection;
  readonly near: MemoryTransport;
  readonly far: MemoryTransport;
  isClosed = false;
  readonly #codec: Codec;
  readonly #decoder: Decoder;

  constructor(codec: Codec, maxInFlight = 1000) {
    this.#codec = codec;
    this.#decoder = codec.commandDecoder({ onCommand: (command) => this.#answer(command) });
    const [near, far] = memoryPair(
      {
        onData: (chunk) => this.connection.onData(chunk),
        onDrain: () => this.connection.onDrain(),
        onEnd: () => this.connection.onEnd(),
        onClose: (error) => this.connection.onClose(error),
      },
      { onData: (chunk) => this.#decoder.push(chunk), onDrain() {}, onEnd() {}, onClose() {} },
    );
    this.near = near;
    this.far = far;
    this.connection = new Connection(
      near,
      { codec, clock: this.clock, node: 'memory', maxInFlight, flush: 'microtask', mergeGets: false },
      { onProgress() {}, onTimeouts() {}, onClose: () => (this.isClosed = true) },
    );
  }

  /** What each caller got. A list for many keys: `key=value` of each hit. */
  ask(command: Command): { outcome: unknown } {
    const call: { outcome: unknown } = { outcome: undefined };
    const items: string[] = [];
    this.connection.dispatch(command, {
      onReply: (reply) => {
        if (call.outcome !== undefined) throw new Error('answered twice');
        if (reply.part === 'item') items.push(`${reply.key}=${reply.text()}`);
        else if (reply.part === 'end') call.outcome = items;
        else if (reply.status === 'error') call.outcome = `error ${reply.message}`;
        else call.outcome = reply.hasValue ? reply.text() : reply.status;
      },
      onError: (error: MemcacheError) => {
        if (call.outcome !== undefined) throw new Error('answered twice');
        call.outcome = error.code;
      },
    });
    return call;
  }

  get(key: string, deadline = 0): { outcome: unknown } {
    const command = new Command('get', key);
    command.deadline = deadline;
    return this.ask(command);
  }

  getMany(keys: readonly string[]): { outcome: unknown } {
    const command = new Command('get');
    command.keys = keys;
    return this.ask(command);
  }

  set(key: string, value: string): { outcome: unknown } {
    const command = new Command('store', key);
    command.value = value;
    return this.ask(command);
  }

  /** Lets what was asked be written and answered. */
  async flow(): Promise<void> {
    await this.clock.settle();
    flow(this.near, this.far);
    await this.clock.settle();
  }

  /** Says something as the node. */
  say(bytes: string): void {
    this.far.write([Buffer.from(bytes, 'latin1')]);
    flow(this.near, this.far);
  }

  #answer(command: Command): void {
    const writer = new ByteWriter();
    this.node.dispatch(command, {
      onReply: (reply) => this.#codec.encodeReply(reply, command, writer),
      onError: (error) => {
        throw error;
      },
    });
    if (writer.length > 0) this.far.write(writer.take());
  }
}
