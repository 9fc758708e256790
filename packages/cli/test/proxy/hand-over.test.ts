/** Who serves a client of several workers that accept by themselves: the rules, without processes. */
import type { Socket } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Balance } from '../../src/proxy/run/balance.ts';
import { ClientDesk } from '../../src/proxy/run/client-desk.ts';
import { ClientExchange } from '../../src/proxy/run/client-exchange.ts';
import type { ClientMessage, SupervisorMessage } from '../../src/proxy/run/messages.ts';

/** The number of clients, of the next twenty that stay, which this worker keeps. */
function kept(balance: Balance): number {
  let count = 0;
  for (let client = 0; client < 20; client++)
    if (balance.next() === undefined) {
      balance.opened();
      count++;
    }
  return count;
}

describe('a worker keeps the clients that it accepts', () => {
  test('while no other takes any', () => {
    expect(kept(new Balance())).toBe(20);
  });

  test('up to four more than 1.25 times those of the worker with the fewest, which gets the others', () => {
    const balance = new Balance();
    balance.setPeers([
      [2, 40],
      [3, 4],
    ]);
    for (let count = 0; count < 9; count++) {
      expect(balance.next()).toBeUndefined();
      balance.opened();
    }
    expect(balance.next()).toBe(3);
    // One more is on its way there: 1.25 × 5 + 4 > 10.
    expect(balance.next()).toBeUndefined();
  });

  test('so that clients that stay are spread evenly, whoever accepts them', () => {
    const balance = new Balance();
    balance.setPeers([[2, 0]]);
    expect(kept(balance)).toBe(13);
  });

  test('while about as many come and go', () => {
    const balance = new Balance();
    balance.setPeers([[2, 0]]);
    for (let count = 0; count < 3; count++) balance.opened();
    for (let count = 0; count < 1000; count++) {
      expect(balance.next()).toBeUndefined();
      balance.opened();
      balance.closed(999);
    }
    balance.opened();
    balance.tick();
    expect(balance.next()).toBeUndefined();
    balance.tick();
    expect(balance.next()).toBe(2);
  });

  test('no longer when many end that had stayed, as when all connect anew', () => {
    const balance = new Balance();
    balance.setPeers([[2, 0]]);
    for (let count = 0; count < 100; count++) balance.opened();
    for (let count = 0; count < 100; count++) balance.closed(1000);
    expect(kept(balance)).toBe(13);
  });

  test('where a worker that refused one would be next, until it takes clients again', () => {
    const balance = new Balance();
    balance.setPeers([[2, 0]]);
    for (let count = 0; count < 4; count++) balance.opened();
    expect(balance.next()).toBe(2);
    balance.arrived(2, undefined);
    expect(balance.next()).toBeUndefined();
    balance.setPeers([[2, 0]]);
    expect(balance.next()).toBe(2);
  });
});

/** A socket that notes what happens to it. */
class FakeSocket {
  readonly events: string[] = [];
  readonly _handle = {
    readStop: (): void => void this.events.push('held'),
    readStart: (): void => void this.events.push('read'),
  };
  #onClose: () => void = () => {};

  once(_: 'close', listener: () => void): void {
    this.#onClose = listener;
  }

  destroy(): void {
    this.events.push('closed');
    this.#onClose();
  }

