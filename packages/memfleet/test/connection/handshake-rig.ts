import { expect } from 'vitest';
import type { Connection } from '../../src/connection/connection.ts';
import { Handshake, type HandshakeOptions } from '../../src/connection/handshake.ts';
import { ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ScriptedDialler } from '../support/scripted-transport.ts';

const node = { host: 'a', port: 11211 };

/** A handshake over scripted transports, and what came of it. */
export class HandshakeRig {
  readonly clock = new FakeClock();
  readonly dialler = new ScriptedDialler();
  readonly handshake: Handshake;
  /** `ready meta`, or the code of the failure. */
  readonly outcomes: string[] = [];
  readonly poolEvents: string[] = [];
  error: MemcacheError | undefined;
  connection: Connection | undefined;

  constructor(options: Partial<HandshakeOptions> = {}, hint?: Protocol) {
    this.handshake = new Handshake(
      {
        address: node,
        keepAliveDelay: 0,
        clock: this.clock,
        connectTimeout: 1000,
        protocol: 'auto',
        connection: { maxInFlight: 100, flush: 'afterTurn', mergeGets: false },
        open: this.dialler.dial,
        ...options,
      },
      hint,
      {
        onReady: (connection) => {
          this.connection = connection;
          this.outcomes.push(`ready ${connection.codec.protocol}`);
        },
        onFailed: (error) => {
          this.error = error;
          this.outcomes.push(error.code);
        },
      },
      {
        onProgress: () => void this.poolEvents.push('progress'),
        onTimeouts: () => void this.poolEvents.push('timeouts'),
        onClose: () => void this.poolEvents.push('close'),
      },
    );
  }

  /** The node accepts the last attempt; what it is asked. */
  accept(): string {
    this.dialler.last.accept();
    return this.dialler.last.transport.take();
  }

  say(text: string): void {
    this.dialler.last.transport.say(text);
  }

  /** Nothing is left behind: no timer, no open transport, no further event. */
  expectOver(outcome: string): void {
    expect(this.outcomes).toEqual([outcome]);
    expect(this.clock.timers).toBe(0);
    this.clock.advance(10_000);
    for (const { transport } of this.dialler.dials) {
      expect(transport.isClosed).toBe(true);
      transport.say('MN\r\n');
      transport.finish();
      transport.drop(new Error('late'));
    }
    this.handshake.abort(new ConnectError('late'));
    expect(this.outcomes).toEqual([outcome]);
    expect(this.poolEvents).toEqual([]);
  }
}
