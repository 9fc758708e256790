/** Hot keys and prefixes: counting. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeavyHitters } from '../../src/top/keys/heavy-hitters.ts';
import { LevelCounter } from '../../src/top/keys/key-browser.ts';
import { WatchDecoder } from '../../src/top/keys/watch-decoder.ts';

describe('heavy hitters', () => {
  test('rates follow what was asked for of late', () => {
    const sketch = new HeavyHitters();
    for (let n = 0; n < 10; n++) sketch.add('a', 'n1', 5);
    sketch.add('b', 'n1', undefined);
    sketch.tick(2);
    expect(sketch.top(9)).toEqual([
      { key: 'a', node: 'n1', count: 10, hits: 10, size: 5, rate: 5 },
      { key: 'b', node: 'n1', count: 1, hits: 0, size: undefined, rate: 0.5 },
    ]);
    expect([sketch.total, sketch.rate]).toEqual([11, 5.5]);
    for (let n = 0; n < 40; n++) sketch.tick(1);
    expect(sketch.top(1)[0]?.rate).toBeLessThan(0.001);
  });

  test('a hot key is found among a million others, in bounded memory', () => {
    const sketch = new HeavyHitters(100);
    for (let n = 0; n < 200_000; n++) {
      sketch.add(`cold:${n}`, 'n', undefined);
      if (n % 100 === 0) sketch.add('hot', 'n', 1);
    }
    sketch.tick(1);
    const [first] = sketch.top(1);
    expect(first).toMatchObject({ key: 'hot', hits: 2000 });
    expect(first?.count).toBeGreaterThanOrEqual(2000);
    expect(sketch.top(1e9).length).toBeLessThanOrEqual(400);
  });
});

describe('a level of prefixes', () => {
  const levelOf = (prefix: string, ...keys: readonly string[]): readonly (readonly [string, boolean, number])[] => {
    const counter = new LevelCounter(prefix, ':/');
    for (const key of keys) counter.add({ key: Buffer.from(key), node: 'n', ttl: 1, size: 1, idle: 1 });
    return counter.level(true).entries.map(({ name, isKey, keys: count }) => [name, isKey, count]);
  };

  test('keys are counted by what comes before the first separator', () => {
    expect(levelOf('', 'a:1', 'a:2', 'b/1', 'c')).toEqual([
      ['a:', false, 2],
      ['b/', false, 1],
      ['c', true, 1],
    ]);
  });

  test('below a prefix, by the next separator', () => {
    expect(levelOf('a:', 'a:1:x', 'a:1:y', 'a:2', 'b:1')).toEqual([
      ['a:1:', false, 2],
      ['a:2', true, 1],
    ]);
  });

  test('a separator at the end of a key is part of its name', () => {
    expect(levelOf('', 'a:', 'a::', ':')).toEqual([
      ['a:', false, 1],
      [':', true, 1],
      ['a:', true, 1],
    ]);
  });

  test('a key on two nodes is there twice', () => {
    const counter = new LevelCounter('', ':');
    for (const node of ['n1', 'n2']) counter.add({ key: Buffer.from('k'), node, ttl: -1, size: Number.NaN, idle: 1 });
    expect(counter.level(true).entries.map(({ node, bytes }) => [node, bytes])).toEqual([
      ['n1', 0],
      ['n2', 0],
    ]);
  });

  test('the time to live of a prefix is that of the keys that expire first', () => {
    const counter = new LevelCounter('', ':');
    for (const ttl of [-1, 50, 20, -1])
      counter.add({ key: Buffer.from('a:b'), node: 'n', ttl, size: 1, idle: ttl + 1 });
    expect(counter.level(true).entries[0]).toMatchObject({ ttl: 20, idle: 0, bytes: 4 });
  });

  test('of more than 20000 entries the rest is counted', () => {
    const counter = new LevelCounter('', ':');
    for (let n = 0; n < 20_010; n++) counter.add({ key: Buffer.from(String(n)), node: 'n', ttl: -1, size: 1, idle: 1 });
    expect(counter.level(true)).toMatchObject({ keys: 20_010, omitted: 10 });
  });
});

describe('the lines of watch', () => {
  function eventsOf(...pieces: readonly string[]): readonly unknown[] {
    const events: unknown[] = [];
    const decoder = new WatchDecoder({
      onFetch: (key, size) => events.push([key, size]),
      onSkipped: (count) => events.push(count),
      onReply: (line) => events.push(line),
    });
    for (const piece of pieces) decoder.push(piece);
    return events;
  }

  const lines =
    'OK\r\nts=1.5 gid=1 type=item_get key=a%20b status=found clsid=1 cfd=22 size=5\n' +
    'skipped=7\nts=1.5 gid=2 type=item_get key=c status=not_found clsid=0 cfd=22 size=0\n' +
    'ts=1.5 gid=3 type=item_store key=d status=stored cmd=set ttl=0 clsid=1 cfd=22 size=5\n';
  const events = ['OK', ['a%20b', 5], 7, ['c', undefined]];

  test('tell the keys with the size of their values, and how many events were dropped', () => {
    expect(eventsOf(lines)).toEqual(events);
  });

  test('may come in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), lines.length];
        expect(eventsOf(...places.slice(1).map((end, index) => lines.slice(places[index], end)))).toEqual(events);
      }),
    );
  });

  test('a line without an end keeps no memory, and the line behind it is read', () => {
    expect(eventsOf('ts='.repeat(5000), 'x'.repeat(9000), `\n${lines}`)).toEqual(events);
  });
});
