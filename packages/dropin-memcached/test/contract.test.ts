/** What the documentation of npm `memcached` says, for the original and the drop-in alike. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type Memcached from '../types/index.cjs';
import { describeOnEveryNode, type RunningNode } from './support/judges.ts';
import { type CallMethod, type Constructor, implementations, open } from './support/open.ts';

type Step = readonly [method: string, ...args: unknown[]];
type Result = readonly [error: unknown, result: unknown];

const ok = (result: unknown): Result => [undefined, result];
const refused = (message: string, result?: unknown): Result => [message, result];
const notStored = refused('Item is not stored', false);
const nextMinute = (): number => Math.floor(Date.now() / 1000) + 60;
const long = 'x'.repeat(300);

/** What a method does: the calls, and what their callbacks receive. */
const cases: readonly (readonly [title: string, ...steps: (readonly [Step, Result])[]])[] = [
  ['a text comes back', [['set', 'k', 'v', 10], ok(true)], [['get', 'k'], ok('v')]],
  ['an empty text comes back', [['set', 'k', '', 10], ok(true)], [['get', 'k'], ok('')]],
  ['text is UTF-8', [['set', 'k', 'naïve ☃', 10], ok(true)], [['get', 'k'], ok('naïve ☃')]],
  ['a number comes back as a number', [['set', 'k', -1.5, 10], ok(true)], [['get', 'k'], ok(-1.5)]],
  ['an object comes back', [['set', 'k', { a: [1, null] }, 10], ok(true)], [['get', 'k'], ok({ a: [1, null] })]],
  ['null and booleans are JSON', [['set', 'k', null, 0], ok(true)], [['get', 'k'], ok(null)]],
  [
    'a Buffer comes back',
    [['set', 'k', Buffer.from('a\r\n\xff', 'latin1'), 0], ok(true)],
    [['get', 'k'], ok(Buffer.from('a\r\n\xff', 'latin1'))],
  ],
  ['line ends come back', [['set', 'k', 'a\n\r\n\\\n\\', 0], ok(true)], [['get', 'k'], ok('a\n\r\n\\\n\\')]],
  ['a miss is undefined', [['get', 'none'], ok(undefined)], [['gets', 'none'], ok(undefined)]],
  ['a key may be a number', [['set', 5, 'five', 0], ok(true)], [['get', '5'], ok('five')]],
  ['a long key is replaced by its MD5', [['set', long, 'v', 0], ok(true)], [['get', long], ok('v')]],
  [
    'a value that is too long is refused',
    [['set', 'k', 'x'.repeat(1_048_577), 0], refused('The length of the value is greater than 1048576', false)],
  ],
  [
    'add stores only what is missing',
    [['add', 'k', 1, 0], ok(true)],
    [['add', 'k', 2, 0], notStored],
    [['get', 'k'], ok(1)],
  ],
  [
    'replace stores only over an item',
    [['replace', 'k', 1, 0], notStored],
    [['set', 'k', 1, 0], ok(true)],
    [['replace', 'k', 2, 0], ok(true)],
  ],
  [
    'append and prepend need an item',
    [['append', 'k', 'b'], notStored],
    [['prepend', 'k', 'b'], notStored],
    [['set', 'k', 'b', 0], ok(true)],
    [['append', 'k', 'c'], ok(true)],
    [['prepend', 'k', 'a'], ok(true)],
    [['get', 'k'], ok('abc')],
  ],
  [
    'counters count',
    [['incr', 'k', 1], ok(false)],
    [['decr', 'k', 1], ok(false)],
    [['set', 'k', 5, 0], ok(true)],
    [['incr', 'k', 3], ok(8)],
    [['increment', 'k', 2], ok(10)],
    [['decr', 'k', 1], ok(9)],
    [['decrement', 'k', 100], ok(0)],
  ],
  [
    'what is no counter cannot be counted',
    [['set', 'k', 'text', 0], ok(true)],
    [['incr', 'k', 1], refused('cannot increment or decrement non-numeric value', false)],
    [['incr', 'k', -1], refused('invalid numeric delta argument', false)],
  ],
  [
    'del tells whether there was an item',
    [['set', 'k', 1, 0], ok(true)],
    [['del', 'k'], ok(true)],
    [['delete', 'k'], ok(false)],
  ],
  [
    'touch tells whether there is an item',
    [['touch', 'k', 10], ok(false)],
    [['set', 'k', 1, 0], ok(true)],
    [['touch', 'k', 10], ok(true)],
  ],
  ['a lifetime that is over leaves no item', [['set', 'k', 1, -1], ok(true)], [['get', 'k'], ok(undefined)]],
  [
    'a lifetime above 30 days is a Unix time',
    [['set', 'k', 1, nextMinute()], ok(true)],
    [['get', 'k'], ok(1)],
    [['set', 'k', 1, 2_592_001], ok(true)],
    [['get', 'k'], ok(undefined)],
  ],
  [
    'touch with a lifetime that is over ends the item',
    [['set', 'k', 1, 0], ok(true)],
    [['touch', 'k', -1], ok(true)],
    [['get', 'k'], ok(undefined)],
  ],
  [
    'getMulti returns the items that exist',
    [['set', 'a', 1, 0], ok(true)],
    [['set', 'b', 'two', 0], ok(true)],
    [['getMulti', ['a', 'b', 'c']], ok({ a: 1, b: 'two' })],
    [['get', ['c', 'b']], ok({ b: 'two' })],
    [['getMulti', [long]], ok({})],
  ],
  [
    'wrong arguments are refused',
    [['get', 'a b'], refused('The key should not contain any whitespace or new lines')],
    [['set', 'k', 1, '10'], refused('Argument "lifetime" is not a valid Number.')],
    [['touch', 'k', '10'], refused('Argument "lifetime" is not a valid Number.')],
    [['incr', 'k', '1'], refused('Argument "value" is not a valid Number.')],
  ],
  [
    'flush empties every server',
    [['set', 'k', 1, 0], ok(true)],
    [['flush'], ok([true])],
    [['get', 'k'], ok(undefined)],
  ],
];

