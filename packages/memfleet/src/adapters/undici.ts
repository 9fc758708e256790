/**
 * `memfleet/adapters/undici`: a store for the cache interceptor of undici, so that processes share responses.
 *
 *   GET:https://host/path        the response; or, if it varies, the names of the headers and an id
 *   … id, hash of their values   a response that varies
 *
 * The id is made with the first of them. Deleting the entry of the URL makes all of them unreachable.
 */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { BoundedMap } from '../base/bounded-map.ts';
import { asBuffer } from '../base/bytes.ts';
import { systemRandomBytes } from '../base/chance.ts';
import { wallNow } from '../base/real-time.ts';
import { getAs } from '../client/calls.ts';
import type { Client } from '../client/client.ts';
import { bytes } from '../client/transcoders.ts';
import { settle } from './callbacks.ts';
import { KeySpace } from './key-space.ts';
import { lifeOf } from './milliseconds.ts';
import { pack } from './packed.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';
import {
  responseHead,
  type UndiciCacheResult,
  type UndiciCacheValue,
  type UndiciVariants,
  unpackResponse,
} from './undici-response.ts';

export type { PrefixOptions, UndiciCacheResult, UndiciCacheValue };

/** The request of a response. */
export interface UndiciCacheKey {
  /** As in `https://host:443`. */
  readonly origin: string;
  /** As in `GET`. */
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The headers of the request. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** The origins whose prefix is remembered, at most. */
const mostOrigins = 1000;

/** What unsafe requests invalidate. */
const methods = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/** The store. While a node is out, its responses are misses, and are not stored. */
export class UndiciCacheStore {
  readonly #client: Client<Uint8Array>;
  readonly #prefix: string;
  readonly #keys: KeySpace;
  readonly #origins = new BoundedMap<string, KeySpace>({ maxItems: mostOrigins, maxSize: Infinity });
  readonly #maxSize: number;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#client = client.with<Uint8Array>({ transcoder: bytes, errors: 'miss' });
    this.#prefix = prefixOf(options, 'undici:');
    this.#keys = new KeySpace(this.#client, this.#prefix);
    this.#maxSize = client.items.limits.maxItemSize;
  }

  /** The response to a request, or undefined. */
  get(key: UndiciCacheKey): Promise<UndiciCacheResult | undefined> {
    const shape = getAs<Uint8Array, UndiciCacheResult | undefined>((packed) => {
      const found = unpackResponse(packed);
      if (found === undefined) return undefined;
      return 'body' in found ? current(found) : this.#getVariant(key, found);
    }, undefined);
    return key.method === 'GET'
      ? this.#keysOf(key.origin).run(shape, key.path, undefined)
      : this.#keys.run(shape, textOf(key), undefined);
  }

  /** The keys of GET requests to an origin. */
  #keysOf(origin: string): KeySpace {
    const known = this.#origins.peek(origin);
    if (known !== undefined) return known;
    const keys = new KeySpace(this.#client, this.#prefix, textOf({ origin, method: 'GET', path: '' }));
    this.#origins.set(origin, keys, 0);
    return keys;
  }

  async #getVariant(key: UndiciCacheKey, { names, id }: UndiciVariants): Promise<UndiciCacheResult | undefined> {
    const values = names.map((name) => key.headers?.[name] ?? null);
    const found = unpackResponse(await this.#client.get(this.#variant(this.#place(key), id, values)));
    return found !== undefined && 'body' in found ? current(found) : undefined;
  }

  /**
   * A stream for the body. The response is stored when it ends; one that is larger than an item is not.
   */
  createWriteStream(key: UndiciCacheKey, value: UndiciCacheValue): Writable {
    const chunks: Buffer[] = [];
    const head = responseHead(value);
    // The key, and what the node keeps of an item.
    let room = this.#maxSize - head.length - 512;
    const store = (): Promise<void> => this.#store(key, value, head, Buffer.concat(chunks));
    return new Writable({
      write(chunk: string | Uint8Array, encoding, done) {
        const part = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : asBuffer(chunk);
        room -= part.length;
        if (room < 0) this.destroy();
        else chunks.push(part);
        done();
      },
      final(done) {
        void settle(store(), (error) => done(error));
      },
    });
  }

  /** Deletes the responses of a URL. */
  async delete({ origin, path }: UndiciCacheKey): Promise<void> {
    await this.#client.deleteMany(methods.map((method) => this.#place({ origin, path, method })));
  }

  async #store(key: UndiciCacheKey, value: UndiciCacheValue, head: Buffer, body: Buffer): Promise<void> {
    const ttl = lifeOf(Math.ceil((value.deleteAt - wallNow()) / 1000));
    if (ttl <= 0) return;
    const place = this.#place(key);
    const names = Object.keys(value.vary ?? {}).sort();
    if (names.length === 0) {
      await this.#client.set(place, pack(head, body), { ttl });
      return;
    }
    const id = await this.#idOf(place, names, ttl);
    const values = names.map((name) => value.vary?.[name] ?? null);
    await this.#client.set(this.#variant(place, id, values), pack(head, body), { ttl });
  }

  /** The id of the responses that vary by these headers; it lives as long as the one that lives longest. */
  async #idOf(place: string, names: readonly string[], ttl: number): Promise<string> {
    const item = await this.#client.items.get(place);
    const found = unpackResponse(item?.value);
    if (found !== undefined && 'names' in found && found.names.join() === names.join()) {
      if ((item?.ttl ?? 0) < ttl) await this.#client.touch(place, ttl);
      return found.id;
    }
    const id = systemRandomBytes(9).toString('base64url');
    await this.#client.set(place, pack(Buffer.from(JSON.stringify({ names, id })), Buffer.alloc(0)), { ttl });
    return id;
  }

  #place(key: UndiciCacheKey): string {
    return this.#keys.wire(textOf(key));
  }

  #variant(place: string, id: string, values: readonly unknown[]): string {
    const hash = createHash('sha256').update(JSON.stringify(values)).digest('base64url');
    return this.#keys.wire(`${place}:${id}:${hash}`);
  }
}

const textOf = ({ origin, method, path }: UndiciCacheKey): string => `${method}:${origin}${path}`;

/** The response until its time is over. */
const current = (found: UndiciCacheResult): UndiciCacheResult | undefined =>
  found.deleteAt > wallNow() ? found : undefined;
