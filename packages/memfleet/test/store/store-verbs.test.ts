import { describe, expect, it } from 'vitest';
import type { Command, Verb } from '../../src/core/command.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { type Answer, ask, askAll, commandOf } from '../support/ask.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp(options: ConstructorParameters<typeof ItemStore>[0] = {}): StoreDispatcher {
  return new StoreDispatcher({ store: new ItemStore(options), version: '9.9' });
}

type Step = [verb: Verb, fields: Partial<Command>, answer: Partial<Answer>];

/** Each case is a little conversation: what is asked, and what must be in the answer. */
const conversations: Record<string, Step[]> = {
  'a set is read back with its flags': [
    ['store', { key: 'k', value: 'v', flags: 4_294_967_295 }, { status: 'ok' }],
    ['get', { key: 'k' }, { status: 'ok', key: 'k', value: 'v', flags: 4_294_967_295 }],
  ],
  'bytes are read back as the same bytes': [
    ['store', { key: 'k', value: Uint8Array.of(0, 13, 10, 255) }, { status: 'ok' }],
    ['get', { key: 'k' }, { value: '\0\r\n\xff' }],
  ],
  'a value of 0 bytes is a value': [
    ['store', { key: 'k', value: '' }, { status: 'ok' }],
    ['get', { key: 'k' }, { status: 'ok', value: '' }],
  ],
  'add stores only what is not there': [
    ['store', { key: 'k', mode: 'add', value: '1' }, { status: 'ok' }],
    ['store', { key: 'k', mode: 'add', value: '2' }, { status: 'notStored' }],
    ['get', { key: 'k' }, { value: '1' }],
  ],
  'replace stores only over what is there': [
    ['store', { key: 'k', mode: 'replace', value: '1' }, { status: 'notStored' }],
    ['get', { key: 'k' }, { status: 'miss' }],
    ['store', { key: 'k', value: '1' }, { status: 'ok' }],
    ['store', { key: 'k', mode: 'replace', value: '2' }, { status: 'ok' }],
    ['get', { key: 'k' }, { value: '2' }],
  ],
  'append and prepend need an item and keep its flags': [
    ['store', { key: 'k', mode: 'append', value: 'x' }, { status: 'notStored' }],
    ['store', { key: 'k', mode: 'prepend', value: 'x' }, { status: 'notStored' }],
    ['store', { key: 'k', value: 'b', flags: 7 }, { status: 'ok' }],
    ['store', { key: 'k', mode: 'append', value: 'c', flags: 9 }, { status: 'ok' }],
    ['store', { key: 'k', mode: 'prepend', value: Buffer.from('a'), flags: 9 }, { status: 'ok' }],
    ['get', { key: 'k' }, { value: 'abc', flags: 7 }],
  ],
  'cas stores if nothing changed since': [
    ['store', { key: 'k', value: '1' }, { status: 'ok' }],
    ['get', { key: 'k', wantCas: true }, { cas: 1n }],
    ['store', { key: 'k', value: '2', cas: 1n }, { status: 'ok' }],
    ['store', { key: 'k', value: '3', cas: 1n }, { status: 'exists' }],
    ['get', { key: 'k', wantCas: true }, { value: '2', cas: 2n }],
    ['store', { key: 'none', value: '3', cas: 1n }, { status: 'miss' }],
  ],
  'every change gives a new cas': [
    ['store', { key: 'k', value: '1', wantCas: true }, { cas: 1n }],
    ['arith', { key: 'k', wantCas: true }, { cas: 2n }],
    ['store', { key: 'k', mode: 'append', value: '1', wantCas: true }, { cas: 3n }],
    ['touch', { key: 'k', exptime: 10 }, { status: 'ok' }],
    ['get', { key: 'k', wantCas: true }, { cas: 3n }],
  ],
  'append with a cas compares it': [
    ['store', { key: 'k', value: '1' }, { status: 'ok' }],
    ['store', { key: 'k', mode: 'append', value: '2', cas: 5n }, { status: 'exists' }],
    ['store', { key: 'k', mode: 'append', value: '2', cas: 1n }, { status: 'ok' }],
  ],
  'replace with a cas is a cas, in every protocol': [
    ['store', { key: 'k', value: '1' }, { status: 'ok' }],
    ['store', { key: 'k', mode: 'replace', value: '2', cas: 5n }, { status: 'exists' }],
    ['store', { key: 'none', mode: 'replace', value: '2', cas: 5n }, { status: 'miss' }],
  ],
  'add with a cas is a cas in the binary protocol, and an add in the meta protocol': [
    ['store', { key: 'k', mode: 'add', value: '1', cas: 5n, dialect: 'binary' }, { status: 'miss' }],
    ['store', { key: 'k', mode: 'add', value: '1', cas: 5n, dialect: 'meta' }, { status: 'ok' }],
  ],
  'delete with a cas compares it': [
    ['store', { key: 'k', value: '1' }, { status: 'ok' }],
    ['delete', { key: 'k', cas: 5n }, { status: 'exists' }],
    ['delete', { key: 'k', cas: 1n }, { status: 'ok' }],
    ['delete', { key: 'k' }, { status: 'miss' }],
  ],
  'touch tells the flags': [
    ['store', { key: 'k', value: '1', flags: 3 }, { status: 'ok' }],
    ['touch', { key: 'k', exptime: 10 }, { status: 'ok', flags: 3 }],
  ],
  'append with N makes the item': [
    ['store', { key: 'k', mode: 'append', value: 'a', meta: { tokens: ['MA', 'N10'], vivify: 10 } }, { status: 'ok' }],
    ['get', { key: 'k', meta: { tokens: ['v', 't'] } }, { value: 'a', ttl: 10 }],
  ],
  'what has no meaning here is refused, and the next command works': [
    ['packet', { packet: { opcode: 0x92, opaque: 1 } }, { status: 'error', code: 0x81, errorKind: 'unknownCommand' }],
    ['stats', { value: 'nonsense' }, { status: 'error', errorKind: 'unknownCommand' }],
    [
      'invalid',
      { fault: { kind: 'client', message: 'no', status: 4, close: false } },
      { status: 'error', message: 'no' },
    ],
    ['noop', {}, { status: 'ok' }],
    ['verbosity', { exptime: 1 }, { status: 'ok' }],
    ['version', {}, { status: 'ok', message: '9.9' }],
  ],
};

