/** What a session holds while its client is idle: many clients that once sent something must not fill the memory. */
import { expect, it } from 'vitest';
import type { Session } from '../../src/session/session.ts';
import type { MemoryClient } from '../support/memory-client.ts';
import { memoryHeldBy } from '../support/memory.ts';
import { packet, storeExtras } from '../support/packets.ts';
import { storeRig } from '../support/session-rig.ts';

const clients = 100;
/** Bytes of a session and its client in these tests, which hold nothing but themselves. */
const mostHeld = 8 * 1024;

const binarySet = (value: string): string => packet(0x01, { key: 'key', extras: storeExtras(0, 0), value });
const textSet = (value: string): string => `set key 0 0 ${value.length}\r\n${value}\r\n`;
/** A request whose first and second half come in chunks of their own. */
const halves = (request: string): readonly string[] => [
  request.slice(0, request.length >> 1),
  request.slice(request.length >> 1),
];

it.each<[what: string, request: (i: number) => readonly string[]]>([
  ['a large value of a text set', (i) => [textSet('x'.repeat(200_000 + i * 1000))]],
  ['a large value of a binary set', (i) => [binarySet('x'.repeat(200_000 + i * 1000))]],
  ['a value of a text set that came in pieces', () => halves(textSet('x'.repeat(4000)))],
  ['a packet that came in pieces', () => halves(binarySet('x'.repeat(60_000)))],
  ['a long line that came in pieces', () => halves(`get ${'key '.repeat(500)}\r\n`)],
  ['the text of a chunk of many requests', (i) => [`get ${i} ${'y'.repeat(200)}\r\n`.repeat(30)]],
])('an idle session does not hold %s', (_what, request) => {
  const rig = storeRig({ texts: 'borrowed' });
  const run = (sessions: [session: Session, client: MemoryClient][], count: number): void => {
    for (let i = 0; i < count; i++) {
      const { session, client } = rig.connect();
      for (const chunk of request(i)) client.say(chunk);
      rig.settle(client);
      client.take();
      session.watch(1000);
      sessions.push([session, client]);
    }
  };
  // The store keeps some memory of large values for the next ones.
  run([], 20);
  const sessions: [session: Session, client: MemoryClient][] = [];
  const held = memoryHeldBy(() => run(sessions, clients));
  expect(sessions.length).toBe(clients);
  expect(held / clients).toBeLessThan(mostHeld);
});
