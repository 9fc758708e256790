import { describe, expect, it } from 'vitest';
import { Command, type Verb } from '../../src/command.ts';
import { KeysUnderWay } from '../../src/net/keys-under-way.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

const get = (key: string): Command => new Command('get', key);
const write = (key: string, verb: Verb = 'store'): Command => new Command(verb, key);
const gat = (key: string): Command => Object.assign(get(key), { touch: true });

describe('a command must follow', () => {
  it('one that changes its item, and a get only if it changes the item itself', () => {
    const keys = new KeysUnderWay();
    const underWay = [get('read'), write('set'), write('counted', 'arith'), gat('touched'), new Command('noop')];
    const follows = (command: Command): boolean => keys.mustFollow(command, underWay);
    expect([get('read'), write('read'), gat('read')].map(follows)).toEqual([false, true, true]);
    expect(['set', 'counted', 'touched'].map((key) => follows(get(key)))).toEqual([true, true, true]);
    expect([get('other'), write('other'), new Command('noop')].map(follows)).toEqual([false, false, false]);
  });

  it('what was sent since it was first asked, until nothing is under way', () => {
    const keys = new KeysUnderWay();
    expect(keys.mustFollow(get('a'), [])).toBe(false);
    keys.push(write('a'), 1);
    expect(keys.mustFollow(get('a'), [])).toBe(true);
    keys.clear();
    expect(keys.mustFollow(get('a'), [])).toBe(false);
  });

  it('known by keys of its own: the text of the chunk that a key came in is not kept', () => {
    const keys = new KeysUnderWay();
    keys.mustFollow(get('none'), []);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1000; i++) {
      const chunk = Buffer.alloc(16_384, `set memfleet:${i}:key `).toString('latin1');
      keys.push(write(chunk.slice(4, 24)), 1000);
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 * 1024 * 1024);
    expect(keys.mustFollow(get('memfleet:999:key set'), [])).toBe(true);
  });

  it('only what is still under way, some time after', () => {
    const keys = new KeysUnderWay();
    expect(keys.mustFollow(get('old'), [write('old')])).toBe(true);
    for (let i = 0; i < 2000; i++) keys.push(get(`k${i}`), 1);
    expect(keys.mustFollow(get('old'), [write('new')])).toBe(false);
    expect(keys.mustFollow(get('new'), [])).toBe(true);
  });
});