/** Runs `body` on a fresh client for each implementation. */
describeOnEveryNode((start) => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await start();
  });
  afterAll(() => node.stop());

  describe.each(implementations)('%s', (_name, implementation) => {
    const fresh = async (options?: Memcached.options): Promise<{ client: Memcached; call: CallMethod }> => {
      const opened = open(implementation, node.address, options);
      await opened.call('flush');
      return opened;
    };

    for (const [title, ...steps] of cases) {
      test(title, async () => {
        const { call } = await fresh();
        for (const [[method, ...args], expected] of steps)
          expect([method, ...(await call(method, ...args))]).toEqual([method, ...expected]);
      });
    }

    test('cas stores only over the item that gets has read', async () => {
      const { call } = await fresh();
      expect(await call('cas', 'k', 1, '1', 0)).toEqual(ok(false));
      await call('set', 'k', 1, 0);
      const [, read] = await call('gets', 'k');
      const { cas } = read as { readonly cas: string };
      expect(read).toEqual({ k: 1, cas: expect.stringMatching(/^\d+$/) as string });
      expect(await call('cas', 'k', 2, cas, 0)).toEqual(ok(true));
      expect(await call('cas', 'k', 3, cas, 0)).toEqual(ok(false));
      expect(await call('get', 'k')).toEqual(ok(2));
    });

    test('a namespace is put in front of keys, and taken off those of getMulti', async () => {
      const { call } = await fresh({ namespace: 'ns:' });
      const other = open(implementation, node.address);
      await call('set', 'k', 1, 0);
      expect(await call('getMulti', ['k', 'none'])).toEqual(ok({ k: 1 }));
      expect(await other.call('get', 'ns:k')).toEqual(ok(1));
      expect(await call('gets', 'k')).toMatchObject([undefined, { 'ns:k': 1 }]);
      expect(await call('del', 'k')).toEqual(ok(true));
      expect(await other.call('get', 'ns:k')).toEqual(ok(undefined));
    });

    test('without keyCompression, a long key is refused', async () => {
      const { call } = await fresh({ keyCompression: false });
      expect(await call('get', long)).toEqual(
        refused('Argument "key" is longer than the maximum allowed length of 250'),
      );
    });

    test('version, stats and settings name the server', async () => {
      const { call } = await fresh();
      const [, versions] = await call('version');
      expect(versions).toEqual([
        {
          server: node.address,
          version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
          major: '1',
          minor: '6',
          bugfix: expect.stringMatching(/^\d+$/) as string,
        },
      ]);
      expect(await call('stats')).toMatchObject([
        undefined,
        [{ server: node.address, pid: expect.any(Number) as number, version: expect.any(String) as string }],
      ]);
      expect(await call('settings')).toMatchObject([
        undefined,
        [{ server: node.address, maxbytes: expect.any(Number) as number }],
      ]);
    });

    test('items and slabs are grouped by slab', async () => {
      const { call } = await fresh();
      await call('set', 'k', 'v', 0);
      expect(await call('items')).toMatchObject([undefined, [{ server: node.address, 1: { number: 1 } }]]);
      expect(await call('slabs')).toMatchObject([undefined, [{ server: node.address, 1: { chunk_size: 96 } }]]);
    });

    test('a callback sees its command as this', async () => {
      const { client } = await fresh();
      const command = await new Promise<Memcached.CommandData>((resolve) => {
        client.set('k', 'v', 10, function callback() {
          resolve(this);
        });
      });
      expect(command).toMatchObject({ type: 'set', key: 'k', lifetime: 10, command: 'set k 0 10 1\r\nv' });
      expect(command.execution).toBeGreaterThanOrEqual(0);
    });

    test('a client used after end connects again', async () => {
      const { client, call } = await fresh();
      await call('set', 'k', 1, 0);
      client.end();
      expect(await call('get', 'k')).toEqual(ok(1));
    });
  });
});

test.each<readonly [string, Constructor]>(implementations)('%s has its defaults in config', (_name, { config }) => {
  expect(config).toMatchObject({ maxKeySize: 250, maxValue: 1_048_576, poolSize: 10, timeout: 5000, retry: 30_000 });
});
