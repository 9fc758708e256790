import { describe, expect, it } from 'vitest';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';
import { type SessionRig, storeRig } from '../support/session-rig.ts';

const item = (key: string, value: string): string => `VALUE ${key} 0 ${value.length}\r\n${value}\r\n`;

/** A rig, a client of it, and its items: keys `a0` … with values of these lengths. */
function stored(lengths: readonly number[]): { rig: SessionRig; client: ReturnType<SessionRig['connect']>['client'] } {
  const rig = storeRig();
  const { client } = rig.connect();
  for (const [number, length] of lengths.entries()) {
    const value = String(number % 10).repeat(length);
    expect(client.ask(`set a${number} 0 0 ${length}\r\n${value}\r\n`)).toBe('STORED\r\n');
  }
  return { rig, client };
}

const answer = (lengths: readonly number[]): string =>
  `${lengths.map((length, number) => item(`a${number}`, String(number % 10).repeat(length))).join('')}END\r\n`;
const line = (lengths: readonly number[], verb = 'get'): string =>
  `${verb}${lengths.map((_, number) => ` a${number}`).join('')}\r\n`;

describe('a text get of many keys', () => {
  it.each([
    ['of every alignment', Array.from({ length: 40 }, (_, number) => number)],
    ['that are more than are handed on at once', Array.from({ length: 60 }, () => 900)],
    ['that are longer than those that are handed on together', [1, 2000, 3, 4, 5000, 6]],
    ['that lie outside the segments', [10, 900_000, 20]],
  ])('gets items %s in the order of the keys', (_, lengths) => {
    const { rig, client } = stored(lengths);
    client.say(line(lengths));
    rig.settle(client);
    expect(client.take()).toBe(answer(lengths));
  });

  it('leaves out what is missing, and has the same items with a cas', () => {
    const { client } = stored([1, 2]);
    expect(client.ask('get x a0 y a1 z\r\n')).toBe(answer([1, 2]));
    expect(client.ask('get x y\r\n')).toBe('END\r\n');
    expect(client.ask('gets a0 x a1\r\n')).toBe('VALUE a0 0 1 1\r\n0\r\nVALUE a1 0 2 2\r\n11\r\nEND\r\n');
    expect(client.ask('gat 100 a0 a1\r\n')).toBe(answer([1, 2]));
  });

  it('counts hits for `stats detail`, and is seen by watchers', () => {
    const { rig, client } = stored([1, 2]);
    client.ask('set p:1 0 0 1\r\n1\r\nstats detail on\r\n');
    expect(client.ask('get p:1 p:2\r\n')).toBe(`${item('p:1', '1')}END\r\n`);
    expect(client.ask('stats detail dump\r\n')).toBe('PREFIX p get 2 hit 1 set 0 del 0\r\nEND\r\n');
    const watcher = rig.connect().client;
    watcher.ask('watch fetchers\r\n');
    client.ask('get a0 x\r\n');
    rig.turn(watcher);
    expect(watcher.take()).toMatch(/key=a0 status=found[\s\S]*key=x status=not_found/);
  });

  it('that waits behind a reply keeps its place', () => {
    const { rig, client } = stored([1, 2]);
    const manual = new ManualDispatcher();
    const store = rig.dispatcher;
    rig.context.dispatcher = {
      dispatch: (command, handler) => (command.key === 'late' ? manual : store).dispatch(command, handler),
    };
    client.say('get late\r\nget a0 a1\r\nget a0\r\n');
    rig.turn(client);
    expect(client.take()).toBe('');
    manual.hit('late', 'x');
    rig.settle(client);
    expect(client.take()).toBe(`${item('late', 'x')}END\r\n${answer([1, 2])}${answer([1])}`);
  });
});
