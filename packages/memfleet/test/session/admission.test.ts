import { describe, expect, it } from 'vitest';
import { AdmissionControl, type AdmissionOptions, type LimitState, nextLimit } from '../../src/session/admission.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';
import { SessionRig } from '../support/session-rig.ts';

function rig(max: number, bounds = {}, options: Partial<AdmissionOptions> = {}) {
  const clock = new FakeClock();
  const admission = new AdmissionControl({ max, clock, ...options });
  return {
    admission,
    rig: new SessionRig(new ManualDispatcher(), clock, {
      admission: admission,
      bounds: { firstInFlight: 1024, ...bounds },
    }),
  };
}

const pipeline = (key: string, count: number): string => `get ${key}\r\n`.repeat(count);

describe('admission control over all sessions', () => {
  it('leaves the input of others undecoded while too much is in flight, then continues in their order', () => {
    const { rig: sessions, admission } = rig(20);
    const [a, b, c] = ['a', 'b', 'c'].map((key) => ({ key, client: sessions.connect().client }));
    for (const { key, client } of [a, b, c].filter((one) => one !== undefined)) client.say(pipeline(key, 20));
    expect(sessions.dispatcher.pending.map(({ command }) => command.key)).toEqual(
      Array.from({ length: 20 }, () => 'a'),
    );
    expect([a, b, c].map((one) => one?.client.far.isPaused)).toEqual([false, true, true]);
    for (const key of ['a', 'b', 'c']) {
      expect(admission.used).toBe(20);
      for (let i = 0; i < 20; i++) sessions.dispatcher.status(key, 'miss');
      sessions.clock.turn();
      for (const one of [a, b, c]) one?.client.flow();
    }
    expect([a, b, c].map((one) => one?.client.take())).toEqual(Array.from({ length: 3 }, () => 'END\r\n'.repeat(20)));
    expect(admission.used).toBe(0);
    expect(c?.client.far.isPaused).toBe(false);
  });

  it('counts a get of many keys with those that are in flight at once, so that one of them does not stop everybody', () => {
    const { rig: sessions, admission } = rig(16_384);
    const { client } = sessions.connect();
    client.say(`get ${Array.from({ length: 20_000 }, (_, i) => `k${i}`).join(' ')}\r\n`);
    let keys = 0;
    while (sessions.dispatcher.pending.length > 0) {
      sessions.clock.turn();
      expect(admission.used).toBeLessThanOrEqual(1024);
      expect(admission.mustWait(1000)).toBe(false);
      const asked = sessions.dispatcher.pending[0]?.command.keys ?? [];
      keys += asked.length;
      sessions.dispatcher.items(asked[0] ?? '', {});
    }
    sessions.settle(client);
    expect(keys).toBe(20_000);
    expect(client.take()).toBe('END\r\n');
    expect(admission.used).toBe(0);
  });

  it('forgets sessions that go away while they wait, and counts no more what they had', () => {
    const { rig: sessions, admission } = rig(10, { maxInFlight: 10 });
    const [one, two, three] = [1, 2, 3].map(() => sessions.connect().client);
    one?.say(pipeline('a', 30));
    expect(admission.used).toBe(10);
    two?.say(pipeline('b', 3));
    three?.say(pipeline('c', 3));
    two?.transport.destroy();
    one?.transport.destroy();
    expect(admission.used).toBe(0);
    sessions.clock.turn();
    expect(
      sessions.dispatcher.pending.filter(({ command }) => !command.cancelled).map(({ command }) => command.key),
    ).toEqual(['c', 'c', 'c']);
  });

  it('does not count what a client waits for that does not read', () => {
    const { rig: sessions, admission } = rig(10, { maxInFlight: 10, maxOutput: 20_000 });
    const [greedy, other] = [sessions.connect().client, sessions.connect().client];
    greedy.far.window = 100;
    greedy.transport.pause();
    greedy.say(pipeline('a', 200));
    other.say(pipeline('b', 1));
    expect(sessions.dispatcher.pending.some(({ command }) => command.key === 'b')).toBe(false);
    while (sessions.dispatcher.pending.length > 0) {
      for (let i = sessions.dispatcher.pending.length; i > 0; i--) {
        const { key } = sessions.dispatcher.pending[0]?.command ?? { key: '' };
        sessions.dispatcher.hit(key, 'x'.repeat(10_000));
      }
      sessions.clock.turn();
    }
    other.flow();
    expect(other.take()).toContain('VALUE b');
    expect(admission.used).toBe(0);
    greedy.transport.resume();
    sessions.turn(greedy);
    sessions.turn(greedy);
    expect(admission.used).toBeGreaterThan(0);
  });

  it('keeps a client that waits from being taken for a silent one', () => {
    const { rig: sessions } = rig(1, { idleTimeout: 2000 });
    const busy = sessions.connect();
    const waiting = sessions.connect();
    busy.client.say(pipeline('a', 1));
    waiting.client.say(pipeline('b', 1));
    for (let i = 0; i < 10; i++) waiting.session.watch(1000);
    expect(waiting.client.isEnded).toBe(false);
    sessions.dispatcher.status('a', 'miss');
    sessions.clock.turn();
    sessions.dispatcher.status('b', 'miss');
    sessions.turn(waiting.client);
    expect(waiting.client.take()).toBe('END\r\n');
  });

  it('replies to the requests of a waiting client although its end arrived meanwhile', () => {
    const { rig: sessions, admission } = rig(100, {}, { min: 1 });
    const [busy, waiting] = [sessions.connect().client, sessions.connect().client];
    busy.say(pipeline('a', 2));
    waiting.say(pipeline('b', 60));
    waiting.transport.end();
    waiting.flow();
    expect(admission.used).toBe(2);
    expect(waiting.isEnded).toBe(false);
    for (let i = 0; i < 2; i++) sessions.dispatcher.status('a', 'miss');
    sessions.clock.turn();
    waiting.flow();
    for (let i = 0; i < 60; i++) sessions.dispatcher.status('b', 'miss');
    sessions.turn(waiting);
    expect(waiting.take()).toBe('END\r\n'.repeat(60));
    expect(waiting.isEnded).toBe(true);
  });
});

