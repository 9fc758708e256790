/** The traffic of a phase. */
import { expect, onTestFinished, test } from 'vitest';
import { AwakeTime } from '../src/awake-time.ts';
import type { Cache } from '../src/cache.ts';
import { Findings } from '../src/findings.ts';
import { Ledger } from '../src/ledger.ts';
import { Meter } from '../src/meter.ts';
import { underTraffic } from '../src/phase.ts';
import type { Run } from '../src/run.ts';
import { Tally } from '../src/tally.ts';

test('each phase has keys of its own, so that each begins with an empty cache', async () => {
  const time = new AwakeTime();
  onTestFinished(() => time.stop());
  const ledger = new Ledger();
  const run = {
    options: { seconds: 1, callers: 2, think: 0, seed: 1 },
    time,
    view: { row: () => {} },
    elapsed: () => 0,
    prefix: 'shop:',
    timeout: 1000,
    isRelayed: false,
    ledger,
    tally: new Tally(ledger),
    findings: new Findings(),
  } as unknown as Run;

  /** The keys that a phase reads first. */
  async function keysOf(name: string): Promise<string[]> {
    const keys: string[] = [];
    let enough = (): void => {};
    const body = new Promise<void>((resolve) => (enough = resolve));
    const cache = {
      get: async (key: string) => void (keys.push(key) >= 20 && enough()),
      getMany: async () => new Map(),
      getWithCas: async () => undefined,
      set: async () => true,
      setMany: async (entries) => new Map([...entries.keys()].map((key) => [key, true])),
      cas: async () => 'stored',
      delete: async () => true,
      incr: async (_, __, { initial }) => initial,
    } satisfies Cache;
    await underTraffic(run, { name, cache, meter: new Meter(), nodes: () => ({ nodes: [] }) }, () => body);
    return keys.slice(0, 20);
  }

  const first = await keysOf('pooled');
  const second = await keysOf('percall');
  expect(first.filter((key) => !key.startsWith('shop:pooled:'))).toEqual([]);
  expect(second.filter((key) => !key.startsWith('shop:percall:'))).toEqual([]);
  expect(second[0], 'the callers do the same').toBe(first[0]?.replace('pooled', 'percall'));
});
