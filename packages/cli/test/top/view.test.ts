/** The screen, without a terminal. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortKeys, sortRows } from '../../src/top/columns.ts';
import { LevelCounter } from '../../src/top/keys/key-browser.ts';
import { lengthOf, plainText } from '../../src/top/line.ts';
import type { Data, TopState } from '../../src/top/model.ts';
import { snapshotFields, snapshotTable } from '../../src/top/snapshot-text.ts';
import { screen } from '../../src/top/view.ts';
import { dataOf, downRow, stateOf, statsOf, upRow } from './rows.ts';

const rows = [
  upRow('cache-1:11211', 9000, 1000),
  upRow('cache-2:11211', 100, 50, { evictions: 3, curr_connections: 12 }),
  downRow('cache-3:11211', 'cannot connect: \u001b[2J'),
];

function shown(state: Partial<TopState>, data: Data, width = 80, height = 24): readonly string[] {
  return screen(stateOf(state), data, { width, height, interval: 1000 }).map(plainText);
}

test('80×24: the nodes, one of them down', () => {
  expect(shown({ selected: 'cache-1:11211' }, dataOf(rows), 80, 8)).toEqual([
    'memfleet top  1 nodes  2 hot keys  3 keys                     14:03:22  every 1s',
    '3 nodes, 1 down  10.2k req/s          █  hit 75.0%  items 2.5k  evictions/s 3',
    'NODE▼         STATE            REQ/S  GET/S  SET/S    HIT  P99ms MEMORY    ›',
    'cache-1:11211 up             █ 10.0k   9.0k   1.0k  75.0%   0.99 ██░░  50%',
    'cache-2:11211 up             █   150    100     50  75.0%   0.99 ██░░  50%',
    'cache-3:11211 down  cannot connect: %1B[2J',
    '',
    'q quit  ? help  ↑↓ node  s sort  r reverse  ←→ columns  Enter details  Tab page',
  ]);
});

test('further columns come by sliding, and the marks say that there are more', () => {
  const [, , titles, , second] = shown({ offset: 6 }, dataOf(rows));
  expect(titles).toBe('NODE▼        ‹STATE EVIC/S  ITEMS  P50ms  CONNS   IN/S  OUT/S  DEL/S TOUCH/S ›');
  expect(second).toBe('cache-2:11211 up         3   1.2k   0.50     12     0B     0B      –       –');
});

test.each([
  [80, 24],
  [200, 60],
  [40, 10],
  [20, 5],
  [10, 3],
  [1, 1],
])('%i×%i: every line has exactly that length, on every screen', (width, height) => {
  const counter = new LevelCounter('', ':');
  counter.add({ key: Buffer.from('日本:1'), node: 'a', ttl: 5, size: 60, idle: 1 });
  const data = dataOf(rows, { level: counter.level(true) });
  const states: readonly Partial<TopState>[] = [
    {},
    { detail: 'figures', selected: 'cache-1:11211' },
    { detail: 'settings', selected: 'cache-2:11211' },
    { view: 'hot keys' },
    { view: 'keys' },
    { isHelp: true },
    { notice: 'x'.repeat(300) },
  ];
  for (const state of states) {
    const lines = screen(stateOf(state), data, { width, height, interval: 1000 });
    expect(lines).toHaveLength(height);
    expect(lines.map(lengthOf).filter((length) => length !== width)).toEqual([]);
  }
});

test('a fleet of more nodes than lines shows those around the selected one', () => {
  const many = Array.from({ length: 100 }, (_, index) => upRow(`n${index}`, 1, 1));
  const lines = shown({ selected: 'n50' }, dataOf(many), 80, 10);
  expect(lines.filter((line) => /^n\d/.test(line)).map((line) => line.split(' ')[0])).toContain('n50');
});

test('the figures of a node', () => {
  const lines = shown({ selected: 'cache-2:11211', detail: 'figures' }, dataOf(rows));
  expect(lines.find((line) => line.includes('figures'))).toMatch(/^─ cache-2:11211 ─/);
  expect(lines.join('\n')).toMatch(/gets\/s +100 /);
  expect(lines.join('\n')).toMatch(/memory +32.0M of 64.0M/);
});

test('the slab classes of a node, from stats slabs and stats items', () => {
  const slabs = new Map([
    [
      'cache-1:11211',
      statsOf({ '2:chunk_size': 120, '2:total_pages': 1, '2:used_chunks': 1, '2:total_chunks': 4, active_slabs: 1 }),
    ],
  ]);
  const items = new Map([['cache-1:11211', statsOf({ 'items:2:number': 1, 'items:2:age': 70, 'items:2:evicted': 9 })]]);
  const details = { slabs, items, settings: new Map() };
  const lines = shown({ selected: 'cache-1:11211', detail: 'slabs' }, dataOf(rows, { details }), 80, 12);
  expect(lines.slice(7, 9)).toEqual([
    'CLASS   CHUNK  PAGES   ITEMS    USED  MEMORY     AGE  EVICTED  NO ROOM    HITS',
    '    2    120B      1       1   25.0%       –   1m10s        9        –       –',
  ]);
});

test('settings that differ come first, with the value of the other nodes', () => {
  const settings = new Map([
    ['cache-1:11211', statsOf({ maxconns: 1024, evictions: 'on' })],
    ['cache-2:11211', statsOf({ maxconns: 64, evictions: 'on' })],
  ]);
  const details = { slabs: new Map(), items: new Map(), settings };
  const lines = shown({ selected: 'cache-1:11211', detail: 'settings' }, dataOf(rows, { details }), 80, 14);
  expect(lines.slice(7, 10)).toEqual([
    '1 differ between 2 nodes',
    '! maxconns               1024  cache-2:11211 64',
    '  evictions              on',
  ]);
});

test('why the list of nodes is not known', () => {
  const data = dataOf([]);
  const lines = shown({}, { ...data, snapshot: { ...data.snapshot, problem: 'no such host' } });
  expect(lines[3]).toBe('no such host');
});

test('the hot keys, with where they are from', () => {
  const key = { key: 'user%3A1', node: 'cache-1:11211', count: 200, hits: 150, size: 100, rate: 20 };
  const sources = new Map([
    ['cache-1:11211', { source: 'watched' as const, problem: undefined }],
    ['cache-3:11211', { source: 'none' as const, problem: 'refused' }],
  ]);
  const lines = shown(
    { view: 'hot keys' },
    dataOf(rows, { hot: { keys: [key], total: 400, rate: 80, skipped: 3, sources } }),
  );
  expect(lines.slice(2, 6)).toEqual([
    'watched 1 node, nothing from 1 node  400 fetches seen, 3 dropped by the nodes',
    'cache-3:11211: refused',
    'KEY                             PER S  SHARE    HIT                  NODE   SIZE',
    'user:1                             20  25.0%  75.0%         cache-1:11211   100B',
  ]);
});

test('the keys below a prefix', () => {
  const counter = new LevelCounter('user:', ':');
  for (const key of ['user:1:name', 'user:1:age', 'user:x', 'page:1'])
    counter.add({ key: Buffer.from(key), node: 'a:11211', ttl: key === 'user:x' ? -1 : 60, size: 100, idle: 2 });
  const lines = shown({ view: 'keys' }, dataOf(rows, { level: counter.level(true) }), 80, 9);
  expect(lines.slice(2, 6)).toEqual([
    '3 keys below user:',
    'PREFIX OR KEY                 KEYS    SIZE     TTL    IDLE                  NODE',
    'user:1:…                         2    200B    1m0s      2s',
    'user:x                                100B    none      2s               a:11211',
  ]);
});

test('rows sort by every column, those without a figure last', () => {
  for (const key of sortKeys) expect(sortRows(rows, key, false)).toHaveLength(3);
  const names = (key: string, isReversed = false): readonly string[] =>
    sortRows(rows, key, isReversed).map(({ node }) => node.slice(6, 7));
  expect(names('node')).toEqual(['1', '2', '3']);
  expect(names('requests')).toEqual(['1', '2', '3']);
  expect(names('evictions')).toEqual(['2', '1', '3']);
  expect(names('state')).toEqual(['3', '1', '2']);
  expect(names('requests', true)).toEqual(['3', '2', '1']);
});

test('--once prints every column, and --json every figure', () => {
  const { snapshot } = dataOf(rows);
  const lines = snapshotTable(snapshot).split('\n');
  expect(lines[1]).toMatch(/^NODE +STATE +REQ\/S +GET\/S.* VERSION +UPTIME$/);
  expect(lines[4]).toBe('cache-3:11211  down   cannot connect: %1B[2J');
  expect(snapshotFields(snapshot)).toMatchObject({
    nodes: [
      {
        node: 'cache-1:11211',
        state: 'up',
        requests: 10_000,
        rates: { get: 9000, set: 1000 },
        p99: 0.99,
        hitRatio: 0.75,
      },
      { node: 'cache-2:11211', evictions: 3 },
      { node: 'cache-3:11211', state: 'down', problem: 'cannot connect: \u001b[2J' },
    ],
  });
});

test('whatever nodes and keys hold, no line has another length, and none has a control character', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const figures = fc.dictionary(
    fc.constantFrom(
      'version',
      'curr_items',
      'bytes',
      'limit_maxbytes',
      'uptime',
      'cmd_get',
      'curr_connections',
      'threads',
    ),
    fc.oneof(text, fc.double().map(String)),
  );
  fc.assert(
    fc.property(text, text, figures, fc.uint8Array({ maxLength: 40 }), (node, problem, stats, key) => {
      const nodes = [upRow(node, 1, 1, stats), downRow(`${node}!`, problem)];
      const counter = new LevelCounter('', ':');
      counter.add({ key, node, ttl: 1, size: 1, idle: 1 });
      const group = new Map([[node, statsOf({ ...stats, '1:chunk_size': problem, [problem]: node })]]);
      const details = {
        slabs: group,
        items: group,
        settings: new Map([...group, ['other', statsOf({ [problem]: 'x' })]]),
      };
      const source = { source: 'none' as const, problem };
      const hot = { key: problem, node, count: 1, hits: 1, size: undefined, rate: 1 };
      const data = dataOf(nodes, {
        details,
        level: counter.level(true, [problem]),
        hot: { keys: [hot], total: 1, rate: 1, skipped: 0, sources: new Map([[node, source]]) },
      });
      const states: readonly Partial<TopState>[] = [
        { selected: node },
        { selected: node, detail: 'figures' },
        { selected: node, detail: 'slabs' },
        { selected: node, detail: 'settings', offset: 14 },
        { view: 'hot keys' },
        { view: 'keys', notice: problem },
      ];
      for (const state of states)
        for (const spans of screen(stateOf(state), data, { width: 80, height: 24, interval: 1000 })) {
          expect(lengthOf(spans)).toBe(80);
          expect(plainText(spans)).not.toMatch(/[\p{C}\p{M}]/u);
        }
    }),
    { numRuns: 40 },
  );
});
