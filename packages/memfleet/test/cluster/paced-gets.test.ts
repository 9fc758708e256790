/** A get of very many keys: its pieces are sent a few at a time. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { ClosedError } from '../../src/core/errors.ts';
import { commandOf } from '../support/ask.ts';
import { ClusterRig } from './cluster-rig.ts';

const keys: readonly string[] = Array.from({ length: 1200 }, (_, n) => `a${n}`);

/** A rig with a connection, and a get of 1200 keys that waits for its first replies. */
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
  it('has two pieces in flight; each reply sends the next', () => {
    const { rig } = begun();
    const lines = rig.asked('n1');
    for (const [replied, reply] of ['VALUE a3 0 1\r\nx\r\nEND\r\n', 'END\r\n', 'END\r\n'].entries()) {
      expect(lines).toHaveLength(2 + replied);
      rig.say('n1', reply);
      lines.push(...rig.asked('n1'));
    }
    expect(lines.map((line) => line.split(' ').length - 1)).toEqual([250, 250, 250, 250, 200]);
    expect(lines.flatMap((line) => line.split(' ').slice(1))).toEqual(keys);
    expect(rig.told).toEqual(['item a3=x']);
    rig.say('n1', 'END\r\nEND\r\n');
    expect(rig.told).toEqual(['item a3=x', 'end']);
  });

  it('lets commands of other callers pass between its pieces', () => {
    const { rig } = begun();
    expect(asked(rig)).toEqual(['get 250', 'get 250']);
    rig.get('b');
    rig.get('a1199');
    rig.send(commandOf('delete', { key: 'c' }));
    expect(asked(rig)).toEqual(['mg b', 'mg a1199', 'md c']);
    rig.say('n1', 'END\r\n');
    expect(asked(rig)).toEqual(['get 250']);
  });

  it.each([
    ['a delete', commandOf('delete', { key: 'a1199' }), 'md a1199'],
    ['a get with a new ttl', commandOf('get', { key: 'a1199', touch: true, exptime: 9 }), 'mg a1199'],
    ['a flush', commandOf('flush'), 'flush_all undefined'],
  ])('is not overtaken by %s of one of its keys', (_, command, line) => {
    const { rig } = begun();
    expect(asked(rig)).toEqual(['get 250', 'get 250']);
    rig.send(command);
    expect(asked(rig)).toEqual(['get 250', 'get 250', 'get 200', line]);
    rig.say('n1', 'END\r\n'.repeat(5));
    expect(rig.told).toEqual(['end']);
  });

  it('is not overtaken by a write of its routing key', () => {
    const rig = new ClusterRig(['n1']);
    rig.scatter(commandOf('get', { keys, routingKey: 'a' }));
    rig.send(commandOf('delete', { key: 'z', routingKey: 'a' }));
    rig.open('n1');
    expect(asked(rig)).toEqual(['get 250', 'get 250', 'get 250', 'get 250', 'get 200', 'md z']);
  });

  it('whose caller is gone sends no further piece', () => {
    const { rig, command } = begun();
    expect(asked(rig)).toEqual(['get 250', 'get 250']);
    command.cancelled = true;
    rig.say('n1', 'END\r\nEND\r\n');
    expect(asked(rig)).toEqual([]);
    rig.send(commandOf('delete', { key: 'a1199' }));
    expect(asked(rig)).toEqual(['md a1199']);
  });

  it('fails with all keys when its deadline passes', () => {
    const { rig } = begun(100);
    asked(rig);
    rig.clock.advance(101);
    rig.clock.advance(20);
    expect(rig.told.map((text) => text.slice(-11))).toEqual([...Array.from({ length: 5 }, () => 'ERR_TIMEOUT'), 'end']);
    expect(rig.told.slice(0, 5).flatMap((text) => (text.split(' ')[1] as string).split('+'))).toEqual(keys);
  });

  it('ends before a graceful close, and with a fault for every key when all is destroyed', async () => {
    const graceful = begun().rig;
    expect(asked(graceful)).toEqual(['get 250', 'get 250']);
    const closed = graceful.cluster.close();
    expect(asked(graceful)).toEqual(['get 250', 'get 250', 'get 200']);
    graceful.say('n1', 'END\r\n'.repeat(5));
    expect(graceful.told).toEqual(['end']);
    graceful.dials('n1').at(-1)?.transport.take();
    void closed;

    const { rig } = begun();
    rig.cluster.destroy(new ClosedError('over'));
    const failed = rig.told.slice(0, -1).flatMap((text) => (text.split(' ')[1] as string).split('+'));
    expect([failed.length, new Set(failed).size, rig.told.at(-1)]).toEqual([1200, 1200, 'end']);
  });
});
