/** Attack: one client sends more work than it should get done in one go, so that all others wait. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import type { Dispatcher, Handler } from '../../src/core/dispatcher.ts';
import { MemcacheError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { Turns } from '../../src/session/turns.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { MemoryClient } from '../support/memory-client.ts';
import { packet } from '../support/packets.ts';
import { manualRig, SessionRig, storeRig } from '../support/session-rig.ts';

/** Answers everything at once, and remembers in which order it was asked. A command takes so many milliseconds. */
class Prompt implements Dispatcher {
  readonly keys: string[] = [];
  time = 0;
  readonly #reply = new Reply();
  readonly #ms: number;
  readonly #error: MemcacheError | undefined;

  constructor(ms: number, error?: MemcacheError) {
    this.#ms = ms;
    this.#error = error;
  }

  dispatch(command: Command, handler: Handler): void {
    this.time += this.#ms;
    for (const key of command.keys ?? [command.key]) this.keys.push(key);
    if (this.#error !== undefined) handler.onError(this.#error);
    else handler.onReply(command.keys === undefined ? this.#reply.reset('miss') : this.#reply.reset('ok', 'end'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}
}

/** Sessions of one host that is asked to do what `dispatcher` remembers. */
function promptRig({ ms = 0, error }: { ms?: number; error?: MemcacheError } = {}): SessionRig<Prompt> {
  const clock = new FakeClock();
  const dispatcher = new Prompt(ms, error);
  const turns = new Turns(clock, () => dispatcher.time);
  return new SessionRig(dispatcher, clock, { turns });
}

/** How many of these keys stand in a row at most. */
function longestRow(keys: readonly string[]): number {
  let longest = 0;
  let row = 0;
  keys.forEach((key, i) => {
    row = key === keys[i - 1] ? row + 1 : 1;
    longest = Math.max(longest, row);
  });
  return longest;
}

/** Commands of a turn while nobody waits, while some do, and while many do. */
const [alone, turn, short] = [512, 256, 32];

describe('a client that pipelines without end', () => {
  const floods: readonly (readonly [name: string, said: string])[] = [
    ['text gets', 'get flood\r\n'.repeat(5000)],
    ['meta gets', 'mg flood v\r\n'.repeat(5000)],
    ['binary gets', packet(0x00, { key: 'flood' }).repeat(2000)],
    ['gets of many keys', `get ${'flood '.repeat(20)}\r\n`.repeat(400)],
    ['one get of many keys', `get ${'flood '.repeat(9000)}\r\n`],
  ];

  it.each(floods)(
    'yields after a bounded number of %s; a client that arrives meanwhile is served at once',
    (_name, said) => {
      const rig = promptRig();
      const [greedy, other] = [rig.connect().client, rig.connect().client];
      greedy.say(said);
      expect(rig.dispatcher.keys.length).toBeGreaterThan(0);
      expect(rig.dispatcher.keys.length).toBeLessThanOrEqual(alone + 64);
      expect(other.ask('get mine\r\n')).toBe('END\r\n');
      rig.settle(greedy);
      const flood = rig.dispatcher.keys.filter((key) => key === 'flood');
      expect(flood.length).toBeGreaterThan(1900);
    },
  );

  it('gives way when the commands fail at once, as those for a node that is out', () => {
    const rig = promptRig({ error: new MemcacheError('node is out') });
    const [greedy, other] = [rig.connect().client, rig.connect().client];
    greedy.say('get flood\r\n'.repeat(5000));
    expect(rig.dispatcher.keys).toHaveLength(alone);
    expect(other.ask('get mine\r\n')).toBe('SERVER_ERROR node is out\r\n');
    rig.settle(greedy);
    expect(greedy.take()).toBe('SERVER_ERROR node is out\r\n'.repeat(5000));
  });

  it('gives way after a millisecond, however few its commands are', () => {
    const rig = promptRig({ ms: 0.05 });
    rig.connect().client.say('get slow\r\n'.repeat(1000));
    expect(rig.dispatcher.keys.length).toBeLessThanOrEqual(48);
  });

  it('gives way sooner with stats, which cost more', () => {
    const rig = promptRig();
    rig.connect().client.say('stats\r\n'.repeat(1000));
    expect(rig.dispatcher.keys).toHaveLength(alone / 32);
  });

  it('has fewer stats in flight than gets, because each goes to all nodes', () => {
    const rig = manualRig({ bounds: { maxInFlight: 320 } });
    rig.connect().client.say('stats\r\n'.repeat(100));
    rig.clock.turn();
    expect(rig.dispatcher.pending).toHaveLength(10);
  });

  it('gives way when its replies are large', () => {
    const rig = storeRig({ bounds: { maxOutput: 1024 * 1024 * 1024 } });
    const { client } = rig.connect();
    client.ask(`set k 0 0 100000\r\n${'x'.repeat(100_000)}\r\n`);
    client.say('get k\r\n'.repeat(10));
    expect(client.take().length).toBeLessThan(400_000);
    rig.settle(client);
    expect(client.take().length).toBeGreaterThan(600_000);
  });

  it('is not read on meanwhile', () => {
    const rig = promptRig();
    const { client } = rig.connect();
    client.say('get flood\r\n'.repeat(5000));
    expect(client.far.isPaused).toBe(true);
    rig.settle(client);
    expect(client.far.isPaused).toBe(false);
  });

  it('loses nothing by it: what it sent before its end gets its replies, and after quit nothing does', () => {
    const rig = promptRig();
    const { client } = rig.connect();
    client.say(`${'get flood\r\n'.repeat(1000)}quit\r\n${'get flood\r\n'.repeat(1000)}`);
    client.transport.end();
    rig.settle(client);
    expect(client.take()).toBe('END\r\n'.repeat(1000));
    expect(client.isEnded).toBe(true);
    expect(rig.dispatcher.keys).toHaveLength(1000);
  });
});

describe('many clients that pipeline without end', () => {
  it('have turns in order, of the same length', () => {
    const rig = promptRig();
    const names = ['a', 'b', 'c'];
    const clients = names.map((name): [string, MemoryClient] => [name, rig.connect().client]);
    for (const [name, client] of clients) client.say(`get ${name}\r\n`.repeat(alone * 5));
    const { keys } = rig.dispatcher;
    keys.length = 0;
    rig.clock.turn();
    expect(longestRow(keys.slice(0, -alone * 3))).toBe(turn);
    expect(keys.slice(0, turn * 12)).toEqual(
      Array.from({ length: 4 }, () => names.flatMap((name) => Array.from({ length: turn }, () => name))).flat(),
    );
  });

  it('have shorter turns the more they are, so that a round of all of them is short', () => {
    const rig = promptRig();
    const names = Array.from({ length: 100 }, (_, i) => `client:${i}`);
    for (const name of names) rig.connect().client.say(`get ${name}\r\n`.repeat(1000));
    const { keys } = rig.dispatcher;
    const before = keys.length;
    rig.clock.turn();
    expect(keys).toHaveLength(100_000);
    expect(longestRow(keys.slice(before, before + 3000))).toBe(short);
  });

  it('wait at once when they are a crowd, and who sends little does not', () => {
    const rig = promptRig();
    const clients = Array.from({ length: 40 }, () => rig.connect().client);
    for (const client of clients) client.say('get flood\r\n'.repeat(1000));
    const before = rig.dispatcher.keys.length;
    expect(before).toBe(alone + 15 * turn);
    expect(rig.connect().client.ask('get mine\r\n')).toBe('END\r\n');
    expect(rig.dispatcher.keys).toHaveLength(before + 1);
  });

  it('are interrupted after a millisecond, so that sockets are read', () => {
    const waiting: (() => void)[] = [];
    let now = 0;
    const turns = new Turns({ afterTurn: (callback) => void waiting.push(callback) }, () => now);
    const served: number[] = [];
    for (let i = 0; i < 5; i++) {
      turns.wait({
        onTurn: () => {
          now += 0.6;
          served.push(i);
        },
      });
    }
    expect(waiting).toHaveLength(1);
    waiting.pop()?.();
    expect(served).toEqual([0, 1]);
    expect(waiting).toHaveLength(1);
  });

  it('leave none behind that goes away while it waits', () => {
    const rig = promptRig();
    const [one, two] = [rig.connect().client, rig.connect().client];
    for (const client of [one, two]) client.say('get k\r\n'.repeat(1000));
    one.transport.destroy();
    rig.settle(two);
    expect(two.take()).toBe('END\r\n'.repeat(1000));
    expect(rig.dispatcher.keys).toHaveLength(1000 + alone);
  });
});