describe('the store', () => {
  it.each(Object.keys(conversations))('%s', (name) => {
    const dispatcher = setUp();
    for (const [verb, fields, answer] of conversations[name] ?? []) {
      expect(ask(dispatcher, verb, fields)).toMatchObject(answer);
    }
  });

  it('replies to a get of many keys with the hits in the order of the request, duplicates included, and an end', () => {
    const dispatcher = setUp();
    ask(dispatcher, 'store', { key: 'a', value: '1' });
    ask(dispatcher, 'store', { key: 'b', value: '2', flags: 5 });
    expect(askAll(dispatcher, commandOf('get', { keys: ['b', 'none', 'a', 'b'] }))).toEqual([
      { status: 'ok', part: 'item', key: 'b', value: '2', flags: 5 },
      { status: 'ok', part: 'item', key: 'a', value: '1' },
      { status: 'ok', part: 'item', key: 'b', value: '2', flags: 5 },
      { status: 'ok', part: 'end' },
    ]);
    expect(askAll(dispatcher, commandOf('get', { keys: ['x', 'y'] }))).toEqual([{ status: 'ok', part: 'end' }]);
  });

  it('refuses commands after close', async () => {
    const dispatcher = setUp();
    await dispatcher.close();
    expect(askAll(dispatcher, commandOf('noop'))).toMatchObject([{ code: 'ERR_CLOSED' }]);
  });
});

