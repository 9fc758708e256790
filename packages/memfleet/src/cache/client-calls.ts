/** The calls of a client as the cache makes them: over a view whose values are entries, and whose errors are thrown. */
import type { Client } from '../client/client.ts';
import type { ItemCalls } from './item-calls.ts';

/** The calls of a view. `view`: its transcoder is that of the entries. */
export function clientCalls(view: Client): ItemCalls {
  const { items } = view;
  return {
    getItem: (key, options) => items.get(key, options),
    getItems: (keys, options) => items.getMany(keys, options),
    setItem: (key, value, options) => items.set(key, value, options),
    invalidate: (key, options) => items.invalidate(key, options),
    delete: (key, options) => view.delete(key, options),
    touch: (key, ttl, options) => view.touch(key, ttl, options),
    incr: (key, delta, options) => view.incr(key, delta, options),
    decr: (key, delta, options) => view.decr(key, delta, options),
    flush: () => view.flush(),
    nodeInfo: (key, options) => items.nodeOf(key, options),
    ownerOf: (key) => view.nodeOf(key),
    on: (event, listener) => view.on(event, listener),
  };
}