  get socket(): Socket {
    return this as unknown as Socket;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** Two workers, of which the first has offered a client to the second. */
function exchange(): {
  desk: ClientExchange;
  worker: (number: number) => ReturnType<typeof exchange>['one'];
  one: { readonly told: SupervisorMessage[]; take(word: ClientMessage, socket?: Socket): void };
  two: { readonly told: SupervisorMessage[]; take(word: ClientMessage, socket?: Socket): void };
  passed: FakeSocket;
} {
  const workers = new Map<number, { tell: (order: SupervisorMessage) => void }>();
  const desk = new ClientExchange(workers);
  const worker = (number: number): ReturnType<typeof exchange>['one'] => {
    const told: SupervisorMessage[] = [];
    const self = { tell: (order: SupervisorMessage): void => void told.push(order) };
    workers.set(number, self);
    return { told, take: (word, socket) => desk.take(number, self, word, socket) };
  };
  const [one, two] = [worker(1), worker(2)];
  one.take({ type: 'clients', open: 0 });
  two.take({ type: 'clients', open: 0 });
  for (const { told } of [one, two]) told.length = 0;
  const passed = new FakeSocket();
  one.take({ type: 'offer', id: 7, to: 2, listener: 'a', open: 5 }, passed.socket);
  return { desk, worker, one, two, passed };
}

const client = { type: 'client', id: 1, listener: 'a', from: 1, open: 5 };

describe('the supervisor', () => {
  test('passes a client on without reading from it, and closes its own copy once the other worker has it', () => {
    const { one, two, passed } = exchange();
    expect(two.told).toEqual([client]);
    expect(passed.events).toEqual(['held']);
    two.take({ type: 'answer', id: 1, open: 1 });
    expect(two.told).toEqual([client, { type: 'decided', id: 1, isYours: true }]);
    expect(one.told).toEqual([{ type: 'settled', id: 7, open: 1 }]);
    expect(passed.events).toEqual(['held', 'closed']);
  });

  test.each([
    ['refuses it', ({ two }) => two.take({ type: 'answer', id: 1, open: undefined })],
    ['does not reply in time', () => vi.advanceTimersByTime(200)],
    ['is gone', ({ desk }) => desk.remove(2)],
    ['has not replied when the sender withdraws it', ({ one }) => one.take({ type: 'withdraw', id: 7 })],
  ] as const satisfies [string, (rig: ReturnType<typeof exchange>) => void][])(
    'gives a client back to its worker when the other one %s; the other one does not get it, also if it replies then',
    (_, happens) => {
      const rig = exchange();
      happens(rig);
      const settled = { type: 'settled', id: 7, open: undefined };
      expect(rig.one.told.filter(({ type }) => type === 'settled')).toEqual([settled]);
      expect(rig.passed.events).toEqual(['held', 'closed']);
      rig.two.take({ type: 'answer', id: 1, open: 1 });
      expect(rig.two.told.filter(({ type }) => type === 'decided')).toContainEqual({
        type: 'decided',
        id: 1,
        isYours: false,
      });
      expect(rig.one.told.filter(({ type }) => type === 'settled')).toEqual([settled]);
    },
  );

  test('tells the others at once that a worker takes no clients any more, or takes them again', () => {
    const { desk, one, two } = exchange();
    desk.remove(2);
    two.take({ type: 'clients', open: 3 });
    expect(one.told.filter(({ type }) => type === 'peers')).toEqual([
      { type: 'peers', open: [] },
      { type: 'peers', open: [[2, 3]] },
    ]);
  });

  test('sends no client to the successor of a worker before it says that it takes some', () => {
    const { desk, worker, one, two } = exchange();
    desk.remove(2);
    // It says so while it is told to end, and the supervisor starts another with its number.
    two.take({ type: 'clients', open: 0 });
    const successor = worker(2);
    const offer = { type: 'offer', id: 8, to: 2, listener: 'a', open: 5 } as const;
    one.take(offer, new FakeSocket().socket);
    expect(successor.told).toEqual([]);
    successor.take({ type: 'clients', open: 0 });
    one.take({ ...offer, id: 9 }, new FakeSocket().socket);
    expect(successor.told).toContainEqual({ ...client, id: 3 });
  });

  test('tells numbers that change at most every 250 ms', () => {
    const { one, two } = exchange();
    two.take({ type: 'answer', id: 1, open: 1 });
    one.told.length = 0;
    for (let open = 1; open < 9; open++) two.take({ type: 'clients', open });
    expect(one.told).toEqual([]);
    vi.advanceTimersByTime(250);
    expect(one.told).toEqual([{ type: 'peers', open: [[2, 8]] }]);
    vi.advanceTimersByTime(1000);
    expect(one.told).toHaveLength(1);
  });

  test('gives a client back that is for a worker which takes none, or whose socket did not arrive', () => {
    const { desk, one } = exchange();
    desk.remove(2);
    one.told.length = 0;
    const socket = new FakeSocket();
    one.take({ type: 'offer', id: 8, to: 2, listener: 'a', open: 5 }, socket.socket);
    one.take({ type: 'offer', id: 9, to: 2, listener: 'a', open: 5 });
    one.take({ type: 'withdraw', id: 10 });
    expect(one.told).toEqual([8, 9, 10].map((id) => ({ type: 'settled', id, open: undefined })));
    expect(socket.events).toEqual(['held', 'closed']);
  });
});

/** A worker with five clients that offers the next one, and what serves its clients. */
function desk(isSent = true): {
  desk: ClientDesk;
  said: ClientMessage[];
  adopted: Socket[];
  offered: FakeSocket;
} {
  const said: ClientMessage[] = [];
  const adopted: Socket[] = [];
  const server = {
    listensOn: (listener: string): boolean => listener === 'a',
    adopt: (socket: Socket): boolean => adopted.push(socket) > 0,
  };
  const made = new ClientDesk(server, (word) => {
    said.push(word);
    return Promise.resolve(isSent);
  });
  onTestFinished(() => made.close());
  made.open();
  made.setPeers({ type: 'peers', open: [[2, 0]] });
  for (let count = 0; count < 4; count++) expect(made.handOver(new FakeSocket().socket, 'a')).toBe(false);
  const offered = new FakeSocket();
  expect(made.handOver(offered.socket, 'a')).toBe(true);
  return { desk: made, said, adopted, offered };
}

describe('a worker', () => {
  test('does not read from a client that it offers, and closes its own copy once the other one has it', () => {
    const { desk: made, said, offered, adopted } = desk();
    expect(said).toEqual([
      { type: 'clients', open: 0 },
      { type: 'offer', id: 1, to: 2, listener: 'a', open: 4 },
    ]);
    expect(offered.events).toEqual(['held']);
    made.settle({ type: 'settled', id: 1, open: 1 });
    expect(offered.events).toEqual(['held', 'closed']);
    expect(adopted).toEqual([]);
  });

  test('serves a client itself that nobody takes, once', () => {
    const { desk: made, offered, adopted } = desk();
    for (let count = 0; count < 2; count++) made.settle({ type: 'settled', id: 1, open: undefined });
    expect(offered.events).toEqual(['held', 'read']);
    expect(adopted).toEqual([offered.socket]);
  });

  test('serves a client itself that it cannot send', async () => {
    const { offered, adopted } = desk(false);
    await Promise.resolve();
    expect(adopted).toEqual([offered.socket]);
  });

  test('withdraws a client that was not settled for a second, and keeps those that come then', () => {
    const { desk: made, said } = desk();
    made.remind();
    expect(said.at(-1)).toEqual({ type: 'clients', open: 4 });
    made.remind();
    expect(said.slice(-2)).toEqual([
      { type: 'withdraw', id: 1 },
      { type: 'clients', open: 4 },
    ]);
    for (let count = 0; count < 2; count++) expect(made.handOver(new FakeSocket().socket, 'a')).toBe(false);
    made.setPeers({ type: 'peers', open: [[2, 0]] });
    expect(made.handOver(new FakeSocket().socket, 'a')).toBe(true);
  });

  test('serves a client of another once it is its own, and reads nothing before', () => {
    const { desk: made, said, adopted } = desk();
    const [one, two] = [new FakeSocket(), new FakeSocket()];
    made.receive({ type: 'client', id: 1, listener: 'a', from: 2, open: 9 }, one.socket);
    made.receive({ type: 'client', id: 2, listener: 'a', from: 2, open: 9 }, two.socket);
    expect(said.slice(-2)).toEqual([
      { type: 'answer', id: 1, open: 5 },
      { type: 'answer', id: 2, open: 6 },
    ]);
    made.decide({ type: 'decided', id: 1, isYours: false });
    made.decide({ type: 'decided', id: 2, isYours: true });
    expect([one.events, two.events]).toEqual([
      ['held', 'closed'],
      ['held', 'read'],
    ]);
    expect(adopted).toEqual([two.socket]);
  });

  test.each([
    ['of a listener that it does not have', 'b', false],
    ['when it is about to end', 'a', true],
  ])('refuses a client %s', (_, listener, ends) => {
    const { desk: made, said } = desk();
    if (ends) made.close();
    const socket = new FakeSocket();
    made.receive({ type: 'client', id: 1, listener, from: 2, open: 9 }, socket.socket);
    expect(said.at(-1)).toEqual({ type: 'answer', id: 1, open: undefined });
    expect(socket.events).toEqual(['held', 'closed']);
  });

  test('tells how many clients it has at most every 250 ms, when the number has changed', () => {
    const { desk: made, said } = desk();
    vi.advanceTimersByTime(250);
    expect(said.at(-1)).toEqual({ type: 'clients', open: 4 });
    const count = said.length;
    vi.advanceTimersByTime(1000);
    expect(said).toHaveLength(count);
    made.settle({ type: 'settled', id: 1, open: undefined });
    vi.advanceTimersByTime(250);
    expect(said.slice(count)).toEqual([{ type: 'clients', open: 5 }]);
  });
});
