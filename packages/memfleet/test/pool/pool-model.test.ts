/**
 * Whatever callers, node and time do, in any order: the bound holds, every call has one outcome, nothing is left
 * behind.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { NodeEjectedError } from '../../src/core/errors.ts';
import type { PoolOptions } from '../../src/pool/options.ts';
import type { ScriptedTransport } from '../support/scripted-transport.ts';
import { PoolRig } from './pool-rig.ts';

type Step =
  | { readonly kind: 'get'; readonly timeout: number; readonly again: boolean }
  | {
      readonly kind: 'cancel' | 'accept' | 'refuse' | 'answer' | 'half' | 'drop' | 'finish' | 'probe';
      readonly which: number;
    }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'warmUp' };

const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('get' as const),
      timeout: fc.constantFrom(5, 50, 300, 2000),
      again: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('accept' as const, 'answer' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'cancel' as const,
        'refuse' as const,
        'half' as const,
        'drop' as const,
        'finish' as const,
        'probe' as const,
      ),
      which,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 20, 100, 700) }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'reset' }, { kind: 'warmUp' }) },
);

const options: fc.Arbitrary<PoolOptions> = fc.record({
  min: fc.nat(2),
  max: fc.integer({ min: 2, max: 4 }),
  maxInFlight: fc.integer({ min: 1, max: 4 }),
  exclusive: fc.boolean(),
  maxWaiting: fc.constantFrom(0, 3, 1000),
  idleTimeout: fc.constantFrom(0, 200),
  maxLifetime: fc.constantFrom(0, 400),
  acquireTimeout: fc.constantFrom(0, 30),
  warmUp: fc.boolean(),
});

/** A pool that remembers which calls it owes an answer, and which dials are not decided. */
class Model {
  readonly rig: PoolRig;
  readonly commands: Command[] = [];
  readonly #max: number;
  #asked = 0;
  #probes = 0;
  readonly #silent = new Set<ScriptedTransport>();
  /** Of each dial: what the node did. */
  readonly #dials = new Map<number, 'open' | 'over'>();

  constructor(pool: PoolOptions) {
    this.rig = new PoolRig(pool);
    this.#max = pool.max as number;
  }

  do(one: Step): void {
    const { rig } = this;
    if (one.kind === 'get') this.#get(one.timeout, one.again);
    else if (one.kind === 'advance') rig.clock.advance(one.ms);
    else if (one.kind === 'reset') rig.pool.reset(new NodeEjectedError('out'));
    else if (one.kind === 'warmUp') rig.pool.warmUp();
    else if (one.kind === 'probe') {
      this.#probes++;
      rig.pool.probe(() => void this.#probes--);
    } else if (one.kind === 'cancel') {
      const command = this.commands[one.which % Math.max(1, this.commands.length)];
      if (command !== undefined) command.cancelled = true;
    } else if (one.kind === 'accept' || one.kind === 'refuse') this.#decide(one.kind, one.which);
    else this.#talk(one.kind, one.which);
    rig.clock.turn();
    this.check();
  }

  #get(timeout: number, again: boolean): void {
    const key = `k${this.#asked++}`;
    const then = again ? (): void => this.#get(timeout, false) : undefined;
    this.commands.push(this.rig.get(key, timeout, then));
  }

  #decide(what: 'accept' | 'refuse', index: number): void {
    const open = this.rig.dials.flatMap(({ transport }, at) => (transport.isClosed || this.#dials.has(at) ? [] : [at]));
    const at = open[index % Math.max(1, open.length)];
    if (at === undefined) return;
    if (what === 'accept') {
      this.#dials.set(at, 'open');
      this.rig.open(at);
    } else {
      this.#dials.set(at, 'over');
      this.rig.dials[at]?.refuse();
    }
  }

  #talk(what: 'answer' | 'half' | 'drop' | 'finish', index: number): void {
    const open = this.rig.dials.filter(({ transport }, at) => !transport.isClosed && this.#dials.get(at) === 'open');
    const transport = open[index % Math.max(1, open.length)]?.transport;
    if (transport === undefined) return;
    if (what === 'drop') transport.drop(new Error('reset'));
    else if (what === 'finish') transport.finish();
    else if (what === 'half') {
      // It begins an answer and is silent from then on.
      transport.say('V');
      this.#silent.add(transport);
    } else if (!this.#silent.has(transport)) {
      // The no-op of a probe is answered in its place.
      this.rig.clock.turn();
      for (const line of transport.take().split('\r\n').slice(0, -1)) {
        const key = line.split(' ')[1] ?? '';
        if (!transport.isClosed) transport.say(line === 'mn' ? 'MN\r\n' : `VA ${key.length} f0\r\n${key}\r\n`);
      }
    }
  }

  check(): void {
    const { open, connecting, inFlight, waiting, peak } = this.rig.pool.stats();
    expect(open + connecting).toBeLessThanOrEqual(this.#max);
    expect(this.rig.sockets).toBeLessThanOrEqual(this.#max);
    expect(peak).toBeLessThanOrEqual(this.#max);
    expect(inFlight).toBeGreaterThanOrEqual(0);
    expect(waiting).toBeGreaterThanOrEqual(0);
    const keys = this.rig.told.map((text) => text.split(':')[0]);
    expect(new Set(keys).size).toBe(keys.length);
    for (const text of this.rig.told) {
      const [key, what] = text.split(': ');
      // An answer is the caller's own, or a miss, or an error.
      expect([key, 'miss'].includes(what) || what?.startsWith('ERR_')).toBe(true);
    }
  }

  /** Every caller that did not leave has its outcome. */
  expectAllTold(): void {
    const told = new Set(this.rig.told.map((text) => text.split(':')[0]));
    for (const { key, cancelled } of this.commands) expect(cancelled || told.has(key)).toBe(true);
    expect(this.#probes).toBe(0);
  }
}

it('in any sequence of calls, dials, replies, failures and waits', async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 60 }), fc.boolean(), async (pool, steps, isClosedFirst) => {
      const model = new Model(pool);
      const { rig } = model;
      for (const one of steps) model.do(one);
      const closing = isClosedFirst ? rig.pool.close() : undefined;
      // Longer than two deadlines in a row and the connect timeout.
      for (let n = 0; n < 3; n++) rig.clock.advance(2100);
      model.check();
      model.expectAllTold();
      await (closing ?? rig.pool.close());
      expect(rig.sockets).toBe(0);
      expect(rig.clock.timers).toBe(0);
      expect(rig.pool.stats()).toMatchObject({ open: 0, connecting: 0, waiting: 0, inFlight: 0 });
    }),
    { numRuns: 200 },
  );
});

it('destroyed at any time', () => {
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 40 }), (pool, steps) => {
      const model = new Model(pool);
      for (const one of steps) model.do(one);
      model.rig.pool.destroy();
      model.check();
      model.expectAllTold();
      expect(model.rig.sockets).toBe(0);
      expect(model.rig.clock.timers).toBe(0);
    }),
    { numRuns: 100 },
  );
});
