/** What is read of a key whose delete a node has not received counts only if that delete is done. */
import { expect, test } from 'vitest';
import type { CacheItem, ItemCalls } from '../../src/cache/item-calls.ts';
import { PendingCalls } from '../../src/cache/pending-calls.ts';
import { PendingDeletes } from '../../src/cache/pending-deletes.ts';
import { PartialResultError, TimeoutError } from '../../src/core/errors.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';

const late = new TimeoutError('too late', 'total');
const item = (value: string): CacheItem => ({ value }) as unknown as CacheItem;

/** A node `n` whose deletes end when the test says so. */
function rig() {
  const deletes: End<boolean>[] = [];
  let connect: (event: { readonly node: string }) => void = () => {};
  const state = { reader: 'n' };
  const calls = {
    delete() {
      const end = withResolvers<boolean>();
      deletes.push(end);
      return end.promise;
    },
    getItem(key: string) {
      return Promise.resolve(item(`${key} of the node`));
    },
    getItems(keys: readonly string[]) {
      return Promise.resolve(new Map(keys.map((key) => [key, item(`${key} of the node`)])));
    },
    nodeInfo(_: string, options: object = {}) {
      // A client refuses the options of reads.
      expect(['routingKey', 'substitute']).toEqual(expect.arrayContaining(Object.keys(options)));
      return { node: state.reader };
    },
    ownerOf: () => 'n',
    on(_: string, listener: typeof connect) {
      connect = listener;
      return () => {};
    },
  } as unknown as ItemCalls;
  const pending = new PendingDeletes({ max: 10, maxAge: 60 }, new FakeClock(), () => {});
  const cache = new PendingCalls(calls, pending);
  const failDelete = async (key: string): Promise<void> => {
    const failing = cache.delete(key);
    deletes.pop()?.reject(late);
    await expect(failing).rejects.toBe(late);
  };
  return { cache, connected: () => connect({ node: 'n' }), deletes, failDelete, pending, state };
}

interface End<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers<T>(): End<T> {
  let resolve: End<T>['resolve'] = () => {};
  let reject: End<T>['reject'] = () => {};
  const promise = new Promise<T>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

test('a read of a key whose delete has failed follows another delete, and waits for its reply', async () => {
  const { cache, deletes, failDelete, pending } = rig();
  await failDelete('k');
  const reading = cache.getItem('k', { substitute: false, lease: 3 });
  const early = await Promise.race([reading, new Promise((resolve) => setImmediate(resolve, 'waits'))]);
  expect([early, deletes.length]).toEqual(['waits', 1]);
  deletes[0]?.resolve(true);
  expect(await reading).toEqual(item('k of the node'));
  expect(pending.isEmpty).toBe(true);
});

test('a read fails when the delete before it fails, also one that was sent before the read', async () => {
  const { cache, connected, deletes, failDelete, pending } = rig();
  await failDelete('k');
  connected();
  const reads = [cache.getItem('k'), cache.incr('k'), cache.decr('k')];
  expect(deletes).toHaveLength(1);
  deletes[0]?.reject(late);
  for (const reading of reads) await expect(reading).rejects.toBe(late);
  expect(pending.has('n', 'k')).toBe(true);
});

test('of many keys, those whose delete fails are failures, and the others are read', async () => {
  const { cache, deletes, failDelete } = rig();
  for (const key of ['a', 'b']) await failDelete(key);
  const reading = cache.getItems(['a', 'b', 'c']);
  deletes[1]?.reject(late);
  deletes[0]?.resolve(true);
  const error = (await reading.catch((reason: unknown) => reason)) as PartialResultError;
  expect(error).toBeInstanceOf(PartialResultError);
  expect(error.failures).toEqual(new Map([['b', late]]));
  expect([...error.results.keys()]).toEqual(['a', 'c']);
});

test('a delete that fails while an earlier one is in flight stays pending when that one is done', async () => {
  const { cache, connected, deletes, failDelete, pending } = rig();
  await failDelete('k');
  connected();
  await failDelete('k');
  deletes[0]?.resolve(true);
  await Promise.resolve();
  expect(pending.has('n', 'k')).toBe(true);
  const reading = cache.getItem('k');
  expect(deletes).toHaveLength(2);
  deletes[1]?.resolve(true);
  await reading;
  expect(pending.isEmpty).toBe(true);
});

test('a read that goes to a substitute of the node waits for nothing', async () => {
  const { cache, deletes, failDelete, state } = rig();
  await failDelete('k');
  state.reader = 'substitute';
  expect(await cache.getItem('k')).toEqual(item('k of the node'));
  expect(deletes).toHaveLength(0);
});
