/**
 * Values of classic gets, from the bytes of the node to the callers: whatever order they come in, and wherever the
 * chunks are cut, each reaches whom it is for.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pending } from '../../src/connection/pending.ts';
import { Command } from '../../src/core/command.ts';
import { ProtocolError } from '../../src/core/errors.ts';
import type { Decoder, Limits } from '../../src/protocol/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';

/** Commands in flight, the decoder of their answers, and what the callers were told. */
class Line {
  readonly pending = new Pending(false);
  readonly told: string[] = [];
  readonly #decoder: Decoder;

  constructor(limits: Partial<Limits> = {}) {
    this.#decoder = metaCodec.replyDecoder(this.pending, limits, this.pending.expected);
  }

  /** Gets written as one line; the number of the caller stands before its outcome. */
  merged(keys: readonly string[], deadlines: readonly number[] = []): void {
    for (const [i, key] of keys.entries())
      this.#push(Object.assign(new Command('get', key), { deadline: deadlines[i] ?? 0 }), String(i));
    this.pending.markMerged(keys.length);
  }

  /** One get of many keys. */
  many(keys: readonly string[]): void {
    this.#push(Object.assign(new Command('get'), { keys }), 'many');
  }

  /** A command that is no get. */
  store(): void {
    this.#push(new Command('store', 'k'), 'store');
  }

  #push(command: Command, name: string): void {
    this.pending.push(command, {
      onReply: (reply) =>
        void this.told.push(
          reply.hasValue
            ? `${name}: ${reply.key}=${reply.text()} ${reply.flags}`
            : `${name}: ${reply.part} ${reply.status}`,
        ),
      onError: (error) => void this.told.push(`${name}: ${error.code}`),
    });
  }

  /** The node says this, in chunks of these lengths that all lie in the same memory. */
  say(text: string, chunks: readonly number[] = [text.length]): void {
    const bytes = Buffer.from(text, 'latin1');
    const memory = Buffer.alloc(Math.max(...chunks));
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const count = Math.min(chunks[i % chunks.length] as number, bytes.length - at);
      bytes.copy(memory, 0, at, at + count);
      this.#decoder.push(memory.subarray(0, count));
      memory.fill(0xee, 0, count);
      at += count;
    }
  }
}

const value = (key: string, text = `of ${key}`, flags = 0): string =>
  `VALUE ${key} ${flags} ${text.length}\r\n${text}\r\n`;

const key = fc.oneof(
  fc.stringMatching(/^k[0-3]{1,3}$/),
  fc.stringMatching(/^[\x80-\xff]{1,9}$/),
  fc.constantFrom('a', 'ab', 'abc', 'abcd', 'abcde', 'x'.repeat(250)),
);
const data = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 12 }),
  fc.constantFrom('', '\r\n', 'END\r\n', 'VALUE a 0 1\r\n'),
);
const chunks = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });

/** Keys, in how many of them the node has, and the order in which it says so. */
const asked = fc.array(fc.tuple(key, fc.boolean(), data, fc.nat(0xffffffff)), { minLength: 1, maxLength: 40 });

/** The order asked; or where each stands in another. */
const order = fc.oneof(fc.constant([]), fc.array(fc.nat(40), { minLength: 40, maxLength: 40 }));

function inOrder<T>(items: readonly T[], places: readonly number[]): readonly T[] {
  const placed = items.map((item, i) => [places[i] ?? i, item] as const);
  return placed.sort(([one], [other]) => one - other).map(([, item]) => item);
}

