/** The two ways to a part of a page that are compared. */
import { type Client, createClient, transcoders } from 'memfleet';
import { createCache } from 'memfleet/cache';
import { seededRandom } from '../random.ts';
import { ejectGrowth } from '../schedule.ts';
import type { Mode, ShopSettings } from './messages.ts';
import type { ReadPart } from './shop.ts';

type ClientSettings = Pick<ShopSettings, 'nodes' | 'ejectTime' | 'seed'>;

/** A client as shops and the office have one. */
export function shopClient({ nodes, ejectTime, seed }: ClientSettings): Client<Uint8Array> {
  const random = seededRandom(seed);
  return createClient<Uint8Array>({ nodes, ejectTime, ejectGrowth, transcoder: transcoders.bytes, random });
}

/** Keys are the same in both ways, so that they have the same nodes. */
const keyFunction = (key: string): string => key;

/** A way to the parts of pages. */
export interface Way {
  readonly read: ReadPart;
  /** Deletes a key; whether that is certain. */
  readonly forget: (key: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** The ways over a client. */
export const ways: { readonly [M in Mode]: (client: Client<Uint8Array>) => Way } = {
  plain: (client) => ({
    read: async ({ key, ttl }, load) => {
      const found = await client.get(key).catch(() => undefined);
      if (found !== undefined) return found;
      const value = await load();
      await client.set(key, value, ttl).catch(() => false);
      return value;
    },
    forget: (key) => isDone(client.delete(key)),
    close: async () => {},
  }),
  cache: (client) => {
    const options = { client, keyFunction, transcoder: transcoders.bytes, jitter: 0 };
    const cache = createCache({ ...options, staleTtl: 10, staleOnError: 60 });
    // `errors: 'miss'` would not tell a delete that failed from one that found nothing.
    const strict = createCache({ ...options, errors: 'throw' });
    return {
      read: ({ key, ttl }, load) => cache.getOrSet(key, load, ttl),
      forget: (key) => isDone(strict.delete(key)),
      close: async () => {
        await Promise.all([cache.close(), strict.close()]);
      },
    };
  },
};

function isDone(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}
