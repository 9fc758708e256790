/** Gets that were written as one line: each value reaches the entry that it names, the end is a miss for the rest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { ProtocolError } from '../../src/core/errors.ts';
import { commandOf } from '../support/ask.ts';
import { PendingRig } from './pending-rig.ts';

const store = (key: string): Command => new Command('store', key);
const until = (deadline: number, key: string): Command => commandOf('get', { key, deadline });

describe('gets that were written as one line', () => {
  it.each([
    ['all hits', ['a', 'b', 'c']],
    ['a miss in front', ['b', 'c']],
    ['a miss in the middle', ['a', 'c']],
    ['a miss at the end', ['a', 'b']],
    ['one hit', ['b']],
    ['no hit', []],
    ['another order, as proxies give them', ['c', 'a', 'b']],
    ['another order with a miss', ['c', 'a']],
  ])('%s', (_name, hits) => {
    const rig = new PendingRig();
    rig.merged('a', 'b', 'c');
    rig.push(store('next'));
    for (const key of hits) rig.value(key);
    rig.end();
    rig.status('ok');
    const missed = ['a', 'b', 'c'].filter((key) => !hits.includes(key));
    expect(rig.told).toEqual([
      ...hits.map((key) => `${key}: ${key}=${key}`),
      ...missed.map((key) => `${key}: miss`),
      'next: ok',
    ]);
    expect(rig.pending.length).toBe(0);
  });

  it('equal keys each get their own value', () => {
    const rig = new PendingRig();
    rig.merged('a', 'b', 'a', 'a');
    for (const [key, text] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
      ['a', '4'],
    ] as const)
      rig.value(key, text);
    rig.end();
    expect(rig.told).toEqual(['a: a=1', 'b: b=2', 'a: a=3', 'a: a=4']);
  });

  it('a value that none of them requested, or a duplicate one, is an error', () => {
    const rig = new PendingRig();
    rig.merged('a', 'b');
    expect(() => rig.value('c')).toThrow('a value for "c", which was not requested');
    rig.value('b');
    expect(() => rig.value('b')).toThrow(ProtocolError);
    rig.value('a');
    expect(() => rig.value('a')).toThrow(ProtocolError);
    expect(() => rig.status('ok')).toThrow(ProtocolError);
  });

  it('does not take a value for a later line', () => {
    const rig = new PendingRig();
    rig.merged('a');
    rig.merged('b');
    expect(() => rig.value('b')).toThrow(ProtocolError);
  });

  it('an error is for all that are left', () => {
    const rig = new PendingRig();
    rig.merged('a', 'b', 'c');
    rig.value('b');
    rig.error('out of memory');
    expect(rig.told).toEqual(['b: b=b', 'a: error out of memory', 'c: error out of memory']);
    expect(rig.pending.length).toBe(0);
  });

  it('the end is owed when all values are there', () => {
    const rig = new PendingRig();
    rig.merged('a');
    rig.value('a');
    expect(rig.pending.length).toBe(0);
    expect(() => rig.whole('2')).toThrow(ProtocolError);
    rig.end();
    expect(() => rig.end()).toThrow(ProtocolError);
    expect(rig.told).toEqual(['a: a=a']);
  });

  it('a caller that gave up in between loses only its own value', () => {
    const rig = new PendingRig();
    rig.push(until(50, 'a'));
    rig.push('b');
    rig.push('c');
    rig.pending.markMerged(3);
    expect(rig.expire(50)).toBe(1);
    rig.value('a');
    rig.value('c');
    rig.end();
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent', 'c: c=c', 'b: miss']);
  });

  it('a value that changes hands keeps its flags and cas', () => {
    const rig = new PendingRig();
    const seen: unknown[] = [];
    for (const key of ['a', 'b'])
      rig.pending.push(new Command('get', key), {
        onReply: ({ part, flags, cas, status }) => seen.push([key, part, status, flags, cas]),
        onError() {},
      });
    rig.pending.markMerged(2);
    const reply = Object.assign(rig.reply.reset('ok', 'item'), { key: 'b', flags: 7, cas: 9n });
    rig.pending.onReply(reply);
    rig.end();
    expect(seen).toEqual([
      ['b', 'whole', 'ok', 7, 9n],
      ['a', 'whole', 'miss', 0, 0n],
    ]);
  });

  it('any lines with any hits in any order: each caller receives its own reply, once', () => {
    const line = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.infiniteStream(fc.nat(2)), (lines, dice) => {
        const rig = new PendingRig(false, 2);
        const expected: string[] = [];
        for (const keys of lines) rig.merged(...keys);
        for (const keys of lines) {
          const isHit = new Map(keys.map((key) => [key, dice.next().value > 0]));
          const hits = keys.filter((key) => isHit.get(key));
          if (dice.next().value === 0) hits.reverse();
          for (const key of hits) rig.value(key);
          rig.end();
          expected.push(
            ...keys.map((key) => (isHit.get(key) === true ? `${key}: ${key}=${key}` : `${key}: miss`)).sort(),
          );
        }
        let at = 0;
        const told = lines.flatMap((keys) => rig.told.slice(at, (at += keys.length)).sort());
        expect(told).toEqual(expected);
        expect(rig.pending.length).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
