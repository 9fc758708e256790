/** The ids of collections: requests for them, refusals, and nodes that know more or less than others. */
import { describe, expect, test } from 'vitest';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import { UnsupportedError } from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { timeFor, turnsFor } from '../support/turns.ts';
import { asked, clientOf, startRecorded } from './support/recorded-cluster.ts';

describe('the id of a collection', () => {
  test('is asked once for all calls that need it, from any view', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`);
    await Promise.all(keys.map((key) => client.collection('shop', 'carts').set(key, key)));
    expect(asked(cluster.seen)).toBe(1);
    await client.collection('shop', 'orders').set('key', 1);
    await client.collection('shop', 'orders').get('key');
    expect(asked(cluster.seen)).toBe(2);
  });

  test('keeps calls of one key in their order while it is not known', async () => {
    const cluster = await startRecorded();
    const carts = clientOf(cluster).collection('shop', 'carts');
    const calls = Array.from({ length: 20 }, (_, n) => carts.set('key', n));
    const read = carts.get('key');
    await Promise.all(calls);
    expect(await read).toBe(19);
  });

  test('is asked again when the collection was removed and made again', async () => {
    const cluster = await startRecorded();
    const carts = clientOf(cluster).collection('shop', 'carts');
    await carts.set('key', 1);
    cluster.collections().dropCollection('shop', 'carts');
    cluster.collections().createCollection('shop', 'carts');
    expect(await carts.get('key')).toBeUndefined();
    expect(await carts.set('key', 2)).toBe(true);
    expect(await carts.get('key')).toBe(2);
    expect(asked(cluster.seen)).toBe(2);
  });

  test('that changes again and again is asked again at once: no call in flight fails', async () => {
    const cluster = await startRecorded();
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    await carts.set('key', 1);
    let changes = 0;
    let sets = 0;
    cluster.fault = ({ name }) => {
      if (name === 'set' && ++sets % 50 === 0 && changes < 10) {
        changes++;
        cluster.collections().dropCollection('shop', 'carts');
        cluster.collections().createCollection('shop', 'carts');
      }
      return undefined;
    };
    const stored = await Promise.all(Array.from({ length: 300 }, (_, n) => carts.set(`key ${n}`, n)));
    expect(stored.every(Boolean)).toBe(true);
    expect(changes).toBe(10);
  });

  test('is asked until the deadline: a call may come before its collection', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster, { timeout: 20_000 });
    const views = [client.collection('shop', 'later'), client.collection('new', 'one')];
    const stored = views.map((view) => view.set('key', 1));
    cluster.fault = ({ name }) => {
      if (name !== 'getCollectionId' || ++asks < 4) return undefined;
      cluster.fault = undefined;
      cluster.collections().createCollection('shop', 'later');
      cluster.collections().createCollection('new', 'one');
      return undefined;
    };
    let asks = 0;
    expect(await Promise.all(stored)).toEqual([true, true]);
  });

  test('that no node has at the deadline is an error with its names, and the command was not sent', async () => {
    const clock = new FakeClock();
    const cluster = await startRecorded({ clock });
    const client = clientOf(cluster, { timeout: 300, clock });
    await turnsFor(clock, client.get('key'));
    const outcome = client
      .collection('shop', 'nothing')
      .set('key', 1)
      .catch((reason: unknown) => reason);
    const error = await timeFor(clock, client, outcome);
    expect(error).toBeInstanceOf(UnknownCollectionError);
    expect(error).toMatchObject({
      code: 'ERR_UNKNOWN_COLLECTION',
      scope: 'shop',
      collection: 'nothing',
      sent: false,
      message: 'set "key": the bucket has no collection shop.nothing',
    });
    const get = client.collection('nothing', 'carts').get('key');
    await expect(timeFor(clock, client, get)).rejects.toThrow('the bucket has no scope nothing');
    const getMany = client.collection('shop', 'nothing').getMany(['a', 'b']);
    await expect(timeFor(clock, client, getMany)).rejects.toMatchObject({ code: 'ERR_PARTIAL_RESULT' });
    expect(asked(cluster.seen)).toBeGreaterThan(2);
    expect(asked(cluster.seen, 'set')).toBe(0);
  });

  test('stays where a node has an older manifest: the call is sent again until that node knows it', async () => {
    const cluster = await startRecorded();
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    await carts.set('known', 1);
    cluster.seen.length = 0;
    let refusals = 0;
    cluster.fault = (request) => {
      cluster.seen.push(request);
      if (request.name !== 'set' || ++refusals > 4) return undefined;
      return { kind: 'status', status: status.unknownCollection, body: JSON.stringify({ manifest_uid: '1' }) };
    };
    expect(await carts.set('key', 2)).toBe(true);
    expect(asked(cluster.seen)).toBe(0);
    expect(asked(cluster.seen, 'set')).toBe(5);
  });

  test('is asked again after many refusals, whatever the manifests are, and where a refusal names none', async () => {
    const cluster = await startRecorded();
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    await carts.set('known', 1);
    for (const body of ['{"manifest_uid":"1"}', '{"manifest_uid":"zz"}', 'no JSON', '']) {
      cluster.seen.length = 0;
      cluster.fault = (request) => {
        cluster.seen.push(request);
        const isRefused = request.name === 'set' && asked(cluster.seen) === 0;
        return isRefused ? { kind: 'status', status: status.unknownCollection, body } : undefined;
      };
      expect(await carts.set('key', 2)).toBe(true);
      expect(asked(cluster.seen)).toBe(1);
    }
  });

  test('comes from another node where one is dead, silent or refuses', async () => {
    const cluster = await startRecorded();
    await cluster.killNode(cluster.nodes[2]!);
    for (const fault of [
      { kind: 'drop' },
      { kind: 'silence' },
      { kind: 'status', status: status.internalError },
      { kind: 'status', status: status.busy },
    ] as const) {
      const first = cluster.nodes[0]!;
      first.fault = ({ name }) => (name === 'getCollectionId' ? fault : undefined);
      const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
      const key = Array.from({ length: 100 }, (_, n) => `key ${n}`).find((k) => cluster.nodeOf(k) === first)!;
      for (let n = 0; n < 3; n++) expect(await carts.set(key, n)).toBe(true);
    }
  });

  test('that no node gives is the error of all waiting calls, at once', async () => {
    const cluster = await startRecorded();
    cluster.fault = ({ name }) =>
      name === 'getCollectionId' ? { kind: 'status', status: status.internalError } : undefined;
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    const calls = await Promise.allSettled([carts.get('a'), carts.set('b', 1)]);
    for (const call of calls)
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CONNECT', sent: false } });
  });

  test('is waited for no longer than the deadline of each call', async () => {
    const cluster = await startRecorded();
    cluster.fault = ({ name }) => (name === 'getCollectionId' ? { kind: 'silence' } : undefined);
    const carts = clientOf(cluster, { retry: false }).collection('shop', 'carts');
    const error = await carts.get('a', { timeout: 100 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', sent: false });
    const controller = new AbortController();
    const aborted = carts.get('a', { timeout: 10_000, signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR', sent: false });
  });

  test('is not waited for by a client that closes', async () => {
    const cluster = await startRecorded();
    cluster.fault = ({ name }) => (name === 'getCollectionId' ? { kind: 'silence' } : undefined);
    for (const end of ['close', 'destroy'] as const) {
      const client = clientOf(cluster, { timeout: 20_000 });
      await client.get('warm');
      const call = client.collection('shop', 'carts').get('a');
      call.catch(() => {});
      await client[end]();
      await expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    }
  });
});

describe('nodes without collections', () => {
  test('have the default one, and refuse named ones', async () => {
    const cluster = await startRecorded({ traits: { collections: false } });
    const client = clientOf(cluster);
    expect(await client.set('key', 1)).toBe(true);
    expect(await client.get('key')).toBe(1);
    await expect(client.collection('shop', 'carts').get('key')).rejects.toThrow(UnsupportedError);
  });

  test('among nodes that have them refuse the named ones of their keys', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    const carts = client.collection('shop', 'carts');
    await carts.set('key', 1);
    // A node that was replaced by an older one.
    cluster.traits.collections = false;
    const [node] = cluster.nodes;
    await cluster.killNode(node!);
    await cluster.startNode(node!);
    const key = Array.from({ length: 100 }, (_, n) => `key ${n}`).find((k) => cluster.nodeOf(k) === node)!;
    await expect.poll(() => client.set(key, 1).catch(() => false)).toBe(true);
    await expect(carts.set(key, 1)).rejects.toThrow(UnsupportedError);
  });
});
