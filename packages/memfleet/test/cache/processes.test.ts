/** One loader in the whole fleet, seen with real processes: eight, of which each calls getOrSet fifty times at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EntryOptions } from '../../src/cache/index.ts';
import { describeReal } from '../support/real-memcached.ts';
import { type CacheFleet, cacheFleets } from './support/cache-fleets.ts';
import { allAnswers, type Asked, CacheProcess, FleetLoads, type RunningLoad } from './support/cache-processes.ts';

const size = 8;
const callers = 50;
const all = size * callers;
/** Of processes that come to harm: the shortest, so that recoveries are soon over. */
const shortLease = 2;
/** Of the others: a busy machine holds them up, too. */
const longLease = 4;
/** A busy machine must not end calls. */
const patient = { timeout: 10_000, connectTimeout: 10_000 };
const quickBack = { ejectTime: 20, ejectTimeMax: 20, pool: { backoff: { initial: 1, max: 20 } } };

/** Between two looks at something that takes a second or two: the clocks of nodes tick that slowly. */
const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));

describeReal('eight processes', () => {
  const loads = new FleetLoads();
  const processes: CacheProcess[] = [];
  beforeAll(() => {
    for (let n = 0; n < size; n++) processes.push(new CacheProcess(loads));
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.kill()));
  });

  describe.each(cacheFleets)('on %s', (name, start) => {
    let fleet: CacheFleet;
    const optionsOf = (leaseTtl: number): object => ({
      client: { ...fleet.client, ...patient, ...quickBack },
      jitter: 0,
      leaseTtl,
      leaseWait: 20_000,
    });
    /** Another process, which takes the part of the last of the eight. */
    async function startVictim(): Promise<CacheProcess> {
      const victim = new CacheProcess(loads);
      victims.push(victim);
      await victim.open(name, optionsOf(shortLease));
      return victim;
    }
    const victims: CacheProcess[] = [];
    const others = (): readonly CacheProcess[] => processes.slice(1);
    const ask = (members: readonly CacheProcess[], key: string, options?: EntryOptions): Asked[] =>
      members.map((member) => member.ask(name, key, callers, options));
    const begun = (asked: readonly Asked[]): Promise<unknown> => Promise.all(asked.map((each) => each.begun));
    /** Ends the loads of a key as soon as they begin. `from`: the number of the first. */
    function endLoads(key: string, from: number, end: (load: RunningLoad, number: number) => void): void {
      void (async () => {
        for (let number = from; ; number++) end(await loads.nth(name, key, number), number);
      })();
    }
    const loadsOf = (key: string): number => loads.of(name, key).length;
    /** Reads until a value is there. */
    async function until(key: string, value: unknown): Promise<void> {
      while ((await processes[0]!.call(name, 'get', key)) !== value) await pause();
    }

    beforeAll(async () => {
      fleet = await start();
      await Promise.all(processes.map((process) => process.open(name, optionsOf(longLease))));
    });
    afterAll(async () => {
      await Promise.all(victims.map((victim) => victim.kill()));
      await fleet.stop();
    });

    test.concurrent('a cold key is loaded once', async ({ expect }) => {
      const asked = ask(processes, 'cold');
      const load = await loads.nth(name, 'cold', 1);
      await begun(asked);
      load.finish('value');
      expect(await allAnswers(asked)).toMatchObject({ values: { '"value"': all }, errors: {} });
      expect(await allAnswers(ask(processes, 'cold'))).toMatchObject({ values: { '"value"': all } });
      expect(loadsOf('cold')).toBe(1);
    });

    test.concurrent('a process that is killed while it loads costs a second load, when its lease ends', async ({
      expect,
    }) => {
      const victim = await startVictim();
      const lost = victim.ask(name, 'killed', callers);
      const first = await loads.nth(name, 'killed', 1);
      await lost.begun;
      const asked = ask(others(), 'killed');
      await begun(asked);
      const killed = performance.now();
      await first.process.kill();
      const second = await loads.nth(name, 'killed', 2);
      second.finish('value');
      const { values, errors, took } = await allAnswers(asked);
      expect({ values, errors }).toEqual({ values: { '"value"': all - callers }, errors: {} });
      expect(loadsOf('killed')).toBe(2);
      expect(second.at - killed).toBeLessThan(shortLease * 1000 + 2000);
      expect(took).toBeLessThan(10_000);
    });

    test.concurrent('a process that stands still for longer than its lease: two loads, one is stored', async ({
      expect,
    }) => {
      const victim = await startVictim();
      const late = victim.ask(name, 'stopped', callers);
      const first = await loads.nth(name, 'stopped', 1);
      await late.begun;
      victim.signal('SIGSTOP');
      const asked = ask(others(), 'stopped');
      const second = await loads.nth(name, 'stopped', 2);
      second.finish('second');
      expect(await allAnswers(asked)).toMatchObject({ values: { '"second"': all - callers }, errors: {} });
      victim.signal('SIGCONT');
      first.finish('first');
      // Its own store is refused, and it gives its callers what the other has stored.
      expect(await allAnswers([late])).toMatchObject({ values: { '"second"': callers }, errors: {} });
      expect(await victim.call(name, 'stats')).toMatchObject({ loads: { started: 1, stored: 0, refused: 1 } });
      expect(await processes[0]!.call(name, 'get', 'stopped')).toBe('second');
      expect(loadsOf('stopped')).toBe(2);
    });

    test.concurrent('a loader that throws runs once, and all callers learn of it', async ({ expect }) => {
      const options = { errorTtl: 60 };
      const asked = ask(processes, 'throws', options);
      const load = await loads.nth(name, 'throws', 1);
      await begun(asked);
      load.fail('the database is gone');
      const { values, errors } = await allAnswers(asked);
      expect({ values, errors }).toEqual({
        values: {},
        errors: { RangeError: callers, LoaderFailedElsewhereError: all - callers },
      });
      expect(await allAnswers(ask(processes, 'throws', options))).toMatchObject({
        errors: { LoaderFailedElsewhereError: all },
      });
      expect(loadsOf('throws')).toBe(1);
    });

    test.concurrent('a loader that goes on throwing runs no more than once a second', async ({ expect }) => {
      endLoads('throws often', 1, (load) => load.fail('the database is gone'));
      for (let n = 0; loadsOf('throws often') < 3; n++) {
        await processes[n % size]!.ask(name, 'throws often', 1).answers;
        await pause();
      }
      const [first, , third] = loads.of(name, 'throws often');
      // A mark lives until the next tick of the node's clock: two ticks lie between these.
      expect((third?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
    });

    test.concurrent('a delete during the load: it is not stored, and there is a second load', async ({ expect }) => {
      const [loader, ...rest] = processes as [CacheProcess, ...CacheProcess[]];
      const early = loader.ask(name, 'deleted', callers);
      const first = await loads.nth(name, 'deleted', 1);
      await early.begun;
      const asked = ask(rest, 'deleted');
      await begun(asked);
      await rest[0]!.call(name, 'delete', 'deleted');
      const second = await loads.nth(name, 'deleted', 2);
      first.finish('before');
      // Those who joined the load before the delete get what it gave.
      expect(await allAnswers([early])).toMatchObject({ values: { '"before"': callers }, errors: {} });
      second.finish('after');
      expect(await allAnswers(asked)).toMatchObject({ values: { '"after"': all - callers }, errors: {} });
      for (const process of processes) expect(await process.call(name, 'get', 'deleted')).toBe('after');
      expect(loadsOf('deleted')).toBe(2);
    });

    test.concurrent('a stale value is given at once, and refreshed by one load', async ({ expect }) => {
      // Stale for a reader who expects a longer staleTtl; without meta by the time that the entry names.
      await processes[0]!.call(name, 'set', 'stale', 'old', { ttl: 0.001, staleTtl: 60 });
      const options = { staleTtl: 600 };
      expect(await allAnswers(ask(processes, 'stale', options))).toMatchObject({ values: { '"old"': all } });
      while (loadsOf('stale') === 0) {
        await processes[0]!.ask(name, 'stale', 1, options).answers;
        await pause();
      }
      const refresh = await loads.nth(name, 'stale', 1);
      expect(await allAnswers(ask(processes, 'stale', options))).toMatchObject({ values: { '"old"': all } });
      refresh.finish('new');
      await until('stale', 'new');
      expect(await allAnswers(ask(processes, 'stale', options))).toMatchObject({
        values: { '"new"': all },
        errors: {},
      });
      expect(loadsOf('stale')).toBe(1);
    });

    test('a node that restarts during the load costs no more than one load a process, and no caller fails', async () => {
      const asked = ask(processes, 'restarted');
      const first = await loads.nth(name, 'restarted', 1);
      await begun(asked);
      await fleet.restart('restarted');
      first.finish('value 1');
      endLoads('restarted', 2, (load, number) => load.finish(`value ${number}`));
      const { values, errors } = await allAnswers(asked);
      expect(errors).toEqual({});
      expect(Object.values(values).reduce((sum, count) => sum + count, 0)).toBe(all);
      expect(loadsOf('restarted')).toBeLessThanOrEqual(size);
      await Promise.all(processes.map((process) => process.reach(name, 'reached')));
    });
  });
});