describe('values of merged gets', () => {
  it('reach each its own caller, with any misses among them, cut anywhere', () => {
    fc.assert(
      fc.property(asked, order, chunks, (items, places, lengths) => {
        // Equal keys have equal answers.
        const known = new Map(items.map(([name, ...rest]) => [name, rest]));
        const keys = items.map(([name]) => name);
        const line = new Line();
        line.merged(keys);
        line.store();
        const hits = keys
          .map((name) => [name, known.get(name) as [boolean, string, number]] as const)
          .filter(([, [isHit]]) => isHit);
        // As proxies do that spread a line over several nodes.
        const said = inOrder(hits, places);
        line.say(`${said.map(([name, [, text, flags]]) => value(name, text, flags)).join('')}END\r\nHD\r\n`, lengths);
        const answers = keys.map((name, i) => {
          const [isHit, text, flags] = known.get(name) as [boolean, string, number];
          return isHit ? `${i}: ${name}=${text} ${flags}` : `${i}: whole miss`;
        });
        expect([...line.told].sort()).toEqual([...answers, 'store: whole ok'].sort());
        expect(line.pending.length).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('of lines behind one another, some with a cas, go to the line that gets its reply', () => {
    const line = new Line();
    const keys = ['a', 'b', 'c', 'd', 'e'];
    for (let i = 0; i < 3; i++) line.merged(keys);
    line.say(
      `${value('b')}${value('d')}END\r\n${value('a')}VALUE c 7 2 99\r\nxy\r\nEND\r\n${keys.map((name) => value(name)).join('')}END\r\n`,
    );
    const misses = (...numbers: readonly number[]): string[] => numbers.map((i) => `${i}: whole miss`);
    expect(line.told).toEqual([
      '1: b=of b 0',
      '3: d=of d 0',
      ...misses(0, 2, 4),
      '0: a=of a 0',
      '2: c=xy 7',
      ...misses(1, 3, 4),
      ...keys.map((name, i) => `${i}: ${name}=of ${name} 0`),
    ]);
  });

  it('that arrive twice for a key that was requested once are an error', () => {
    const line = new Line();
    line.merged(['a', 'b', 'c', 'd']);
    expect(() => line.say(value('b') + value('c') + value('b'))).toThrow('a value for "b", which was not requested');
    expect(line.told).toEqual(['1: b=of b 0', '2: c=of c 0']);
  });

  it.each(['bb', 'a b', 'e', ''])('of a key that was not requested (%j) are an error', (name) => {
    const line = new Line();
    line.merged(['a', 'b', 'c', 'd']);
    expect(() => line.say(value(name))).toThrow(ProtocolError);
    expect(line.told).toEqual([]);
  });

  it.each([
    ['VALUX a 0 1\r\nv\r\n', 'not a reply line'],
    ['VALUE a 0 1\n\nv\r\n', 'not a reply line'],
    ['VALUE a  1\r\nv\r\n', 'not a reply line'],
    ['VALUE a 0 1 x\r\nv\r\n', 'not a reply line'],
    ['VXLUE a 0 1\r\nv\r\n', 'not a reply line'],
    ['VALUE a 0 1\rXv\r\n', 'not a reply line'],
    ['VALUE a 0x1\r\nv\r\n', 'not a reply line'],
    ['VALUE a 0 \r\nv\r\n', 'not a reply line'],
    ['VALUE a 0 9\r\n123456789\r\n', 'a value has 9 bytes; at most 8'],
    ['VALUE a 0 1\r\nvv\r\n', 'a value is not followed by CR LF'],
  ])('that are none (%j) are an error, as of keys that are not expected', (said, message) => {
    const line = new Line({ maxValue: 8 });
    line.merged(['a', 'b', 'c', 'd']);
    expect(() => line.say(said)).toThrow(message);
    const other = new Line({ maxValue: 8 });
    other.merged(['a']);
    expect(() => other.say(said)).toThrow(message);
  });

  it('of callers that have given up are swallowed; the others get theirs', () => {
    const line = new Line();
    line.merged(['a', 'b', 'c', 'd', 'e'], [0, 5, 0, 5, 0]);
    line.say(value('a'));
    line.pending.expire({ isOver: (deadline) => deadline === 5 }, () => new ProtocolError('late'));
    line.say(`${value('b')}${value('c')}${value('e')}END\r\n`);
    expect(line.told).toEqual(['0: a=of a 0', '1: ERR_PROTOCOL', '3: ERR_PROTOCOL', '2: c=of c 0', '4: e=of e 0']);
    expect(line.pending.length).toBe(0);
  });
});

describe('values of a get of many keys', () => {
  it('carry the requested key, with any misses among them, cut anywhere', () => {
    fc.assert(
      fc.property(asked, order, chunks, (items, places, lengths) => {
        const keys = [...new Set(items.map(([name]) => name))];
        const known = new Map(items.map(([name, ...rest]) => [name, rest]));
        const line = new Line();
        line.store();
        line.many(keys);
        line.many(keys);
        const present = keys.filter((name) => known.get(name)?.[0] === true);
        const hits = inOrder(present, places);
        const said = `${hits.map((name) => value(name, known.get(name)?.[1], known.get(name)?.[2])).join('')}END\r\n`;
        line.say(`HD\r\n${said}${said}`, lengths);
        const answers = [
          ...hits.map((name) => `many: ${name}=${known.get(name)?.[1]} ${known.get(name)?.[2]}`),
          'many: end ok',
        ];
        expect(line.told).toEqual(['store: whole ok', ...answers, ...answers]);
      }),
      { numRuns: 400 },
    );
  });

  it('carry the requested key for hundreds of keys that a node returns in another order', () => {
    const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`);
    const said = [
      ...keys.slice(0, 140),
      ...keys.slice(250),
      'key:3',
      'key:4',
      'key:201',
      'key:202',
      'key:130',
      'key:299',
    ];
    const line = new Line();
    line.many(keys);
    line.say(`${said.map((name) => value(name)).join('')}END\r\n`);
    expect(line.told).toEqual([...said.map((name) => `many: ${name}=of ${name} 0`), 'many: end ok']);
  });

  it('carry the requested key for thousands of keys, with most missing or all present', () => {
    for (const step of [1, 2, 7, 300]) {
      const keys = Array.from({ length: 2000 }, (_, i) => `key:${i}`);
      const hits = keys.filter((_, i) => i % step === 0);
      const line = new Line();
      line.many(keys);
      line.say(`${hits.map((name) => value(name)).join('')}END\r\n`);
      expect(line.told).toEqual([...hits.map((name) => `many: ${name}=of ${name} 0`), 'many: end ok']);
    }
  });
});
