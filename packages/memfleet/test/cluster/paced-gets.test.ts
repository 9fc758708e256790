/** A get of very many keys: its pieces are sent a few at a time. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { ClosedError } from '../../src/core/errors.ts';
import { commandOf } from '../support/ask.ts';
import { ClusterRig } from './cluster-rig.ts';

const keys: readonly string[] = Array.from({ length: 1700 }, (_, n) => `a${n}`);
/** Its pieces, in flight and not sent. */
const [four, three] = [
  ['get 250', 'get 250', 'get 250', 'get 250'],
  ['get 250', 'get 250', 'get 200'],
];

/** A rig with a connection, and a get of 1700 keys that waits for its first replies. */
function begun(timeout = 0): { rig: ClusterRig; command: Command } {
  const rig = new ClusterRig(['n1']);
  rig.get('a');
  rig.open('n1');
  rig.asked('n1');
  rig.say('n1', 'EN\r\n');
  rig.told.splice(0);
  const command = commandOf('get', { keys });
  if (timeout > 0) command.deadline = rig.clock.now() + timeout;
  rig.scatter(command);
  return { rig, command };
}

/** What the node is asked for, with the number of keys in place of many. */
const asked = (rig: ClusterRig): string[] =>
  rig.asked('n1').map((line) => {
    const words = line.split(' ');
    return words[0] === 'get' ? `get ${words.length - 1}` : `${words[0]} ${words[1]}`;
  });

describe('a get of more than 1000 keys', () => {
  it('has four pieces in flight while no other caller uses the node; each reply sends the next', () => {
    const { rig } = begun();
    const lines = rig.asked('n1');
    for (const [replied, reply] of ['VALUE a3 0 1\r\nx\r\nEND\r\n', 'END\r\n', 'END\r\n'].entries()) {
      expect(lines).toHaveLength(4 + replied);
      rig.say('n1', reply);
      lines.push(...rig.asked('n1'));
    }
    expect(lines.map((line) => line.split(' ').length - 1)).toEqual([250, 250, 250, 250, 250, 250, 200]);
    expect(lines.flatMap((line) => line.split(' ').slice(1))).toEqual(keys);
    expect(rig.told).toEqual(['item a3=x']);
    rig.say('n1', 'END\r\n'.repeat(4));
    expect(rig.told).toEqual(['item a3=x', 'end']);
  });

  it('lets commands of other callers pass between its pieces, of which two are then in flight', () => {
    const { rig } = begun();
    expect(asked(rig)).toEqual(four);
    rig.get('b');
    rig.get('a1699');
    rig.send(commandOf('delete', { key: 'c' }));
    expect(asked(rig)).toEqual(['mg b', 'mg a1699', 'md c']);
    rig.say('n1', 'END\r\nEND\r\n');
    expect(asked(rig)).toEqual([]);
    rig.say('n1', 'END\r\n');
    expect(asked(rig)).toEqual(['get 250']);
  });

  it.each([
    ['a delete', commandOf('delete', { key: 'a1699' }), 'md a1699'],
    ['a get with a new ttl', commandOf('get', { key: 'a1699', touch: true, exptime: 9 }), 'mg a1699'],
    ['a flush', commandOf('flush'), 'flush_all undefined'],
  ])('is not overtaken by %s of one of its keys', (_, command, line) => {
    const { rig } = begun();
    expect(asked(rig)).toEqual(four);
    rig.send(command);
    expect(asked(rig)).toEqual([...three, line]);
    rig.say('n1', 'END\r\n'.repeat(7));
    expect(rig.told).toEqual(['end']);
  });

  it('is not overtaken by a write of its routing key', () => {
    const rig = new ClusterRig(['n1']);
    rig.scatter(commandOf('get', { keys, routingKey: 'a' }));
    rig.send(commandOf('delete', { key: 'z', routingKey: 'a' }));
    rig.open('n1');
    expect(asked(rig)).toEqual([...four, ...three, 'md z']);
  });

  it('whose caller is gone sends no further piece', () => {
    const { rig, command } = begun();
    expect(asked(rig)).toEqual(four);
    command.cancelled = true;
    rig.say('n1', 'END\r\n'.repeat(4));
    expect(asked(rig)).toEqual([]);
    rig.send(commandOf('delete', { key: 'a1699' }));
    expect(asked(rig)).toEqual(['md a1699']);
  });

  it('is sent at once where eight others are in progress', () => {
    const { rig } = begun();
    for (let n = 0; n < 8; n++) rig.scatter(commandOf('get', { keys }));
    expect(asked(rig)).toHaveLength(4 + 7 * 2 + 7);
  });

  it('that is too long to know its keys is sent before any write', () => {
    const rig = new ClusterRig(['n1'], {}, 1, 1000);
    rig.scatter(commandOf('get', { keys: Array.from({ length: 25_000 }, (_, n) => `a${n}`) }));
    rig.get('b');
    rig.send(commandOf('delete', { key: 'c' }));
    rig.open('n1');
    expect(asked(rig)).toEqual([...four, 'mg b', ...Array.from({ length: 96 }, () => 'get 250'), 'md c']);
  });

  it.each([
    [
      'a read, where it sets the ttl of its keys itself',
      { touch: true, exptime: 9 },
      commandOf('get', { key: 'a1699' }),
    ],
    ['a meta get that makes an item', {}, commandOf('get', { key: 'a1699', meta: { tokens: ['N30'], vivify: 30 } })],
  ])('is not overtaken by %s', (_, fields, command) => {
    const rig = new ClusterRig(['n1']);
    rig.scatter(commandOf('get', { keys, ...fields }));
    rig.send(command);
    rig.open('n1');
    const lines = rig.asked('n1');
    expect(lines).toHaveLength(8);
    expect(lines.at(-1)).toMatch(/^mg a1699 /);
  });

  it('of millions of keys fails with each of them where the node is down, however deep the stack', () => {
    const rig = new ClusterRig(['n1']);
    rig.get('a');
    rig.refuse('n1');
    rig.told.splice(0);
    rig.scatter(commandOf('get', { keys: Array.from({ length: 2_000_000 }, () => 'a') }));
    expect(rig.told).toHaveLength(8001);
    expect(rig.told.at(-1)).toBe('end');
  });

  it('fails with all keys when its deadline passes; the rest is not sent then', () => {
    const { rig } = begun(100);
    expect(asked(rig)).toEqual(four);
    rig.clock.advance(101);
    expect(asked(rig)).toEqual([]);
    expect(rig.told.map((text) => text.slice(-11))).toEqual([...Array.from({ length: 7 }, () => 'ERR_TIMEOUT'), 'end']);
    expect(new Set(rig.told.slice(0, 7).flatMap((text) => (text.split(' ')[1] as string).split('+')))).toEqual(
      new Set(keys),
    );
  });

  it('ends before a graceful close, and with a fault for every key when all is destroyed', async () => {
    const graceful = begun().rig;
    expect(asked(graceful)).toEqual(four);
    const closed = graceful.cluster.close();
    expect(asked(graceful)).toEqual(three);
    graceful.say('n1', 'END\r\n'.repeat(7));
    expect(graceful.told).toEqual(['end']);
    graceful.dials('n1').at(-1)?.transport.take();
    void closed;

    const { rig } = begun();
    rig.cluster.destroy(new ClosedError('over'));
    const failed = rig.told.slice(0, -1).flatMap((text) => (text.split(' ')[1] as string).split('+'));
    expect([failed.length, new Set(failed).size, rig.told.at(-1)]).toEqual([1700, 1700, 'end']);
  });
});