describe('large values', () => {
  it.each([4096, 4097, 100_000])('of %i bytes come back equal, from text and from bytes', (length) => {
    const dispatcher = setUp();
    const bytes = Buffer.alloc(length, 'abcdefg');
    for (const value of [bytes, bytes.toString('latin1')]) {
      ask(dispatcher, 'store', { key: 'k', value });
      expect(ask(dispatcher, 'get', { key: 'k' }).value).toBe(bytes.toString('latin1'));
    }
    ask(dispatcher, 'store', { key: 'k', mode: 'append', value: 'tail' });
    ask(dispatcher, 'store', { key: 'k', mode: 'prepend', value: 'head' });
    expect(ask(dispatcher, 'get', { key: 'k' }).value).toBe(`head${bytes.toString('latin1')}tail`);
  });

  it('a value that was given out is not changed by what happens to its item later', () => {
    const dispatcher = setUp();
    ask(dispatcher, 'store', { key: 'k', value: Buffer.alloc(5000, 'a') });
    let given: Uint8Array | undefined;
    dispatcher.dispatch(commandOf('get', { key: 'k' }), {
      onReply: (reply) => {
        given = reply.bytes();
      },
      onError: () => {},
    });
    ask(dispatcher, 'store', { key: 'k', mode: 'append', value: 'b' });
    ask(dispatcher, 'store', { key: 'k', value: Buffer.alloc(5000, 'c') });
    expect(given).toEqual(Buffer.alloc(5000, 'a'));
  });

  it.each([
    [{ key: 'a', flags: 0 }, 1_048_516],
    [{ key: 'a', flags: 1 }, 1_048_512],
    [{ key: 'abcdefghijk', flags: 0 }, 1_048_506],
  ])('fit up to the length that memcached 1.6.18 takes: %o, %i', (fields, longest) => {
    const dispatcher = setUp();
    expect(ask(dispatcher, 'store', { ...fields, value: Buffer.alloc(longest) }).status).toBe('ok');
    expect(ask(dispatcher, 'store', { ...fields, value: Buffer.alloc(longest + 1) })).toMatchObject({
      status: 'error',
      errorKind: 'server',
      message: 'object too large for cache',
      code: 3,
    });
  });

  it.each([
    ['set', 'miss'],
    ['add', 'ok'],
    ['replace', 'ok'],
    ['append', 'ok'],
    ['prepend', 'ok'],
  ] as const)('too large in a %s: the old value is afterwards a %s', (mode, status) => {
    const dispatcher = setUp({ maxItemSize: 1024 });
    ask(dispatcher, 'store', { key: 'k', value: 'old' });
    expect(ask(dispatcher, 'store', { key: 'k', mode, value: Buffer.alloc(2000) }).status).toBe('error');
    expect(ask(dispatcher, 'get', { key: 'k' }).status).toBe(status);
  });

  it('too large only when joined: not stored, the old value stays', () => {
    const dispatcher = setUp({ maxItemSize: 1024 });
    ask(dispatcher, 'store', { key: 'k', value: Buffer.alloc(600, 'o') });
    expect(ask(dispatcher, 'store', { key: 'k', mode: 'append', value: Buffer.alloc(600) }).status).toBe('notStored');
    expect(ask(dispatcher, 'get', { key: 'k' }).value).toHaveLength(600);
  });
});

describe('the memory bound', () => {
  it.each([
    { name: 'small', length: 150, maxBytes: 200_000, count: 2000 },
    { name: 'large', length: 50_000, maxBytes: 2_000_000, count: 80 },
  ])('holds with $name values: the oldest go first, but for those that are used', ({ length, maxBytes, count }) => {
    const dispatcher = setUp({ maxBytes, maxItemSize: maxBytes });
    const isThere = (key: string): boolean => ask(dispatcher, 'get', { key }).status === 'ok';
    for (let i = 0; i < count; i++) {
      ask(dispatcher, 'store', { key: `k${i}`, value: 'x'.repeat(length) });
      isThere('k0');
    }
    const { store } = dispatcher;
    expect(store.bytes).toBeLessThanOrEqual(maxBytes);
    expect(store.memory).toBeLessThanOrEqual(maxBytes);
    expect([isThere('k0'), isThere('k1'), isThere(`k${count - 1}`)]).toEqual([true, false, true]);
    expect(store.count * length).toBeGreaterThan(maxBytes / 2);
    expect(store.counters.evictions).toBe(count - store.count);
  });

  it('holds when an item grows', () => {
    const dispatcher = setUp({ maxBytes: 200_000, maxItemSize: 200_000 });
    ask(dispatcher, 'store', { key: 'a', value: 'x'.repeat(80_000) });
    ask(dispatcher, 'store', { key: 'b', value: 'x'.repeat(80_000) });
    ask(dispatcher, 'store', { key: 'a', mode: 'append', value: 'y'.repeat(80_000) });
    expect(ask(dispatcher, 'get', { key: 'a' }).value).toHaveLength(160_000);
    expect(ask(dispatcher, 'get', { key: 'b' }).status).toBe('miss');
    expect(dispatcher.store.bytes).toBeLessThanOrEqual(200_000);
  });

  it('counts to 0 when all is gone', () => {
    const dispatcher = setUp();
    for (let i = 0; i < 20; i++) ask(dispatcher, 'store', { key: `k${i}`, value: 'x'.repeat(i * 700), flags: i });
    for (let i = 0; i < 20; i++) ask(dispatcher, 'store', { key: `k${i}`, value: 'y'.repeat(i), flags: 0 });
    for (let i = 0; i < 20; i++) ask(dispatcher, 'delete', { key: `k${i}` });
    expect(dispatcher.store.bytes).toBe(0);
    expect([...dispatcher.store.items()]).toEqual([]);
  });
});

