import { describe, expect, it } from 'vitest';
import { InFlightKeys } from '../../src/connection/in-flight-keys.ts';
import { Command, type Verb } from '../../src/core/command.ts';
import { memoryHeldBy } from '../support/memory.ts';

const get = (key: string): Command => new Command('get', key);
const write = (key: string, verb: Verb = 'store'): Command => new Command(verb, key);
const many = (...keys: string[]): Command => Object.assign(new Command('get'), { keys });
const gat = (key: string): Command => Object.assign(get(key), { touch: true });

describe('a command must follow', () => {
  it('one of its key, whatever the two do: even a get a get, or a write could stand behind one of two gets only', () => {
    const keys = new InFlightKeys();
    const inFlight = [get('read'), write('set'), write('counted', 'arith'), gat('touched'), new Command('noop')];
    const follows = (command: Command): boolean => keys.conflictsWith(command, inFlight);
    expect([get('read'), write('read'), gat('read')].map(follows)).toEqual([true, true, true]);
    expect(['set', 'counted', 'touched'].map((key) => follows(get(key)))).toEqual([true, true, true]);
    expect([get('other'), write('other'), new Command('noop')].map(follows)).toEqual([false, false, false]);
  });

  it('one of many keys if one of them is its own, and so does one of many keys', () => {
    const keys = new InFlightKeys();
    const inFlight = [many('a', 'b'), write('c')];
    const follows = (command: Command): boolean => keys.conflictsWith(command, inFlight);
    expect([write('b'), many('x', 'c'), many('b', 'y')].map(follows)).toEqual([true, true, true]);
    expect([write('x'), many('x', 'y')].map(follows)).toEqual([false, false]);
  });

  it('one that flushes all, and that one every other', () => {
    const keys = new InFlightKeys();
    expect(keys.conflictsWith(new Command('flush'), [new Command('noop')])).toBe(false);
    keys.push(get('a'), 1);
    expect(keys.conflictsWith(new Command('flush'), [])).toBe(true);
    keys.push(new Command('flush'), 2);
    expect([get('any'), many('x', 'y'), new Command('flush')].map((one) => keys.conflictsWith(one, []))).toEqual([
      true,
      true,
      true,
    ]);
    expect(keys.conflictsWith(new Command('version'), [])).toBe(false);
  });

  it('one of its routing key, whatever the keys', () => {
    const keys = new InFlightKeys();
    const routed = (key: string, routingKey: string): Command => Object.assign(write(key), { routingKey });
    const follows = (command: Command): boolean => keys.conflictsWith(command, [routed('page~l', 'page'), get('item')]);
    expect([get('page'), routed('x', 'page'), routed('item~l', 'item'), get('page~l')].map(follows)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([get('x'), routed('x', 'y')].map(follows)).toEqual([false, false]);
  });

  it('the keys sent since the first check, until nothing is in flight', () => {
    const keys = new InFlightKeys();
    expect(keys.conflictsWith(get('a'), [])).toBe(false);
    keys.push(write('a'), 1);
    expect(keys.conflictsWith(get('a'), [])).toBe(true);
    keys.clear();
    expect(keys.conflictsWith(get('a'), [])).toBe(false);
  });

  it('known by keys of its own: the text of the chunk that a key came in is not kept', () => {
    const keys = new InFlightKeys();
    keys.conflictsWith(get('none'), []);
    const held = memoryHeldBy(() => {
      for (let i = 0; i < 1000; i++) {
        const chunk = Buffer.alloc(16_384, `set memfleet:${i}:key `).toString('latin1');
        keys.push(write(chunk.slice(4, 24)), 1000);
      }
    });
    expect(held).toBeLessThan(2 * 1024 * 1024);
    expect(keys.conflictsWith(get('memfleet:999:key set'), [])).toBe(true);
  });

  it('only what is still in flight, some time after', () => {
    const keys = new InFlightKeys();
    expect(keys.conflictsWith(get('old'), [write('old')])).toBe(true);
    for (let i = 0; i < 2000; i++) keys.push(get(`k${i}`), 1);
    expect(keys.conflictsWith(get('old'), [write('new')])).toBe(false);
    expect(keys.conflictsWith(get('new'), [])).toBe(true);
  });
});
