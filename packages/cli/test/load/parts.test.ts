/** The parts of the load generator that need no node. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTable } from '../../src/load/key-table.ts';
import type { Lane } from '../../src/load/lane.ts';
import { Latencies } from '../../src/load/latencies.ts';
import { liveText } from '../../src/load/live-line.ts';
import { readDistribution, readMix, readSizes, readTime } from '../../src/load/load-options.ts';
import { ClosedLoop, OpenLoop } from '../../src/load/loop.ts';
import { type ReplyEvents, ReplyScanner } from '../../src/load/reply-scanner.ts';
import { type LoadRequest, type RequestBatch, RequestSources } from '../../src/load/request-source.ts';
import { formatMicroseconds } from '../../src/load/summary.ts';
import { Tally } from '../../src/load/tally.ts';
import { type Workload, workloadDefaults } from '../../src/load/workload.ts';

const workload = (given: Partial<Workload> = {}): Workload => ({ ...workloadDefaults, ...given });

function drawn(given: Partial<Workload>, count: number, index = 0): LoadRequest[] {
  const source = new RequestSources(workload(given)).source(index);
  return Array.from({ length: count }, () => source.next());
}

describe('requests', () => {
  test('are the same in every run with the same seed, and others with another', () => {
    const mix = readMix('get:3,set:2,mget:1');
    expect(drawn({ mix, seed: 7 }, 500)).toEqual(drawn({ mix, seed: 7 }, 500));
    expect(drawn({ mix, seed: 7 }, 500)).not.toEqual(drawn({ mix, seed: 8 }, 500));
    expect(drawn({ mix, seed: 7 }, 500)).not.toEqual(drawn({ mix, seed: 7 }, 500, 1));
  });

  test('have verbs in proportion to their weights', () => {
    const requests = drawn({ mix: readMix('get:9,set:1') }, 20_000);
    const sets = requests.filter(({ verb }) => verb === 'set').length;
    expect(sets).toBeGreaterThan(1800);
    expect(sets).toBeLessThan(2200);
  });

  test('have keys that are uniform, one after the other, or more often the first ones', () => {
    const counts = (given: Partial<Workload>): number[] => {
      const found = Array.from({ length: 100 }, () => 0);
      for (const { n } of drawn({ keys: 100, ...given }, 20_000)) found[n] = (found[n] ?? 0) + 1;
      return found;
    };
    expect(Math.max(...counts({}))).toBeLessThan(300);
    expect(new Set(counts({ distribution: { kind: 'sequential' } }))).toEqual(new Set([200]));
    const [first = 0, second = 0, , , , , , , , tenth = 0] = counts({ distribution: { kind: 'zipf', exponent: 1 } });
    expect(first / second).toBeCloseTo(2, 0);
    expect(first / tenth).toBeGreaterThan(8);
    expect(first / tenth).toBeLessThan(13);
  });

  test('of few keys come in batches that are made once, and every key is in them', () => {
    const [some, others] = [1, 2].map(() => new RequestSources(workload({ keys: 500, mix: readMix('get:9,set:1') })));
    const draw = (sources: RequestSources | undefined, index: number): RequestBatch[] => {
      const source = sources?.source(index);
      return Array.from({ length: 1000 }, () => source?.nextBatch(16) as RequestBatch);
    };
    const batches = draw(some, 1);
    // Another connection was first in the other run.
    draw(others, 7);
    expect(draw(others, 1)).toEqual(batches);
    expect(new Set(batches).size).toBeLessThanOrEqual(250);
    const numbers = new Set(batches.flatMap(({ requests }) => requests.map(({ n }) => n)));
    expect(numbers.size).toBeGreaterThan(495);
  });

  test('of one run share the sequential keys', () => {
    const sources = new RequestSources(workload({ distribution: { kind: 'sequential' } }));
    const [a, b] = [sources.source(0), sources.source(1)];
    expect([a.next().n, b.next().n, a.next().n]).toEqual([0, 1, 2]);
  });
});

describe('values', () => {
  test('have the size of their key, which does not change', () => {
    const table = new KeyTable(workload({ sizes: readSizes('10:50,100-200:50') }));
    const again = new KeyTable(workload({ sizes: readSizes('10:50,100-200:50') }));
    const sizes = Array.from({ length: 2000 }, (_, n) => table.size(n));
    expect(sizes.every((size) => size === 10 || (size >= 100 && size <= 200))).toBe(true);
    expect(sizes.filter((size) => size === 10).length).toSatisfy((count: number) => count > 850 && count < 1150);
    for (let n = 0; n < 100; n++) {
      expect(table.value(n)).toHaveLength(table.size(n));
      expect(again.value(n)).toBe(table.value(n));
    }
    expect(table.value(3).slice(0, 10)).toBe(table.key(3).slice(0, 10));
  });

  test('of a key whose size is 0 are empty', () => {
    expect(new KeyTable(workload({ sizes: readSizes('0') })).value(1)).toBe('');
  });
});

describe('options', () => {
  test.each([
    ['100', [{ from: 100, to: 100, weight: 1 }]],
    ['4k', [{ from: 4096, to: 4096, weight: 1 }]],
    [
      '100:90,1k-8k:9',
      [
        { from: 100, to: 100, weight: 90 },
        { from: 1024, to: 8192, weight: 9 },
      ],
    ],
  ])('--size %s', (text, ranges) => expect(readSizes(text)).toEqual(ranges));

  test.each(['', 'x', '-1', '200-100', '100:0', '2g', '1:2:3'])('--size %j is refused', (text) =>
    expect(() => readSizes(text)).toThrow('It takes sizes or ranges'),
  );

  test.each(['', 'get:0', 'get:-1', 'nonsense:1', 'get:1:2', 'get:1,'])('--mix %j is refused', (text) =>
    expect(() => readMix(text)).toThrow('It takes verbs with weights'),
  );

  test('--distribution takes zipf with an exponent', () => {
    expect(readDistribution('zipf:0.99')).toEqual({ kind: 'zipf', exponent: 0.99 });
    for (const text of ['zipf:', 'zipf:0', 'zipf:-1', 'normal'])
      expect(() => readDistribution(text)).toThrow('It takes uniform');
  });

  test.each([
    ['10', 10_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['0s', 0],
  ])('the time %s is %d ms', (text, ms) => expect(readTime(text)).toBe(ms));

  test.each(['', '-1', '1d', '1000h'])('the time %j is refused', (text) =>
    expect(() => readTime(text)).toThrow('It takes a time'),
  );
});

/** What a scanner tells of these bytes, in pieces. */
function scanned(
  requests: readonly LoadRequest[],
  bytes: Buffer,
  piece: number,
  verify: boolean,
  table: KeyTable,
): string[] {
  const told: string[] = [];
  let at = 0;
  const events: ReplyEvents = {
    awaited: () => requests[at],
    done: (hits, misses) => void told.push(`${requests[at++]?.verb} ${hits}/${misses}`),
    refused: (message) => void (at++, told.push(message)),
    wrong: (message) => void told.push(`wrong: ${message}`),
    lost: (message) => void told.push(`lost: ${message}`),
  };
  const scanner = new ReplyScanner(events, table, verify);
  const chunk = Buffer.alloc(piece);
  for (let from = 0; from < bytes.length; from += piece) {
    const count = bytes.copy(chunk, 0, from, from + piece);
    scanner.read(chunk, count);
    chunk.fill(0x0a);
  }
  return told;
}