describe('stats', () => {
  const statsOf = (dispatcher: StoreDispatcher, value = ''): Record<string, string> =>
    Object.fromEntries(
      askAll(dispatcher, commandOf('stats', { value }))
        .filter((answer) => 'part' in answer && answer.part === 'item')
        .map((answer) => [(answer as Answer).key, (answer as Answer).value]),
    ) as Record<string, string>;

  it('count what happened', () => {
    const dispatcher = setUp();
    ask(dispatcher, 'store', { key: 'k', value: '5' });
    ask(dispatcher, 'get', { key: 'k' });
    ask(dispatcher, 'get', { key: 'none' });
    askAll(dispatcher, commandOf('get', { keys: ['k', 'none', 'none'] }));
    ask(dispatcher, 'get', { key: 'k', touch: true });
    ask(dispatcher, 'touch', { key: 'none' });
    ask(dispatcher, 'arith', { key: 'k' });
    ask(dispatcher, 'arith', { key: 'none', decrement: true });
    ask(dispatcher, 'store', { key: 'k', value: '5', cas: 99n });
    ask(dispatcher, 'store', { key: 'none', value: '5', cas: 99n });
    ask(dispatcher, 'delete', { key: 'none' });
    expect(statsOf(dispatcher)).toMatchObject({
      cmd_get: '5',
      get_hits: '2',
      get_misses: '3',
      cmd_set: '3',
      cmd_touch: '2',
      touch_hits: '1',
      touch_misses: '1',
      incr_hits: '1',
      decr_misses: '1',
      cas_badval: '1',
      cas_misses: '1',
      delete_misses: '1',
      curr_items: '1',
      total_items: '1',
      bytes: '61',
      limit_maxbytes: '67108864',
    });
  });

  it('count as reclaimed what is stored in the place of an item that expired', () => {
    const clock = new FakeClock();
    const dispatcher = setUp({ clock });
    ask(dispatcher, 'store', { key: 'k', value: '1', exptime: 1 });
    ask(dispatcher, 'store', { key: 'k', value: '2', exptime: 1 });
    expect(statsOf(dispatcher)).toMatchObject({ reclaimed: '0' });
    clock.advance(1000);
    ask(dispatcher, 'store', { key: 'k', mode: 'append', value: 'x' });
    ask(dispatcher, 'store', { key: 'k', value: '3', exptime: 1 });
    expect(statsOf(dispatcher)).toMatchObject({ reclaimed: '0', get_expired: '1' });
    clock.advance(1000);
    ask(dispatcher, 'store', { key: 'k', value: '4' });
    expect(statsOf(dispatcher)).toMatchObject({ reclaimed: '1', get_expired: '2' });
  });

  it('reset makes the counters 0 and keeps the items', () => {
    const dispatcher = setUp();
    ask(dispatcher, 'store', { key: 'k', value: '5' });
    expect(ask(dispatcher, 'stats', { value: 'reset' })).toEqual({ status: 'ok', message: 'RESET' });
    expect(statsOf(dispatcher)).toMatchObject({ cmd_set: '0', total_items: '0', curr_items: '1' });
  });

  it('have the groups items, slabs, settings, sizes, and what the server adds', () => {
    const dispatcher = new StoreDispatcher({
      moreStats: (group) => (group === '' || group === 'conns' ? [['curr_connections', 3]] : undefined),
    });
    expect(statsOf(dispatcher, 'items')).toEqual({});
    ask(dispatcher, 'store', { key: 'k', value: '5' });
    expect(statsOf(dispatcher, 'items')).toMatchObject({ 'items:1:number': '1' });
    expect(statsOf(dispatcher, 'slabs')).toMatchObject({ '1:used_chunks': '1', active_slabs: '1' });
    expect(statsOf(dispatcher, 'settings')).toMatchObject({ item_size_max: '1048576' });
    expect(statsOf(dispatcher, 'sizes')).toEqual({ sizes_status: 'disabled' });
    expect(statsOf(dispatcher, 'conns')).toEqual({ curr_connections: '3' });
    expect(statsOf(dispatcher)).toMatchObject({ curr_connections: '3', curr_items: '1' });
  });
});
