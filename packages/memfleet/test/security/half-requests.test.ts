/** Attack: requests that never become complete, and what a client may do before it has logged in. */
import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../src/session/memory-budget.ts';
import { packet } from '../support/packets.ts';
import { manualRig, storeRig } from '../support/session-rig.ts';

const bounds = { requestTimeout: 10_000, stallTimeout: 1_000_000 };

describe('a request that does not become complete', () => {
  const halves: readonly (readonly [name: string, said: string])[] = [
    ['a line without its end', 'get some:key'],
    ['a get line of a megabyte without its end', `get ${'some:key '.repeat(100_000)}`],
    ['a value of which nothing comes', 'set k 0 0 10\r\n'],
    ['a value of which all but its end comes', `set k 0 0 65536\r\n${'x'.repeat(65_536)}`],
    ['a large value', `set k 0 0 200000\r\n${'x'.repeat(1000)}`],
    ['a refused value', `set k 0 0 10000000\r\n${'x'.repeat(1000)}`],
    ['a binary header', packet(0x00, { key: 'k' }).slice(0, 10)],
    ['a binary value', packet(0x01, { key: 'k', extras: '\0'.repeat(8), value: 'x'.repeat(70_000) }).slice(0, 60_000)],
  ];

  it.each(halves)('(%s) closes its session when its time is over', (_name, said) => {
    const rig = storeRig({ bounds, limits: { maxValue: 1_000_000 } });
    const { client, session } = rig.connect();
    client.say(said);
    rig.settle(client);
    for (let i = 0; i < 10; i++) session.watch(1000);
    expect(client.isClosed).toBe(false);
    session.watch(1000);
    expect(client.isClosed).toBe(true);
    expect(rig.context.counters.slowKicks).toBe(1);
  });

  it('has its time, however slowly it comes, and no more: single bytes do not make it longer', () => {
    const rig = storeRig({ bounds });
    const { client, session } = rig.connect();
    for (let i = 0; i < 20 && !client.isClosed; i++) {
      client.say('g');
      session.watch(1000);
    }
    expect(client.isClosed).toBe(true);
  });

  it('may take longer when its value is large, for each megabyte', () => {
    const rig = storeRig({ bounds, limits: { maxValue: 10_000_000 } });
    const { client, session } = rig.connect();
    client.say('set k 0 0 5000000\r\n');
    for (let i = 0; i < 45; i++) {
      client.say('x'.repeat(100_000));
      session.watch(1000);
    }
    client.say('x'.repeat(500_000));
    expect(client.isClosed).toBe(false);
    expect(client.ask('\r\n')).toMatch(/^(STORED|SERVER_ERROR)/);
  });

  it('does not end a session whose requests are complete, nor one that we do not read', () => {
    const rig = manualRig({ bounds: { ...bounds, maxInFlight: 1 } });
    const { client, session } = rig.connect();
    client.say('get a\r\nget b');
    for (let i = 0; i < 30; i++) session.watch(1000);
    expect(client.isClosed).toBe(false);
    rig.dispatcher.status('a', 'miss');
    rig.turn(client);
    client.say('\r\n');
    rig.dispatcher.status('b', 'miss');
    rig.turn(client);
    for (let i = 0; i < 30; i++) session.watch(1000);
    expect(client.take()).toBe('END\r\nEND\r\n');
    expect(client.isClosed).toBe(false);
  });

  it('is counted: values that come in pieces wait when all of them take too much', () => {
    const budget = new MemoryBudget(300_000);
    const rig = storeRig({ memoryBudget: budget });
    const clients = Array.from({ length: 10 }, () => rig.connect().client);
    for (const client of clients) client.say(`set k 0 0 65000\r\n${'x'.repeat(1000)}`);
    expect(budget.used).toBeLessThanOrEqual(300_000);
    expect(clients.filter((client) => client.far.isPaused).length).toBeGreaterThanOrEqual(5);
    for (const client of clients) client.transport.destroy();
    expect(budget.used).toBe(0);
  });
});

describe('a client that has not logged in', () => {
  const authenticate = (user: string, password: string): boolean => user === 'ada' && password === 'right';
  const login = (password: string): string => `set x 0 0 ${4 + password.length}\r\nada ${password}\r\n`;
  const wrong = 'CLIENT_ERROR authentication failure\r\n';

  it('cannot send large values; one that has logged in can', () => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    const large = `set k 0 0 5000\r\n${'x'.repeat(5000)}\r\n`;
    client.say('set k 0 0 900000\r\n');
    expect(rig.context.memoryBudget.used).toBe(0);
    expect(client.take()).toBe('CLIENT_ERROR unauthenticated\r\n');
    client.say(`${'x'.repeat(900_000)}\r\n`);
    expect(client.ask(`${login('right')}${large}`)).toBe('STORED\r\nSTORED\r\n');
  });

  it('is read no more for a while after a wrong password, ever longer', () => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      let waited = 0;
      expect(client.ask(login('guess'))).toBe(wrong);
      client.say('version\r\n');
      while (client.received === '') {
        rig.clock.advance(50);
        client.flow();
        waited += 50;
      }
      expect(client.take()).toBe('CLIENT_ERROR unauthenticated\r\n');
      waits.push(waited);
    }
    expect(waits).toEqual([250, 500, 1000, 2000]);
  });

  it('is closed after five wrong passwords, though it pipelines them', () => {
    let asked = 0;
    const rig = storeRig({
      authenticate: () => {
        asked++;
        return false;
      },
    });
    const { client } = rig.connect();
    client.say(login('guess').repeat(100));
    expect(asked).toBe(1);
    rig.clock.advance(10_000);
    rig.settle(client);
    expect(asked).toBe(5);
    expect(client.take()).toBe(wrong.repeat(5));
    expect(client.isEnded).toBe(true);
  });

  it('comes in with the right password after a wrong one, when it has waited', () => {
    const rig = storeRig({ authenticate });
    const { client } = rig.connect();
    client.say(`${login('guess')}${login('right')}mn\r\n`);
    expect(client.take()).toBe(wrong);
    rig.clock.advance(250);
    rig.settle(client);
    expect(client.take()).toBe('STORED\r\nMN\r\n');
  });
});