describe('replies', () => {
  const table = new KeyTable(workload({ sizes: readSizes('0-300') }));
  const valueOf = (n: number): string =>
    `VALUE ${table.key(n)} ${table.flags(n)} ${table.size(n)}\r\n${table.value(n)}\r\n`;
  const requests: LoadRequest[] = [
    { verb: 'get', n: 1 },
    { verb: 'get', n: 2 },
    { verb: 'mget', n: 3, numbers: [3, 4, 3, 5] },
    { verb: 'set', n: 1 },
    { verb: 'add', n: 1 },
    { verb: 'incr', n: 1 },
    { verb: 'delete', n: 1 },
    { verb: 'touch', n: 1 },
    { verb: 'get', n: 7 },
    { verb: 'get', n: 8 },
  ];
  const bytes = Buffer.from(
    `${valueOf(1)}END\r\nEND\r\n${valueOf(3)}${valueOf(3)}${valueOf(5)}END\r\nSTORED\r\nNOT_STORED\r\n12\r\nNOT_FOUND\r\n` +
      `TOUCHED\r\nSERVER_ERROR out of memory\r\n${valueOf(8)}END\r\n`,
  );
  const expected = [
    'get 1/0',
    'get 0/1',
    'mget 3/1',
    'set 1/0',
    'add 0/1',
    'incr 1/0',
    'delete 0/1',
    'touch 1/0',
    'SERVER_ERROR out of memory',
    'get 1/0',
  ];

  test.each([false, true])('are read in any pieces (verified: %s)', (verify) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), (piece) => {
        expect(scanned(requests, bytes, piece, verify, table)).toEqual(expected);
      }),
    );
  });

  const get: LoadRequest[] = [{ verb: 'get', n: 9 }];
  const right = valueOf(9);
  test.each([
    ['another value', right.replace(/:000/, ':100').replace(/\n(.)/, '\nX'), /^wrong: /],
    ['a value that is cut', `VALUE ${table.key(9)} ${table.flags(9)} 5\r\nmemfl\r\n`, /has 5 bytes in place of \d+/],
    ['other flags', right.replace(` ${table.flags(9)} `, ' 4711 '), /has the flags 4711 in place of 9/],
    ['the value of another key', valueOf(10), /^wrong: a value of .*10 came for .*9$/],
  ])('with %s are found by --verify, and not without', (_, text, message) => {
    const reply = Buffer.from(`${text}END\r\n`);
    expect(scanned(get, reply, 50, true, table)[0]).toMatch(message);
    expect(scanned(get, reply, 50, false, table)).toEqual(['get 1/0']);
  });

  test('of a length that nobody stored are wrong at once, and are not kept', () => {
    const claimed = Buffer.from(`VALUE ${table.key(9)} 0 900000000\r\n${'x'.repeat(5000)}`);
    expect(scanned(get, claimed, 1000, true, table)).toEqual([
      'wrong: a value of 900000000 bytes came, and none has so many',
    ]);
  });

  test('that are malformed close the connection', () => {
    expect(scanned(get, Buffer.from('HTTP/1.1 200 OK\r\n'), 5, false, table)).toEqual([
      'lost: an unexpected reply came: "HTTP/1.1 200 OK"',
    ]);
    expect(scanned([], Buffer.from('END\r\n'), 5, false, table)).toEqual(['lost: a reply came that no request is for']);
    expect(scanned(get, Buffer.alloc(5000, 'x'), 1000, false, table)).toEqual(['lost: a reply line has no end']);
  });
});

