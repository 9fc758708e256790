/** A connection of tests. */
import { expect } from 'vitest';
import type { ConnectionOptions } from '../../src/connection/connection-options.ts';
import { Connection, type ConnectionEvents } from '../../src/connection/connection.ts';
import { Command } from '../../src/core/command.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

/** A connection over a scripted transport, and what its pool and its callers were told. */
export class ConnectionRig implements ConnectionEvents {
  readonly clock = new FakeClock();
  readonly connection: Connection;
  readonly told: string[] = [];
  readonly errors: MemcacheError[] = [];
  progress = 0;
  readonly timeouts: number[] = [];
  closed: { readonly error: MemcacheError | undefined; readonly lost: number } | undefined;
  #transport: ScriptedTransport | undefined;

  constructor(options: Partial<ConnectionOptions> = {}) {
    // The transport knows the connection only when it is made, as with sockets.
    const transport = new ScriptedTransport({
      onData: (chunk) => this.connection.onData(chunk),
      onFilled: (count) => this.connection.onFilled(count),
      onReadTarget: () => this.connection.onReadTarget(),
      onDrain: () => this.connection.onDrain(),
      onEnd: () => this.connection.onEnd(),
      onClose: (error) => this.connection.onClose(error),
    });
    this.#transport = transport;
    this.connection = new Connection(
      transport,
      {
        codec: metaCodec,
        clock: this.clock,
        node: 'a:11211',
        maxInFlight: 100,
        flush: 'afterTurn',
        mergeGets: false,
        ...options,
      },
      this,
    );
  }

  get transport(): ScriptedTransport {
    return this.#transport as ScriptedTransport;
  }

  onProgress(): void {
    this.progress++;
  }

  onTimeouts(_connection: Connection, count: number): void {
    this.timeouts.push(count);
  }

  onClose(_connection: Connection, error: MemcacheError | undefined, lost: number): void {
    expect(this.closed).toBeUndefined();
    this.closed = { error, lost };
  }

  /** `timeout` in ms from now. */
  ask(command: Command | string, timeout = 0, then?: () => void): void {
    const one = typeof command === 'string' ? new Command('get', command) : command;
    if (timeout > 0) one.deadline = this.clock.now() + timeout;
    const name = one.keys?.join('+') ?? one.key;
    this.connection.dispatch(one, {
      onReply: (reply) => {
        this.told.push(`${name}: ${reply.hasValue ? reply.text() : reply.status} from ${reply.node}`);
        then?.();
      },
      onError: (error) => {
        this.errors.push(error);
        this.told.push(`${name}: ${error.code}`);
        then?.();
      },
    });
  }

  /** Ends the turn; gives what was written in it. */
  turn(): string {
    this.clock.turn();
    return this.transport.take();
  }
}
