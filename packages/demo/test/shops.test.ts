/** The shops of `--cache`: what counts as a load at once, as stale, as refused, and what a run is judged by. */
import { describe, expect, test } from 'vitest';
import type { Measure } from '../src/meter.ts';
import { seededRandom } from '../src/random.ts';
import { Database } from '../src/shops/database.ts';
import { LoadCount } from '../src/shops/load-count.ts';
import { DatabaseBusyError, Shop, type ReadPart } from '../src/shops/shop.ts';
import type { ShopsResult } from '../src/shops/shops-phase.ts';
import { judgeShops } from '../src/shops/shops-summary.ts';
import { stampValue } from '../src/stamp.ts';

describe('loads of one key at once', () => {
  test('two loads at once are two', () => {
    const loads = new LoadCount(() => false);
    const ends = [loads.begin('a'), loads.begin('a'), loads.begin('b')];
    for (const end of ends) end();
    loads.begin('a')();
    expect(loads).toMatchObject({ total: 4, most: 2, mostOfGeneration: 2 });
    expect([loads.of('a'), loads.take(), loads.take()]).toEqual([3, 4, 0]);
  });

  test('a load that begins after a delete is of another generation, and so is one while the delete is sent', () => {
    const loads = new LoadCount(() => false);
    loads.begin('a');
    const settled = loads.deleting('a');
    loads.begin('a');
    settled();
    loads.begin('a');
    expect(loads).toMatchObject({ most: 3, mostOfGeneration: 1 });
    loads.begin('a');
    expect(loads).toMatchObject({ most: 4, mostOfGeneration: 2 });
  });

  test('loads while the node is out are counted, but one at a time is not asked of them', () => {
    let isOut = true;
    const loads = new LoadCount(() => isOut);
    loads.begin('a');
    loads.begin('a');
    isOut = false;
    loads.turned();
    loads.begin('a');
    expect(loads).toMatchObject({ most: 3, mostOfGeneration: 1 });
  });
});

describe('the database', () => {
  test('gives the version that a row had when the query began', async () => {
    const database = new Database({ now: () => 0, queryTime: 0 });
    const before = database.query('a');
    // The query has a connection in the next microtask.
    await Promise.resolve();
    expect(database.edit('a')).toBe(2);
    expect([await before, await database.query('a'), await database.query('b')]).toEqual([1, 2, 1]);
    database.close();
  });

  test('refuses a query that waits too long for a connection, and all that wait when it closes', async () => {
    let now = 0;
    const database = new Database({ now: () => now, connections: 1, queryTime: 0, patience: 100 });
    const served = database.query('a');
    const late = database.query('a');
    now = 100;
    expect([await served, await late]).toEqual([1, undefined]);
    const last = database.query('a');
    const waiting = database.query('a');
    database.close();
    expect([await last, await waiting]).toEqual([1, undefined]);
  });
});

describe('a page', () => {
  function shopOf(read: ReadPart): Shop {
    return new Shop({ prefix: 'p:', hotKey: 'p:hot', query: () => Promise.resolve(1), read });
  }

  test.each<[string, ReadPart, object]>([
    ['is right with what the database gave', (_, load) => load(), { failed: 0, wrong: 0, stale: 0 }],
    [
      'is stale with a version older than an edit that was settled before',
      async ({ key }) => stampValue(key, 1, 99),
      { stale: 1 },
    ],
    ['is wrong with the value of another key', async () => stampValue('p:other', 9, 99), { wrong: 1 }],
    ['is wrong with a damaged value', async () => new Uint8Array(9), { wrong: 1 }],
    [
      'has failed where the database is busy',
      () => Promise.reject(new DatabaseBusyError('')),
      { failed: 1, examples: [] },
    ],
    [
      'has failed with any other error, which is shown',
      () => Promise.reject(new Error('no')),
      { failed: 1, examples: Array(4).fill('Error: no') },
    ],
  ])('%s', async (_, read, report) => {
    const shop = shopOf(read);
    if ('stale' in report && report.stale === 1) shop.raise('p:hot', 2);
    await shop.page(seededRandom(1));
    const pages = shop.takeReport();
    expect(pages).toMatchObject(report);
    expect(pages.durations).toHaveLength(1);
    expect(shop.takeReport().durations).toEqual([]);
  });
});

describe('the checks of a run', () => {
  const outage = { node: 'b:1', stoppedAt: 1, ejectedAt: 2, restartedAt: 3, readmittedAt: 4, ejections: 1 };
  const good: ShopsResult = {
    measure: { calls: 100 } as Measure,
    failed: 0,
    wrong: 0,
    stale: 0,
    hung: 0,
    loads: 10,
    hotLoads: 2,
    mostAtOnce: 3,
    mostOfGeneration: 1,
    edits: 5,
    examples: [],
    outages: [outage],
    isClosed: true,
  };
  // What is expected of a cache is not expected of plain get and set.
  const plain = { ...good, failed: 9, stale: 9, mostOfGeneration: 90 };

  test('a good run passes all', () => {
    const checks = judgeShops({ plain, cache: good }, 1, []);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'values',
      'current',
      'one load',
      'served',
      'settled',
      'ejected',
      'closed',
    ]);
  });

  test.each<[string, Partial<ShopsResult>]>([
    ['values', { wrong: 1 }],
    ['current', { stale: 1 }],
    ['one load', { mostOfGeneration: 2 }],
    ['served', { failed: 1 }],
    ['settled', { hung: 1 }],
    ['ejected', { outages: [] }],
    ['closed', { isClosed: false }],
  ])('%s fails', (name, change) => {
    const checks = judgeShops({ plain, cache: { ...good, ...change } }, 1, []);
    expect(checks.filter(({ ok }) => !ok).map((check) => check.name)).toEqual([name]);
  });

  test('a shop that ended by itself fails', () => {
    const checks = judgeShops({ plain, cache: good }, 1, ['a shop: out of memory']);
    expect(checks.at(-1)).toMatchObject({ name: 'processes', ok: false });
  });
});