describe('the limit of pipelines', () => {
  const min = 40;

  /** Clients that pipeline 40 gets each, in turn; `load` is the share of its time that the event loop works. */
  function pipelines(load: number) {
    const time = { all: 0, worked: 0 };
    const { rig: sessions, admission } = rig(200, {}, { min, loopTime: () => ({ ...time }) });
    const clients = Array.from({ length: 6 }, (_, i) => ({ key: `key:${i}`, client: sessions.connect().client }));
    for (const { key, client } of clients) client.say(pipeline(key, 40));
    const decoded = (): number => new Set(sessions.dispatcher.pending.map(({ command }) => command.key)).size;
    const pass = (ms: number): void => {
      time.all += ms;
      time.worked += ms * load;
      sessions.clock.advance(ms);
    };
    const answer = (key: string): void => {
      for (let i = 0; i < 40; i++) sessions.dispatcher.status(key, 'miss');
      sessions.clock.turn();
    };
    return { sessions, admission, clients, decoded, pass, answer };
  }

  it('is lowest while a session waits and the event loop is busy; twice that is decoded until a session must wait', () => {
    const { clients, decoded, pass, answer } = pipelines(1);
    expect(decoded()).toBe(2);
    answer('key:0');
    answer('key:1');
    pass(5);
    for (const { key } of clients.slice(2)) {
      expect(decoded()).toBe(1);
      answer(key);
      pass(5);
    }
    expect(decoded()).toBe(0);
  });

  it('grows up to the maximum while the event loop has time', () => {
    const { decoded, pass, answer, admission } = pipelines(0.2);
    const seen = Array.from({ length: 6 }, () => {
      pass(5);
      return decoded();
    });
    expect(seen).toEqual([2, 3, 4, 5, 5, 5]);
    expect(admission.isAtMax).toBe(true);
    answer('key:0');
    answer('key:1');
    expect(decoded()).toBe(4);
  });

  it('grows when no reply is given, however busy the event loop is', () => {
    const { decoded, pass } = pipelines(1);
    for (let i = 0; i < 3; i++) pass(5);
    expect(decoded()).toBe(4);
  });

  it('is lowest again when there is enough to do', () => {
    const { sessions, clients, admission, pass, answer } = pipelines(1);
    for (let i = 0; i < 3; i++) pass(5);
    expect(admission.used).toBe(4 * min);
    for (const { key } of clients.slice(0, 5)) {
      answer(key);
      pass(5);
    }
    expect(admission.used).toBeLessThanOrEqual(min);
    answer('key:5');
    sessions.connect().client.say(pipeline('late', 80));
    expect(admission.mustWait(1000)).toBe(true);
    expect(admission.isAtMax).toBe(false);
  });

  it('does not hold up commands that come alone', () => {
    const { sessions, decoded } = pipelines(1);
    const { client } = sessions.connect();
    client.say(pipeline('alone', 1));
    expect(decoded()).toBe(3);
  });

  /**
   * `count` clients that ask `pipeline(key, depth)` again whenever they are answered, while one more waits; is that one
   * decoded within 200 ms?
   */
  function isLetIn(count: number, depth: number, keyLength: number): boolean {
    const time = { all: 0, worked: 0 };
    const { rig: sessions } = rig(200, {}, { min, loopTime: () => ({ ...time }) });
    const key = (i: number): string => `${i}:`.padEnd(keyLength, 'k');
    const others = Array.from({ length: count }, (_, i) => ({ key: key(i), client: sessions.connect().client }));
    for (const other of others) other.client.say(pipeline(other.key, depth));
    sessions.connect().client.say(pipeline('waits', 40));
    const isDecoded = (): boolean => sessions.dispatcher.pending.some(({ command }) => command.key === 'waits');
    expect(isDecoded()).toBe(false);
    for (let n = 0; n < 200; n++) {
      const other = others[n % count] as (typeof others)[number];
      for (let i = 0; i < depth; i++) sessions.dispatcher.status(other.key, 'miss');
      sessions.turn(other.client);
      other.client.say(pipeline(other.key, depth));
      time.all += 1;
      time.worked += 1;
      sessions.clock.advance(1);
      if (isDecoded()) return true;
    }
    return false;
  }

  it('admits a waiting session although small requests keep more in flight than the limit', () => {
    expect(isLetIn(100, 1, 10)).toBe(true);
  });

  it('admits a waiting session although other pipelines complete and return', () => {
    expect(isLetIn(8, 10, 40)).toBe(true);
  });

  it('is not blocked by a session that was ended while it waited', () => {
    const { admission, rig: sessions } = rig(100, { lingerTimeout: 1000 }, { min: 1 });
    const busy = sessions.connect();
    const waiting = sessions.connect();
    busy.client.say(pipeline('a', 2));
    waiting.client.say(pipeline('b', 60));
    expect(admission.used).toBe(2);
    waiting.session.finish();
    for (let i = 0; i < 3; i++) waiting.session.watch(1000);
    expect(waiting.client.far.isClosed).toBe(true);
    expect(admission.used).toBe(2);
  });

  it('leaves room for a client that sends one command, who does not wait behind those that pipeline', () => {
    const { sessions, clients, decoded, pass, admission } = pipelines(0.2);
    for (let i = 0; i < 3; i++) pass(5);
    expect(decoded()).toBe(4);
    expect(admission.waiting).toBeGreaterThan(0);
    sessions.connect().client.say(pipeline('alone', 1));
    expect(sessions.dispatcher.look('alone').command.key).toBe('alone');
    expect(clients).toHaveLength(6);
  });

  it('takes pipelines in turn with clients that send little, however many of these keep everything in flight', () => {
    const time = { all: 0, worked: 0 };
    const { rig: sessions, admission } = rig(100, {}, { min: 20, loopTime: () => ({ ...time }) });
    const little = Array.from({ length: 120 }, (_, i) => ({ key: `little:${i}`, client: sessions.connect().client }));
    for (const { key, client } of little) client.say(pipeline(key, 1));
    expect(admission.used).toBe(100);
    sessions.connect().client.say(pipeline('pipelined', 40));
    const isDecoded = (): boolean => sessions.dispatcher.pending.some(({ command }) => command.key === 'pipelined');
    for (let n = 0; n < 200 && !isDecoded(); n++) {
      const { key } = sessions.dispatcher.pending[0]?.command ?? { key: '' };
      sessions.dispatcher.status(key, 'miss');
      const one = little.find((other) => other.key === key);
      if (one !== undefined) sessions.turn(one.client);
      one?.client.say(pipeline(key, 1));
      time.all += 1;
      sessions.clock.advance(1);
    }
    expect(isDecoded()).toBe(true);
  });

  it('is no reason to serve those that wait for longer than 5 ms before sockets are read', () => {
    const turns: (() => void)[] = [];
    const clock = new FakeClock();
    let now = 0;
    const admission = new AdmissionControl({
      max: 100,
      clock: {
        now: () => clock.now(),
        unixSeconds: () => clock.unixSeconds(),
        setTimer: (ms, callback) => clock.setTimer(ms, callback),
        afterTurn: (callback) => void turns.push(callback),
      },
      now: () => now,
    });
    admission.enter(100);
    const served: number[] = [];
    for (let i = 0; i < 5; i++) {
      const onRoom = (): void => {
        now += 3;
        served.push(i);
      };
      admission.wait({ onRoom }, 1000);
    }
    admission.leave(100);
    turns.pop()?.();
    expect(served).toEqual([0, 1]);
    turns.pop()?.();
    expect(served).toEqual([0, 1, 2, 3]);
  });
});

