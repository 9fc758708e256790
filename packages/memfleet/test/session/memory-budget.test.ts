import { describe, expect, it } from 'vitest';
import { MemoryBudget, Reservation } from '../../src/session/memory-budget.ts';
import { manualRig } from '../support/session-rig.ts';

const hundred = 100 * 1024;
const body = 'x'.repeat(hundred);

describe('the budget of large values', () => {
  it('lets values in as long as there is room, then first come first served', () => {
    const budget = new MemoryBudget(100);
    const admitted: string[] = [];
    const guests = ['a', 'b', 'c', 'd'].map((name) => new Reservation(budget, () => admitted.push(name)));
    for (const guest of guests) guest.begin(60);
    expect(guests.map(({ state }) => state)).toEqual(['admitted', 'waiting', 'waiting', 'waiting']);
    guests[1]?.end();
    guests[0]?.end();
    expect(admitted).toEqual(['c']);
    guests[2]?.end();
    guests[3]?.end();
    expect(budget.used).toBe(0);
  });

  it('always lets one in, however large', () => {
    const budget = new MemoryBudget(100);
    const guest = new Reservation(budget, () => {});
    guest.begin(1000);
    expect(guest.state).toBe('admitted');
  });
});

describe('sessions that receive large values', () => {
  it('are read one after the other when they are more than fit, and every value is stored', () => {
    const budget = new MemoryBudget(150 * 1024);
    const rig = manualRig({ memoryBudget: budget });
    const clients = Array.from({ length: 3 }, () => rig.connect().client);
    for (const [i, client] of clients.entries()) client.say(`set k${i} 0 0 ${hundred}\r\n${body.slice(0, 1000)}`);
    expect(clients.map(({ far }) => far.isPaused)).toEqual([false, true, true]);
    for (const client of clients) client.say(`${body.slice(1000)}\r\n`);
    for (const [i, client] of clients.entries()) {
      expect(rig.dispatcher.pending.map(({ command }) => command.key)).toEqual([`k${i}`]);
      expect(rig.dispatcher.look(`k${i}`).command.value).toHaveLength(hundred);
      rig.dispatcher.status(`k${i}`, 'ok');
      rig.clock.turn();
      for (const other of clients) other.flow();
      expect(client.take()).toBe('STORED\r\n');
    }
    expect(budget.used).toBe(0);
  });

  it('give their room back when the client goes away, while it waits, receives or is sent its replies', () => {
    const budget = new MemoryBudget(150 * 1024);
    const rig = manualRig({ memoryBudget: budget });
    const [stored, receiving, waiting, last] = Array.from({ length: 4 }, () => rig.connect().client);
    stored?.say(`set a 0 0 ${hundred}\r\n${body}\r\n`);
    receiving?.say(`set b 0 0 ${hundred}\r\n${body.slice(0, 10)}`);
    waiting?.say(`set c 0 0 ${hundred}\r\n${body.slice(0, 10)}`);
    last?.say(`set d 0 0 ${hundred}\r\n${body.slice(0, 10)}`);
    expect([receiving, waiting, last].map((client) => client?.far.isPaused)).toEqual([true, true, true]);
    waiting?.transport.destroy();
    stored?.transport.destroy();
    expect(receiving?.far.isPaused).toBe(false);
    receiving?.transport.destroy();
    expect(last?.far.isPaused).toBe(false);
    last?.transport.destroy();
    expect(budget.used).toBe(0);
  });

  it('that stop in the middle do not keep the others waiting for ever', () => {
    const budget = new MemoryBudget(150 * 1024);
    const rig = manualRig({ memoryBudget: budget, bounds: { stallTimeout: 5000 } });
    const one = rig.connect();
    const other = rig.connect();
    one.client.say(`set a 0 0 ${hundred}\r\n123`);
    other.client.say(`set b 0 0 ${hundred}\r\n123`);
    for (let i = 0; i < 7; i++) for (const { session } of [one, other]) session.watch(1000);
    expect(one.client.isClosed).toBe(true);
    expect(rig.context.counters.slowKicks).toBe(1);
    expect(other.client.isClosed).toBe(false);
    expect(other.client.far.isPaused).toBe(false);
  });

  it('whose requests are refused in the middle leave nothing behind', () => {
    const budget = new MemoryBudget(150 * 1024);
    const rig = manualRig({ memoryBudget: budget });
    const { client } = rig.connect();
    client.say(`set a 0 0 ${hundred}\r\n${body}no line end\r\n`);
    rig.turn(client);
    expect(client.take()).toContain('CLIENT_ERROR bad data chunk');
    expect(budget.used).toBe(0);
  });
});

describe('a pipeline of large replies', () => {
  it('has fewer commands in flight the larger they are, and more again when they get smaller', () => {
    const rig = manualRig({ bounds: { maxOutput: 100_000, firstInFlight: 4 } });
    const { client } = rig.connect();
    client.say('get k\r\n'.repeat(2000));
    // Nobody knows how large the first ones are.
    expect(rig.dispatcher.pending).toHaveLength(4);
    const answer = (value: string): void => {
      for (let count = rig.dispatcher.pending.length; count > 0; count--) rig.dispatcher.hit('k', value);
      rig.turn(client);
    };
    answer('x'.repeat(50_000));
    expect(rig.dispatcher.pending.length).toBeLessThanOrEqual(8);
    let most = 0;
    while (rig.dispatcher.pending.length > 0) {
      answer('small');
      most = Math.max(most, rig.dispatcher.pending.length);
    }
    expect(most).toBeGreaterThan(128);
  });
});
