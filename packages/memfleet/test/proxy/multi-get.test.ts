import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import { MultiGet } from '../../src/proxy/listeners/multi-get.ts';
import type { Route } from '../../src/proxy/routes/route.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { commandOf } from '../support/ask.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

/** Gets keys and records the replies, in order. */
function getMany(route: Route, keys: readonly string[], touch = false) {
  const replies: string[] = [];
  const errors: MemcacheError[] = [];
  const counters = { keys: 0, duplicates: 0 };
  const command = commandOf('get', { keys, touch, dialect: 'text' });
  new MultiGet(
    route,
    command,
    keys,
    {
      onReply: (reply) => replies.push(reply.part === 'item' ? `${reply.key}=${reply.text()}` : reply.part),
      onError: (error) => errors.push(error),
    },
    counters,
  ).start();
  return { replies, errors, counters, command };
}

describe('a get of many keys', () => {
  it('gets its reply in the order of the request, each value as soon as all before it are known', () => {
    const nodes = new ManualDispatcher();
    const { replies } = getMany(nodes, ['a', 'b', 'c', 'd']);
    nodes.hit('c', '3');
    nodes.hit('b', '2');
    expect(replies).toEqual([]);
    nodes.status('a', 'miss');
    expect(replies).toEqual(['b=2', 'c=3']);
    nodes.hit('d', '4');
    expect(replies).toEqual(['b=2', 'c=3', 'd=4', 'end']);
  });

  it('fetches a key once and returns it as often as it was requested', () => {
    const nodes = new ManualDispatcher();
    const { replies, counters } = getMany(nodes, ['a', 'b', 'a', 'a', 'b']);
    expect(nodes.pending.map(({ command }) => command.key)).toEqual(['a', 'b']);
    nodes.hit('b', '2');
    nodes.hit('a', '1');
    expect(replies).toEqual(['a=1', 'b=2', 'a=1', 'a=1', 'b=2', 'end']);
    expect(counters).toEqual({ keys: 5, duplicates: 3 });
  });

  it('touches a key as often as it was named, because the first touch may end the item', () => {
    const nodes = new ManualDispatcher();
    getMany(nodes, ['a', 'b', 'a'], true);
    expect(nodes.pending.map(({ command }) => command.key)).toEqual(['a', 'b', 'a']);
  });

  it('leaves out misses, also of keys that come twice', () => {
    const nodes = new ManualDispatcher();
    const { replies } = getMany(nodes, ['a', 'b', 'a']);
    nodes.status('a', 'miss');
    nodes.status('b', 'miss');
    expect(replies).toEqual(['end']);
  });

  it('has a bounded number of keys in flight, and fewer when values are large', () => {
    const nodes = new ManualDispatcher();
    const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`);
    const { replies } = getMany(nodes, keys);
    expect(nodes.pending).toHaveLength(1000);
    nodes.hit('k0', 'v');
    expect(nodes.pending).toHaveLength(1000);
    nodes.hit('k1', 'x'.repeat(2 * 1024 * 1024));
    expect(nodes.pending).toHaveLength(999);
    for (let i = 2; i < 3000; i++) nodes.hit(`k${i}`, 'v');
    expect(replies).toHaveLength(3001);
    expect(replies.at(-1)).toBe('end');
  });

  it('takes the keys in flight along when its client is gone', () => {
    const nodes = new ManualDispatcher();
    const { command } = getMany(nodes, ['a', 'b', 'c']);
    const parts = nodes.pending.map((pending) => pending.command);
    expect(parts.map(({ cancelled }) => cancelled)).toEqual([false, false, false]);
    command.cancelled = true;
    expect(parts.map(({ cancelled }) => cancelled)).toEqual([true, true, true]);
  });

  it('stops asking when its client is gone', () => {
    const nodes = new ManualDispatcher();
    const { command, replies } = getMany(
      nodes,
      Array.from({ length: 3000 }, (_, i) => `k${i}`),
    );
    command.cancelled = true;
    for (let i = 0; i < 1000; i++) nodes.status(`k${i}`, 'miss');
    expect(nodes.pending).toHaveLength(0);
    expect(replies).toEqual([]);
  });

  it('gets its reply at once when everything is known at once', () => {
    const store = new StoreDispatcher();
    for (const key of ['a', 'c'])
      store.dispatch(Object.assign(new Command('store', key), { value: `of ${key}` }), { onReply() {}, onError() {} });
    expect(getMany(store, ['a', 'b', 'c', 'a']).replies).toEqual(['a=of a', 'c=of c', 'a=of a', 'end']);
  });

  it('of which a node failed gives the values of the others, then the failure', () => {
    const nodes = new ManualDispatcher();
    const { replies, errors } = getMany(nodes, ['a', 'b', 'c']);
    nodes.fail('b', new ConnectError('down', { node: 'n:1' }));
    nodes.hit('c', '3');
    nodes.hit('a', '1');
    expect(replies).toEqual(['a=1', 'c=3']);
    expect(errors).toMatchObject([{ message: 'down' }]);
  });
});
