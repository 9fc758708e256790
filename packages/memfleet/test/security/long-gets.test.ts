/** Attack: one get line that makes the server hold a gigabyte, be it keys or values. */
import { describe, expect, it } from 'vitest';
import { MemcacheError } from '../../src/core/errors.ts';
import { memoryHeldBy } from '../support/memory.ts';
import { manualRig, storeRig } from '../support/session-rig.ts';

const maxOutput = 64 * 1024;

describe('a get of thousands of keys, of which the client reads no value', () => {
  it.each([
    ['get', 100, ''],
    ['gets', 10_000, ''],
    ['gat 0', 10_000, ''],
    ['get', 60_000, ''],
    ['get', 10_000, 'no:such:key '],
  ])(
    '(%s, values of %i bytes) holds little more than the bound of a session, and gets its whole reply',
    (verb, length, between) => {
      const rig = storeRig({ bounds: { maxOutput } });
      const { client } = rig.connect();
      client.ask(`set m 0 0 ${length}\r\n${'x'.repeat(length)}\r\n`);
      const count = Math.min(20_000, Math.ceil(3_000_000 / length));
      client.far.window = 1000;
      client.transport.pause();
      client.say(`${verb} ${`m ${between}`.repeat(count)}\r\nmn\r\n`);
      rig.clock.turn();
      // The bound, what is encoded before it is looked at, and the values of one piece.
      expect(client.far.bufferedBytes).toBeLessThan(maxOutput + 2 * 256 * 1024 + 4 * length);
      expect(client.far.isPaused).toBe(true);
      client.far.window = Infinity;
      client.transport.resume();
      rig.settle(client);
      const said = client.take();
      expect(said.match(/VALUE m /gu)).toHaveLength(count);
      expect(said.endsWith('x\r\nEND\r\nMN\r\n')).toBe(true);
    },
  );

  it('is forgotten when the client goes away', () => {
    const rig = storeRig({ bounds: { maxOutput } });
    const { client } = rig.connect();
    client.ask(`set m 0 0 10000\r\n${'x'.repeat(10_000)}\r\n`);
    client.far.window = 1000;
    client.transport.pause();
    client.say(`get ${'m '.repeat(50_000)}\r\n`);
    client.transport.destroy();
    rig.clock.turn();
    expect(rig.closed).toHaveLength(1);
  });
});

describe('a get line that never ends', () => {
  it('gets its replies as it comes, and takes no memory', () => {
    const rig = storeRig();
    const { client } = rig.connect();
    client.ask('set m 0 0 1\r\nx\r\n');
    client.say('get');
    const keys = ` m${' unknown:key:of:some:length'.repeat(2000)}`;
    const held = memoryHeldBy(() => {
      for (let i = 0; i < 800; i++) {
        client.say(keys);
        rig.settle(client);
      }
    });
    expect(held).toBeLessThan(16 * 1024 * 1024);
    expect(client.take()).toBe('VALUE m 0 1\r\nx\r\n'.repeat(800));
    expect(client.ask('\r\nmn\r\n')).toBe('END\r\nMN\r\n');
  });

  it('whose next key is too long ends with an error, after the values that were sent', () => {
    const rig = storeRig();
    const { client } = rig.connect();
    client.ask('set m 0 0 1\r\nx\r\n');
    client.say(`get ${'m '.repeat(5000)}${'k'.repeat(251)} ${'m '.repeat(5000)}\r\nmn\r\n`);
    rig.settle(client);
    const said = client.take();
    expect(said.replaceAll('VALUE m 0 1\r\nx\r\n', '')).toBe('CLIENT_ERROR bad command line format\r\nMN\r\n');
    expect(said.match(/VALUE/gu)?.length).toBeGreaterThan(4900);
  });
});

describe('the pieces of one get', () => {
  const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);

  function asked() {
    const rig = manualRig({ bounds: { firstInFlight: 400, maxKeys: 100 } });
    const { client } = rig.connect();
    client.say(`get ${keys.join(' ')}\r\nget last\r\n`);
    rig.clock.turn();
    const pieces = rig.dispatcher.pending.map(({ command }) => command.keys ?? [command.key]);
    const first = (index: number): string => pieces[index]?.[0] ?? '';
    return { rig, client, pieces, first };
  }

  it('get one reply, in the order of the keys, whatever order the replies of the nodes come in', () => {
    const { rig, client, pieces, first } = asked();
    expect(pieces.flat()).toEqual([...keys, 'last'].slice(0, pieces.flat().length));
    expect(pieces.length).toBeGreaterThan(3);
    const order = pieces.map((_, i) => i).toReversed();
    for (const index of order) {
      if (first(index) === 'last') rig.dispatcher.hit('last', 'v');
      else rig.dispatcher.items(first(index), { [first(index)]: 'v' });
    }
    while (rig.dispatcher.pending.length > 0 || client.received === '') {
      rig.turn(client);
      for (const { command } of rig.dispatcher.pending.slice()) {
        if (command.keys === undefined) rig.dispatcher.hit(command.key, 'v');
        else rig.dispatcher.items(command.keys[0] ?? '', {});
      }
    }
    rig.settle(client);
    const said = client.take();
    const answered = [...said.matchAll(/VALUE (\w+)/gu)].map((match) => match[1]);
    expect(answered).toEqual([...answered].sort((a, b) => Number(a?.slice(1)) - Number(b?.slice(1))));
    expect(said.match(/END\r\n/gu)).toHaveLength(2);
    expect(said.endsWith('END\r\nVALUE last 0 1\r\nv\r\nEND\r\n')).toBe(true);
  });

  it('say the first failure in place of END, with the values of the others', () => {
    const { rig, client, first } = asked();
    rig.dispatcher.items(first(2), { [first(2)]: 'v' });
    rig.dispatcher.fail(first(1), new MemcacheError('node is out'));
    rig.dispatcher.items(first(0), { [first(0)]: 'v' });
    rig.turn(client);
    while (rig.dispatcher.pending.length > 0) {
      for (const { command } of rig.dispatcher.pending.slice()) {
        if (command.keys === undefined) rig.dispatcher.status(command.key, 'miss');
        else rig.dispatcher.items(command.keys[0] ?? '', {});
      }
      rig.turn(client);
    }
    rig.settle(client);
    expect(client.take()).toBe(
      `VALUE ${first(0)} 0 1\r\nv\r\nVALUE ${first(2)} 0 1\r\nv\r\nSERVER_ERROR node is out\r\nEND\r\n`,
    );
  });
});
