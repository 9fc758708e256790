/** Attack: a few bytes ask for hundreds of megabytes of answers that the client never reads. */
import { describe, expect, it } from 'vitest';
import type { MemoryClient } from '../support/memory-client.ts';
import { packet } from '../support/packets.ts';
import { manualRig } from '../support/session-rig.ts';

const megabyte = 1024 * 1024;
const large = Buffer.alloc(900_000, 'x').toString('latin1');

const pipelines: readonly (readonly [name: string, said: string])[] = [
  ['text', 'get big\r\n'.repeat(200)],
  ['text, of many keys', `get ${'big '.repeat(200)}\r\n`],
  ['meta', 'mg big v\r\n'.repeat(200)],
  ['binary', packet(0x00, { key: 'big' }).repeat(200)],
];

describe.each(pipelines)('a pipeline of 200 large values that a new client does not read (%s)', (_name, said) => {
  function attack(count: number): { held: () => number; answerAll: () => void; asked: () => number } {
    // As a proxy has it: nobody knows how large the values are.
    const rig = manualRig({ bounds: { firstInFlight: 4, maxOutput: megabyte } });
    const clients = Array.from({ length: count }, (): MemoryClient => rig.connect().client);
    for (const client of clients) {
      client.far.window = 1000;
      client.transport.pause();
      client.say(said);
    }
    let asked = 0;
    const { pending } = rig.dispatcher;
    const keysOf = (): number => pending.reduce((sum, { command }) => sum + (command.keys?.length ?? 1), 0);
    return {
      asked: () => asked,
      // What is here, and what the nodes have been asked for.
      held: () => clients.reduce((sum, { far }) => sum + far.bufferedBytes, 0) + keysOf() * large.length,
      answerAll: () => {
        for (let left = pending.length; left > 0; left--) {
          const keys = pending[0]?.command.keys;
          asked += keys?.length ?? 1;
          if (keys === undefined) rig.dispatcher.hit('big', large);
          else {
            for (let i = 1; i < keys.length; i++) rig.dispatcher.items('big', { big: large }, false);
            rig.dispatcher.items('big', { big: large });
          }
        }
        rig.clock.turn();
      },
    };
  }

  it.each([1, 20])('holds about four megabytes for each of %i', (count) => {
    const { held, answerAll, asked } = attack(count);
    for (let i = 0; i < 5; i++) {
      expect(held()).toBeLessThan(count * 4.5 * megabyte);
      answerAll();
    }
    expect(held()).toBeLessThan(count * 4.5 * megabyte);
    expect(asked()).toBeLessThanOrEqual(count * 5);
  });
});
