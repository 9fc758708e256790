/** One order for the commands of a key, however many connections there are. */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import type { ScriptedTransport } from '../support/scripted-transport.ts';
import { PoolRig } from './pool-rig.ts';

const largeAnswer = `VA 100000 f0\r\n${'x'.repeat(1000)}`;
const restOfIt = `${'x'.repeat(99_000)}\r\n`;

/** A pool of two connections, the first of which is in the middle of a large value. */
function busyRig(options = {}): { rig: PoolRig; first: ScriptedTransport; second: ScriptedTransport } {
  const rig = new PoolRig({ max: 2, ...options });
  rig.get('large');
  const first = rig.open();
  rig.asked(first);
  first.say(largeAnswer);
  rig.get('meanwhile');
  const second = rig.open(1);
  expect(rig.asked(first)).toEqual(['meanwhile']);
  return { rig, first, second };
}

/** Dispatches a command; `told` gets its name with the outcome. */
function send(rig: PoolRig, command: Command, name = `${command.verb} ${command.key}`): void {
  rig.pool.dispatch(command, {
    onReply: (reply) => {
      if (reply.part !== 'item') rig.told.push(`${name}: ${reply.status}`);
    },
    onError: (error) => void rig.told.push(`${name}: ${error.code}`),
  });
  rig.clock.turn();
}

const set = (key: string): Command => Object.assign(new Command('store', key), { value: 'v' });
const getMany = (...keys: string[]): Command => Object.assign(new Command('get'), { keys, isPlainKey: true });

describe('a command goes to the connection that has its key in flight', () => {
  it('also a get behind a get, so that a write comes after both', () => {
    const { rig, first, second } = busyRig();
    rig.get('meanwhile');
    send(rig, set('meanwhile'));
    expect(first.take()).toBe('mg meanwhile v f\r\nms meanwhile 1\r\nv\r\n');
    rig.get('other');
    expect(rig.asked(second)).toEqual(['other']);
  });

  it('and waits while that one is full, so that no command overtakes', () => {
    const { rig, first, second } = busyRig({ maxInFlight: 2 });
    rig.get('meanwhile');
    rig.get('other');
    rig.clock.turn();
    expect([first.take(), second.take()]).toEqual(['', '']);
    expect(rig.pool.stats().waiting).toBe(2);
    first.say(restOfIt);
    rig.clock.turn();
    expect([first.take(), second.take()]).toEqual(['mg meanwhile v f\r\n', 'mg other v f\r\n']);
  });

  it('and goes to another one when that one has ended', () => {
    const { rig, first, second } = busyRig({ maxInFlight: 2 });
    rig.get('meanwhile');
    first.drop(new Error('reset'));
    expect(rig.asked(second)).toEqual(['meanwhile']);
  });

  it('and waits while that one finishes what it has before it is replaced', () => {
    const rig = new PoolRig({ maxLifetime: 10_000 });
    rig.get('slow');
    const first = rig.open();
    rig.asked(first);
    rig.clock.advance(11_100);
    rig.get('other');
    const second = rig.open(1);
    expect(rig.answer(second)).toEqual(['other']);
    send(rig, set('slow'));
    expect(second.take()).toBe('');
    first.say('EN\r\n');
    rig.clock.turn();
    expect(second.take()).toBe('ms slow 1\r\nv\r\n');
    expect(rig.told).toEqual(['other: other', 'slow: miss']);
  });
});

describe('a command of many keys', () => {
  it('goes where one of its keys is in flight', () => {
    const { rig, first, second } = busyRig();
    send(rig, getMany('a', 'meanwhile'));
    expect(first.take()).toContain('meanwhile');
    expect(second.take()).toBe('');
    send(rig, set('a'));
    expect(first.take()).toBe('ms a 1\r\nv\r\n');
  });

  it('waits while its keys are in flight on two, and all others behind it', () => {
    const { rig, first, second } = busyRig();
    rig.get('b');
    expect(rig.asked(second)).toEqual(['b']);
    send(rig, getMany('meanwhile', 'b'));
    rig.get('c');
    rig.clock.turn();
    expect([first.take(), second.take()]).toEqual(['', '']);
    second.say('EN\r\n');
    rig.clock.turn();
    expect(first.take()).toContain('meanwhile');
    expect(rig.asked(second)).toEqual(['c']);
  });

  it('that flushes all comes after everything, and everything after it', () => {
    const { rig, first, second } = busyRig();
    rig.get('b');
    expect(rig.asked(second)).toEqual(['b']);
    send(rig, new Command('flush'));
    rig.get('c');
    rig.clock.turn();
    expect([first.take(), second.take()]).toEqual(['', '']);
    second.say('EN\r\n');
    rig.clock.turn();
    expect(first.take()).toBe('flush_all\r\nmg c v f\r\n');
    expect(second.take()).toBe('');
  });
});

it('calls that run one at a time on a connection go to any that is free', () => {
  const rig = new PoolRig({ exclusive: true, max: 2 });
  rig.get('a');
  const first = rig.open();
  rig.asked(first);
  rig.get('a');
  expect(rig.asked(rig.open(1))).toEqual(['a']);
});
