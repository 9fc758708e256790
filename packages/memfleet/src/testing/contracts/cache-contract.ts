/**
 * What a cache that is built on a client of memfleet must do: adapters, sessions, layers of your own.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { systemClock } from '../../base/clock.ts';
import type { Client } from '../../client/index.ts';
import { startServer, type TestServer } from '../nodes/test-server.ts';
import type { Contract } from './contract.ts';

/** A cache, as its users call it. */
export interface CacheLayer {
  /** Reads a value; undefined or null: there is none. */
  get(key: string): Promise<unknown>;
  /** Stores a value. */
  set(key: string, value: string): Promise<unknown>;
  /** Removes a value. */
  delete(key: string): Promise<unknown>;
  /**
   * Removes everything that was stored through this layer, in any process. Left out where the layer has no such call.
   */
  clear?(): Promise<unknown>;
  /** Tries to store a value that cannot be encoded, such as a function. Left out where every value can. */
  setUnfit?(key: string): Promise<unknown>;
}

/** The cache that `cacheContract` is run on. */
export interface CacheSubject {
  /** Makes the cache on a client. Called several times, with clients of different servers. */
  readonly open: (client: Client) => CacheLayer | Promise<CacheLayer>;
  /** Whether it takes this key. @default all */
  readonly takesKey?: ((key: string) => boolean) | undefined;
}

const oddKeys = [
  '',
  ' ',
  'a b',
  'a',
  'ü',
  '\0',
  '\r\nflush_all\r\n',
  '__proto__',
  '#',
  'x'.repeat(251),
  'x'.repeat(9999),
];

/** What is read where there is nothing, or no node. */
const gone = Symbol('gone');

/** The longest time for a call while no node is there, in milliseconds. */
const patience = 3000;

/** The outcome of a call; `gone` for none, and for an error. It must come in time. */
function orGone(call: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.setTimer(patience, () =>
      reject(new Error(`a call had not settled after ${patience} ms`)),
    );
    const settle = (outcome: unknown): void => {
      timer.clear();
      resolve(outcome);
    };
    call.then(
      (value) => settle(value ?? gone),
      () => settle(gone),
    );
  });
}

interface Opened {
  readonly server: TestServer;
  readonly client: Client;
  readonly layer: CacheLayer;
}

/** A layer with a server of its own, which stops when the case ends. */
async function withLayer({ open }: CacheSubject, act: (opened: Opened) => Promise<void>): Promise<void> {
  const server = await startServer();
  try {
    const client = clientOf(server);
    await act({ server, client, layer: await open(client) });
  } finally {
    await server.stop();
  }
}

/** A client that has done with a dead node at once. */
function clientOf(server: TestServer): Client {
  return server.client({ ejectTime: 1, ejectTimeMax: 1, pool: { backoff: { initial: 1, max: 10 } } });
}

async function outage(subject: CacheSubject): Promise<void> {
  await withLayer(subject, async ({ server, client, layer }) => {
    await layer.set('key', 'before');
    equal(await layer.get('key'), 'before');
    await server.down();
    equal(await orGone(layer.get('key')), gone);
    await orGone(layer.set('key', 'meanwhile'));
    await orGone(layer.delete('key'));
    if (layer.clear !== undefined) await orGone(layer.clear());
    await server.up();
    await client.ready();
    await layer.set('key', 'after');
    equal(await layer.get('key'), 'after');
  });
}

async function dyingNode(subject: CacheSubject): Promise<void> {
  await withLayer(subject, async ({ server, layer }) => {
    await layer.set('key', 'value');
    const calls = Array.from({ length: 50 }, (_, at) =>
      orGone(at % 2 === 0 ? layer.get('key') : layer.set(`key${at}`, 'value')),
    );
    const [results] = await Promise.all([Promise.all(calls), server.down()]);
    for (const [at, result] of results.entries()) if (at % 2 === 0) ok(result === 'value' || result === gone);
  });
}

async function unfitValue(subject: CacheSubject): Promise<void> {
  await withLayer(subject, async ({ layer }) => {
    if (layer.setUnfit === undefined) return;
    await layer.set('key', 'value');
    await orGone(layer.setUnfit('key'));
    equal(await layer.get('key'), 'value');
  });
}

async function keysApart(subject: CacheSubject): Promise<void> {
  await withLayer(subject, async ({ layer }) => {
    const keys = oddKeys.filter((key) => subject.takesKey?.(key) ?? true);
    await Promise.all(keys.map((key, at) => layer.set(key, `value ${at}`)));
    for (const [at, key] of keys.entries()) deepEqual([key, await layer.get(key)], [key, `value ${at}`]);
    for (const key of keys) await layer.delete(key);
    for (const key of keys) deepEqual([key, await orGone(layer.get(key))], [key, gone]);
  });
}

async function clearedApart(subject: CacheSubject): Promise<void> {
  await withLayer(subject, async ({ server, layer }) => {
    const other = await subject.open(clientOf(server));
    if (layer.clear === undefined) return;
    const keys = Array.from({ length: 20 }, (_, at) => `key${at}`);
    await Promise.all(keys.map((key) => layer.set(key, 'old')));
    equal(await other.get('key0'), 'old');
    const writes = keys.map((key) => other.set(`${key}:meanwhile`, 'new'));
    await layer.clear();
    for (const key of keys) equal(await orGone(other.get(key)), gone);
    await Promise.all(writes);
    await other.set('key0', 'new');
    equal(await layer.get('key0'), 'new');
    // It is one item: both see it, or neither.
    for (const key of keys) {
      const name = `${key}:meanwhile`;
      equal(await orGone(layer.get(name)), await orGone(other.get(name)));
    }
  });
}

/**
 * What a cache on a client of memfleet does in bad cases: outages, dying nodes, odd keys, a clear while others write.
 */
export const cacheContract: Contract<CacheSubject> = [
  { title: 'settles every call while its node is down, and works again when the node is back', run: outage },
  { title: 'settles the calls in flight to a node that dies', run: dyingNode },
  { title: 'keeps the stored value when a new one cannot be encoded', run: unfitValue },
  { title: 'keeps odd and long keys apart', run: keysApart },
  {
    title: 'clears what was stored before, and nothing that is stored afterwards, while others write',
    run: clearedApart,
  },
];
