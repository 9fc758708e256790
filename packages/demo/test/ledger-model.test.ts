/**
 * The ledger against a perfect cache: calls of many callers overlap at random, take effect at some moment while they
 * run, lose their answers, and the node forgets everything now and then. The ledger must never report a violation; and
 * it must, when the cache answers with what it held before.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ledger, type PendingWrite, type Violation } from '../src/ledger.ts';
import { Tally } from '../src/tally.ts';

interface Call {
  readonly begunAt: number;
  /** Does its work in the cache. */
  readonly act: () => void;
  /** Its answer arrives; the ledger judges. */
  readonly end: () => Violation | undefined;
  hasActed: boolean;
}

class World {
  readonly ledger = new Ledger();
  readonly tally = new Tally(this.ledger);
  readonly calls: Call[] = [];
  /** Calls whose answer nobody waits for; they may still act. */
  readonly lost: Call[] = [];
  held: number | undefined;
  counter: number | undefined;
  /** What the key held before. */
  old: number | undefined;

  set(): void {
    const write = this.ledger.write('k');
    this.#begin(
      write.begunAt,
      () => this.hold(write.version),
      () => this.ledger.stored(write) as undefined,
    );
  }

  delete(): void {
    const begunAt = this.ledger.begin();
    this.#begin(
      begunAt,
      () => this.hold(undefined),
      () => this.ledger.absent('k', begunAt) as undefined,
    );
  }

  get(): void {
    const begunAt = this.ledger.begin();
    let seen: number | undefined;
    this.#begin(
      begunAt,
      () => {
        seen = this.held;
      },
      () => {
        if (seen !== undefined) return this.ledger.read('k', seen, begunAt);
        this.ledger.absent('k', begunAt);
        return undefined;
      },
    );
  }

  swap(): void {
    const begunAt = this.ledger.begin();
    const token = this.held;
    if (token === undefined || this.ledger.read('k', token, begunAt) !== undefined) return;
    const readAt = this.ledger.begin();
    const write: PendingWrite = this.ledger.write('k');
    let isStored = false;
    this.#begin(
      write.begunAt,
      () => {
        isStored = this.held === token;
        if (isStored) this.hold(write.version);
      },
      () => (isStored ? this.ledger.swapped(write, readAt) : this.ledger.refused(write)),
    );
  }

  count(): void {
    const count = this.tally.count('n');
    let value = 0;
    this.#begin(
      count.begunAt,
      () => {
        this.counter = this.counter === undefined ? count.initial : this.counter + 1;
        value = this.counter;
      },
      () => this.tally.counted(count, value),
    );
  }

  getCount(): void {
    const begunAt = this.ledger.begin();
    let value: number | undefined;
    this.#begin(
      begunAt,
      () => {
        value = this.counter;
      },
      () => {
        if (value !== undefined) return this.tally.read('n', value, begunAt);
        this.ledger.absent('n', begunAt);
        return undefined;
      },
    );
  }

  hold(version: number | undefined): void {
    this.old = this.held ?? this.old;
    this.held = version;
  }

  crash(): void {
    this.hold(undefined);
    this.counter = undefined;
  }

  /** The answer of a call is lost; it may act later, or never. */
  lose(index: number): void {
    const [call] = this.calls.splice(index % Math.max(1, this.calls.length), 1);
    if (call !== undefined && !call.hasActed) this.lost.push(call);
  }

  actLost(index: number): void {
    const [call] = this.lost.splice(index % Math.max(1, this.lost.length), 1);
    call?.act();
  }

  act(index: number): void {
    const waiting = this.calls.filter((call) => !call.hasActed);
    const call = waiting[index % Math.max(1, waiting.length)];
    if (call === undefined) return;
    call.act();
    call.hasActed = true;
  }

  end(index: number): Violation | undefined {
    const done = this.calls.filter((call) => call.hasActed);
    const call = done[index % Math.max(1, done.length)];
    if (call === undefined) return undefined;
    const violation = call.end();
    this.calls.splice(this.calls.indexOf(call), 1);
    this.ledger.forget(this.calls[0]?.begunAt ?? this.ledger.begin());
    return violation;
  }

  #begin(begunAt: number, act: () => void, end: () => Violation | undefined): void {
    this.calls.push({ begunAt, act, end, hasActed: false });
  }
}

type Step = readonly [name: (typeof names)[number], index: number];
const begins = ['set', 'delete', 'get', 'swap', 'count', 'getCount'] as const;
const names = [...begins, 'act', 'act', 'act', 'end', 'end', 'end', 'lose', 'actLost', 'crash'] as const;
const steps = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(50)), { minLength: 20, maxLength: 150, size: 'max' });

function play(world: World, script: readonly Step[]): Violation | undefined {
  for (const [name, index] of script) {
    const violation = world[name](index) ?? undefined;
    if (violation !== undefined) return violation;
  }
  return undefined;
}

test('never reports a violation of a correct cache', () => {
  fc.assert(
    fc.property(steps, (script) => {
      expect(play(new World(), script)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test('reports an overwritten value that comes back', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const world = new World();
      play(world, script);
      // All calls end, so nothing can be on its way; then one more write, and a read that gives what was there before
      // it.
      while (world.calls.length > 0) {
        world.act(0);
        world.end(0);
      }
      world.lost.length = 0;
      world.set();
      world.act(0);
      world.end(0);
      const before = world.held as number;
      world.set();
      world.act(0);
      world.end(0);
      expect(world.ledger.read('k', before, world.ledger.begin())?.problem).toMatch(/stale/);
    }),
  );
});

test('reports a counter that gives a number twice, or goes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (before, back) => {
      const world = new World();
      for (let n = 0; n <= before; n++) {
        world.count();
        world.act(0);
        world.end(0);
      }
      world.counter = (world.counter as number) - Math.min(back, before);
      world.count();
      world.act(0);
      expect(world.end(0)?.problem).toMatch(/after a call that counted to/);
    }),
  );
});
