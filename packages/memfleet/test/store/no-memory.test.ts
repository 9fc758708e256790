/** The process gets no more memory, long before the bound of the store: in a container, under a limit of the shell. */
import { afterEach, expect, it } from 'vitest';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { MemoryClient } from '../support/memory-client.ts';
import { SessionRig } from '../support/session-rig.ts';
import { StoreMemory } from '../support/store-memory.ts';

const memory = new StoreMemory();
afterEach(() => memory.giveBack());

function connect(): { client: MemoryClient; store: ItemStore } {
  const clock = new FakeClock();
  const store = new ItemStore({ clock });
  const allocate = (length: number): Buffer | undefined => store.allocate(length);
  const rig = new SessionRig(new StoreDispatcher({ store, version: '9.9' }), clock, { texts: 'borrowed', allocate });
  return { client: rig.connect().client, store };
}

const refused = 'SERVER_ERROR out of memory storing object\r\n';

it.each([1, 5000, 100_000])('a set of %i bytes is refused, and the connection stays usable', (length) => {
  const { client, store } = connect();
  const value = 'x'.repeat(length);
  const set = `set k 7 0 ${length}\r\n${value}\r\n`;
  memory.takeAll();
  expect(client.ask(`version\r\n${set}get k\r\n`)).toBe(`VERSION 9.9\r\n${refused}END\r\n`);
  expect(client.ask(`ms k ${length}\r\n${value}\r\nmn\r\n`)).toBe(`${refused}MN\r\n`);
  expect(client.ask(`add k 0 0 ${length} noreply\r\n${value}\r\nmn\r\n`)).toBe('MN\r\n');
  expect([store.count, store.bytes, store.memory]).toEqual([0, 0, 0]);
  memory.giveBack();
  expect(client.ask(`${set}get k\r\n`)).toBe(`STORED\r\nVALUE k 7 ${length}\r\n${value}\r\nEND\r\n`);
});

it('a counter and an append are refused where they need more room than there is', () => {
  const { client } = connect();
  client.ask(`set n 0 0 1\r\n1\r\nset k 0 0 5000\r\n${'x'.repeat(5000)}\r\n`);
  memory.takeAll();
  // It needs no more room.
  expect(client.ask('incr n 8\r\n')).toBe('9\r\n');
  expect(client.ask('append k 0 0 1\r\ny\r\n')).toBe(refused);
});

it.each([100, 100_000])(
  'a binary set of %i bytes is refused with status 0x82, and the connection goes on',
  (length) => {
    const { client } = connect();
    const packet = (opcode: number, extras: number, key: string, value: string): string => {
      const head = Buffer.alloc(24 + extras);
      head.writeUInt8(0x80, 0);
      head.writeUInt8(opcode, 1);
      head.writeUInt16BE(key.length, 2);
      head.writeUInt8(extras, 4);
      head.writeUInt32BE(extras + key.length + value.length, 8);
      return head.toString('latin1') + key + value;
    };
    client.ask(packet(0x0a, 0, '', ''));
    memory.takeAll();
    const answers = Buffer.from(
      client.ask(packet(0x01, 8, 'k', 'x'.repeat(length)) + packet(0x0a, 0, '', '')),
      'latin1',
    );
    expect(answers.readUInt16BE(6)).toBe(0x82);
    const second = 24 + answers.readUInt32BE(8);
    expect([answers[second + 1], answers.readUInt16BE(second + 6)]).toEqual([0x0a, 0]);
  },
);

it('a refused set does not leave the old value, as in memcached', () => {
  const { client } = connect();
  client.ask('set k 0 0 3\r\nold\r\nset c 0 0 3\r\nold\r\n');
  memory.takeAll();
  expect(client.ask(`set k 0 0 100000\r\n${'x'.repeat(100_000)}\r\nget k\r\n`)).toBe(`${refused}END\r\n`);
  // A compare-and-swap does.
  const cas = `cas c 0 0 100000 1\r\n${'x'.repeat(100_000)}\r\nget c\r\n`;
  expect(client.ask(cas)).toBe(`${refused}VALUE c 0 3\r\nold\r\nEND\r\n`);
});

it('items are evicted where the process gets no more memory for others', () => {
  const { client, store } = connect();
  const set = (i: number): string => `set key${i} 0 0 1000\r\n${'x'.repeat(1000)}\r\n`;
  for (let i = 0; i < 3000; i++) client.ask(set(i));
  expect(store.counters.evictions).toBe(0);
  memory.takeAll();
  // The index takes as many keys of the same length as before, but not all of them.
  let stored = 0;
  for (let i = 3000; i < 6000; i++) if (client.ask(set(i)) === 'STORED\r\n') stored++;
  expect(stored).toBeGreaterThan(2500);
  expect(store.counters.evictions).toBeGreaterThan(2500);
  expect(store.count).toBeGreaterThan(2000);
});