/** A lane whose requests the test ends. */
function fakeLane(): Lane & { inFlight: number; isReady: boolean; readonly sent: number[] } {
  const sent: number[] = [];
  const lane = {
    inFlight: 0,
    isReady: true,
    index: 0,
    now: 0,
    sent,
    open: () => Promise.resolve(),
    send: ({ requests }: RequestBatch, since: number): void => {
      lane.inFlight += requests.length;
      for (let n = 0; n < requests.length; n++) sent.push(since);
    },
    sweep: () => {},
    close: () => {},
  };
  return lane;
}

const batchOf = (count: number): RequestBatch => ({
  requests: Array.from({ length: count }, () => ({ verb: 'get', n: 1 }) as const),
  comesAgain: false,
});

describe('a closed loop', () => {
  test('sends on each lane when all replies are there, and no more than its limit', () => {
    const lanes = [fakeLane(), Object.assign(fakeLane(), { index: 1 })];
    const loop = new ClosedLoop(lanes, 3, (_, count) => batchOf(count));
    loop.limit(10);
    loop.start();
    expect(lanes.map((lane) => lane.sent.length)).toEqual([3, 3]);
    for (const lane of lanes) {
      lane.inFlight--;
      loop.ended(lane, false);
    }
    expect(lanes.map((lane) => lane.sent.length)).toEqual([3, 3]);
    for (let n = 0; n < 20; n++)
      for (const lane of lanes)
        if (lane.inFlight > 0) {
          lane.inFlight--;
          loop.ended(lane, false);
        }
    expect(lanes.map((lane) => lane.sent.length)).toEqual([5, 5]);
    expect(loop.isDone).toBe(true);
  });
});