describe('nextLimit', () => {
  const bounds = { min: 1000, max: 14_000 };
  const before: LimitState = { limit: 4000, minLatency: 1 };
  const usual = { isBusy: false, hasAdmitted: true, inFlight: 4000, rate: 400 };

  it.each([
    ['grows by a step while the event loop has time and commands get their replies soon', before, usual, 5000],
    ['shrinks by a step while the event loop is busy', before, { ...usual, isBusy: true }, 3000],
    ['never goes below the minimum', { ...before, limit: 1000 }, { ...usual, isBusy: true }, 1000],
    ['never goes above the maximum', { ...before, limit: 14_000 }, usual, 14_000],
    ['stays when commands queue at the nodes for more than 20 ms', before, { ...usual, rate: 190 }, 4000],
    ['grows where the way to the nodes takes 15 ms', { ...before, minLatency: 15 }, { ...usual, rate: 140 }, 5000],
    ['stays at twice the latency of a slow way', { ...before, minLatency: 15 }, { ...usual, rate: 130 }, 4000],
    ['grows when nobody is admitted, however busy', before, { ...usual, isBusy: true, hasAdmitted: false }, 5000],
    ['grows when no reply is given, however busy', before, { ...usual, isBusy: true, rate: 0 }, 5000],
  ])('%s', (_name, state, load, limit) => {
    expect(nextLimit(state, load, bounds).limit).toBe(limit);
  });

  it('remembers the shortest latency', () => {
    expect(nextLimit(before, usual, bounds).minLatency).toBe(1);
    expect(nextLimit({ ...before, minLatency: Infinity }, usual, bounds).minLatency).toBe(10);
    expect(nextLimit(before, { ...usual, rate: 0 }, bounds).minLatency).toBe(1);
  });
});
