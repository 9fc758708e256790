import {
  type Bucket,
  type Cas,
  DocumentExistsError,
  DocumentNotFoundError,
  PingState,
  RequestCanceledError,
} from 'couchbase';
import { expect } from 'vitest';
import type { SimulatedCluster } from '../../../src/testing/index.ts';

/** What the official SDK works with in a round, and how often it did so. */
export interface RoundPlace {
  readonly cluster: SimulatedCluster;
  readonly bucket: Bucket;
  /** Begins all keys of this place; no other round uses them. */
  readonly name: string;
  /** Rounds that were made here: what was counted and appended in all of them must still be there. */
  rounds: number;
  /**
   * Whether the SDK gave a call up when it ended the connection to a node that left the map: it repeats only reads, as
   * nobody knows whether the node executed the call. No rounds are made here any more.
   */
  isUndecided?: boolean;
}

const operations: Readonly<Record<string, (place: RoundPlace) => Promise<void>>> = {
  async 'upsert, get'({ bucket, name, rounds }) {
    const items = bucket.defaultCollection();
    const { cas } = await items.upsert(`${name} item`, { name, rounds });
    const read = await items.get(`${name} item`);
    expect(read.content).toEqual({ name, rounds });
    expect(text(read.cas)).toBe(text(cas));
  },
  async 'touch, getAndTouch'({ bucket, name, rounds }) {
    const items = bucket.defaultCollection();
    const before = await items.get(`${name} item`);
    const touched = await items.touch(`${name} item`, 2000);
    expect(text(touched.cas)).not.toBe(text(before.cas));
    const read = await items.getAndTouch(`${name} item`, 3000);
    expect(read.content).toEqual({ name, rounds });
    expect(text((await items.get(`${name} item`)).cas)).toBe(text(read.cas));
    await expect(items.touch(`${name} nothing`, 1)).rejects.toThrow(DocumentNotFoundError);
  },
  async getAnyReplica({ bucket, name, rounds }) {
    const read = await bucket.defaultCollection().getAnyReplica(`${name} item`);
    expect(read.content).toEqual({ name, rounds });
  },
  async 'insert, replace, exists, remove'({ bucket, name, rounds }) {
    const items = bucket.defaultCollection();
    const key = `${name} one`;
    const { cas } = await items.insert(key, rounds);
    await expect(items.insert(key, 'again')).rejects.toThrow(DocumentExistsError);
    await items.replace(key, rounds + 1, { cas });
    await expect(items.replace(key, 'late', { cas })).rejects.toThrow(/cas mismatch/);
    expect((await items.get(key)).content).toBe(rounds + 1);
    expect((await items.exists(key)).exists).toBe(true);
    await items.remove(key);
    expect((await items.exists(key)).exists).toBe(false);
    await expect(items.remove(key)).rejects.toThrow(DocumentNotFoundError);
    await expect(items.replace(key, 'gone')).rejects.toThrow(DocumentNotFoundError);
  },
  async increment({ bucket, name, rounds }) {
    const { value } = await bucket.defaultCollection().binary().increment(`${name} count`, 5, { initial: 10 });
    expect(value).toBe(10 + 5 * rounds);
  },
  async append({ bucket, name, rounds }) {
    const items = bucket.defaultCollection();
    if (rounds === 0) await items.insert(`${name} joined`, Buffer.from('.'));
    await items.binary().append(`${name} joined`, `${rounds},`);
    const expected = `.${Array.from({ length: rounds + 1 }, (_, n) => `${n},`).join('')}`;
    expect(String((await items.get(`${name} joined`)).content)).toBe(expected);
  },
  async ping({ bucket, cluster }) {
    const { services } = (await bucket.ping()) as unknown as {
      services: { kv: { remote: string; state: PingState }[] };
    };
    // Looked at afterwards: the SDK ends its connection to a node that left the map, and with it a ping that is in
    // flight.
    const members = new Set(cluster.nodes.map((node) => node.name));
    const answers = services.kv.filter(({ remote }) => members.has(remote));
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter(({ state }) => state !== PingState.Ok)).toEqual([]);
  },
};

/**
 * Has the SDK do everything once, one after the other; each operation must give what it gives on a cluster that stands
 * still.
 */
export async function round(place: RoundPlace): Promise<void> {
  if (place.isUndecided === true) return;
  for (const [name, operation] of Object.entries(operations)) {
    try {
      await operation(place);
    } catch (error) {
      if (error instanceof RequestCanceledError) {
        place.isUndecided = true;
        return;
      }
      throw new Error(`${name}, round ${place.rounds} of ${place.name}`, { cause: error });
    }
  }
  place.rounds++;
}

function text(cas: Cas): string {
  return cas.toString();
}