describe('an open loop', () => {
  test('counts latencies from the time when a request was due, however late it is sent', () => {
    const lane = fakeLane();
    const loop = new OpenLoop([lane], 1, () => batchOf(1), 1_000_000, new Tally());
    loop.start();
    loop.limit(50, performance.now());
    while (!loop.isDone) {
      lane.inFlight = 0;
      loop.ended();
    }
    loop.stop();
    const [first = 0] = lane.sent;
    lane.sent.forEach((since, k) => expect(since).toBeCloseTo(first + k / 1000, 6));
  });

  test('tells of requests that were due and never sent', () => {
    const lane = fakeLane();
    const tally = new Tally();
    const loop = new OpenLoop([lane], 1, () => batchOf(1), 1000, tally);
    const before = performance.now();
    loop.start();
    tally.begin(before);
    loop.stop();
    loop.leaveUnsent(tally, before + 1000);
    expect(tally.unsent).toBeGreaterThan(990);
    expect(tally.latencies().percentile(50)).toBeGreaterThan(400_000);
  });

  test('without any connection fails what is due, and does not wait', () => {
    const lane = fakeLane();
    lane.isReady = false;
    const tally = new Tally();
    const loop = new OpenLoop([lane], 1, () => batchOf(1), 1_000_000, tally);
    loop.start();
    loop.limit(10, 0);
    while (!loop.isDone) loop.ready();
    loop.stop();
    expect(tally.failed).toBeGreaterThanOrEqual(10);
    expect(tally.lastError).toBe('no connection');
  });
});

describe('what is shown', () => {
  test.each([
    [850.4, '850 µs'],
    [1234, '1.23 ms'],
    [45_678, '45.7 ms'],
    [2_500_000, '2.50 s'],
    [Number.NaN, '–'],
  ])('%d µs are %s', (value, text) => expect(formatMicroseconds(value)).toBe(text));

  test('the live line has rate, percentiles, failures and the time that is left', () => {
    const tally = new Tally();
    tally.begin(0);
    for (let n = 0; n < 100; n++) tally.settle('get', 0, 2, 1, 0);
    tally.fail(0, 'x');
    tally.refute('y');
    expect(liveText({ tally, elapsed: 2000, planned: 10_000 }, 12_345)).toBe(
      '2 s  12k/s  p50 2.00 ms  p99 2.00 ms  1 failed  1 WRONG  8 s left',
    );
    expect(liveText({ tally, elapsed: 0 }, 0)).toBe('warming up');
  });

  test('histograms are those that other tools read', async () => {
    const latencies = new Latencies();
    for (let n = 1; n <= 1000; n++) latencies.record(n);
    const { decodeFromCompressedBase64 } = await import('hdr-histogram-js');
    const decoded = decodeFromCompressedBase64(latencies.encoded());
    expect(latencies.encoded()).toMatch(/^HISTFAAA/);
    expect([decoded.totalCount, Math.round(decoded.getValueAtPercentile(50) / 1000)]).toEqual([1000, 500]);
  });
});
