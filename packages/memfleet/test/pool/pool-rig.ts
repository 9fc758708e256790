import { Command } from '../../src/core/command.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { defined } from '../../src/core/option-checks.ts';
import { type PoolOptions, poolDefaults } from '../../src/pool/options.ts';
import type { PoolEvents } from '../../src/pool/pool-events.ts';
import { Pool } from '../../src/pool/pool.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type ScriptedDial, ScriptedDialler, type ScriptedTransport } from '../support/scripted-transport.ts';

/** A pool whose node is in the hands of the test. */
export class PoolRig implements PoolEvents {
  readonly clock = new FakeClock();
  readonly dialler = new ScriptedDialler();
  readonly pool: Pool;
  /** `key: value`, `key: miss` or `key: ERR_…`, in order. */
  readonly told: string[] = [];
  readonly errors: MemcacheError[] = [];
  /** `connect`, `disconnect ERR_…`, `failure ERR_… after n replies`. */
  readonly events: string[] = [];

  /** The middle of every draw: no jitter. */
  constructor(options: PoolOptions = {}, random: () => number = () => 0.5) {
    this.pool = new Pool(
      {
        address: { host: 'a', port: 11211 },
        keepAliveDelay: 0,
        clock: this.clock,
        connectTimeout: 1000,
        protocol: 'auto',
        connection: { maxInFlight: options.maxInFlight ?? 2048, flush: 'afterTurn', mergeGets: false },
        open: this.dialler.dial,
      },
      { ...poolDefaults, ...defined(options), backoff: { ...poolDefaults.backoff, ...defined(options.backoff ?? {}) } },
      this,
      random,
    );
  }

  onConnect(): void {
    this.events.push('connect');
  }

  onDisconnect(error: MemcacheError | undefined): void {
    this.events.push(error === undefined ? 'disconnect' : `disconnect ${error.code}`);
  }

  onFailure(error: MemcacheError, replies: number): void {
    this.events.push(`failure ${error.code} after ${replies} replies`);
  }

  get dials(): readonly ScriptedDial[] {
    return this.dialler.dials;
  }

  /** `timeout` in ms from now; 0 = none. */
  get(key: string, timeout = 0, then?: () => void): Command {
    const command = new Command('get', key);
    if (timeout > 0) command.deadline = this.clock.now() + timeout;
    this.pool.dispatch(command, {
      onReply: (reply) => {
        this.told.push(`${key}: ${reply.hasValue ? reply.text() : reply.status}`);
        then?.();
      },
      onError: (error) => {
        this.errors.push(error);
        this.told.push(`${key}: ${error.code}`);
        then?.();
      },
    });
    return command;
  }

  /** The node accepts dial `index` and says that it speaks meta. */
  open(index = this.dials.length - 1): ScriptedTransport {
    return (this.dials[index] as ScriptedDial).open();
  }

  /** The keys that were asked for on a connection since the last time. */
  asked(transport: ScriptedTransport): string[] {
    this.clock.turn();
    return Array.from(transport.take().matchAll(/^mg (\S+) v f\r\n/gm), (match) => match[1] as string);
  }

  /** Answers all that was asked on a connection with the keys themselves. */
  answer(transport: ScriptedTransport): string[] {
    const keys = this.asked(transport);
    for (const key of keys) transport.say(`VA ${key.length} f0\r\n${key}\r\n`);
    return keys;
  }

  /** Sockets that are open or being opened. */
  get sockets(): number {
    return this.dials.filter(({ transport }) => !transport.isClosed).length;
  }
}
