/**
 * Values that other clients of npm write are read with their type by the transcoder of their name, and the other way
 * round.
 */
import { createRequire } from 'node:module';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Client, createClient, type Transcoder, transcoders } from '../../src/client/index.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';

const { auto, memcacheClient, memjs } = transcoders;

const text = 'naïve ☃';
const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
/** npm `memcached` takes its socket for UTF-8: it damages other bytes, and line ends. */
const plainBytes = Buffer.from('plain bytes');
const object = { a: [1, 'two', null], é: { b: true } };

// None of them has types.
const load = createRequire(import.meta.url);

/** A client of npm, with promises. */
interface Other {
  set(key: string, value: unknown): Promise<unknown>;
  get(key: string): Promise<unknown>;
  end(): void;
}

interface MemjsModule {
  readonly Client: {
    create(servers: string): {
      set(key: string, value: unknown, options: object): Promise<unknown>;
      get(key: string): Promise<{ readonly value: Buffer }>;
      close(): void;
    };
  };
}

function openMemjs(address: string): Other {
  const client = (load('memjs') as MemjsModule).Client.create(address);
  return {
    set: (key, value) => client.set(key, value, {}),
    get: async (key) => (await client.get(key)).value,
    end: () => client.close(),
  };
}

type Callback = (error: Error | undefined, value: unknown) => void;
type MemcachedModule = new (server: string) => {
  set(key: string, value: unknown, lifetime: number, callback: Callback): void;
  get(key: string, callback: Callback): void;
  end(): void;
};

function openMemcached(address: string): Other {
  const client = new (load('memcached') as MemcachedModule)(address);
  const promised = (call: (callback: Callback) => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      call((error, value) => {
        if (error === undefined || error === null) resolve(value);
        else reject(error);
      });
    });
  return {
    set: (key, value) => promised((callback) => client.set(key, value, 0, callback)),
    get: (key) => promised((callback) => client.get(key, callback)),
    end: () => client.end(),
  };
}

interface MemcacheClientModule {
  readonly MemcacheClient: new (options: object) => {
    set(key: string, value: unknown, options?: object): Promise<unknown>;
    get(key: string): Promise<{ readonly value: unknown }>;
    shutdown(): void;
  };
}

/** Its compressor, as its users give one. */
const compressor = {
  compressSync: ({ input }: { readonly input: Buffer }): Buffer => gzipSync(input),
  decompressSync: ({ input }: { readonly input: Buffer }): Buffer => gunzipSync(input),
};

function openMemcacheClient(address: string): Other {
  const { MemcacheClient } = load('memcache-client') as MemcacheClientModule;
  const client = new MemcacheClient({ server: address, compressor });
  return {
    set: (key, value) => client.set(key, value, { compress: true }),
    get: async (key) => (await client.get(key)).value,
    end: () => client.shutdown(),
  };
}

/** What one writes, and what the other reads. */
type Shared = readonly (readonly [written: unknown, read: unknown])[];

const same = (...values: readonly unknown[]): Shared => values.map((value) => [value, value] as const);

describeReal('values shared with clients of npm', () => {
  let node: RealMemcached;
  beforeAll(async () => {
    node = await startMemcached(['-t', '1']);
  });
  afterAll(() => node.stop());

  test.each<
    readonly [
      string,
      (address: string) => Other,
      Transcoder<unknown>,
      { readonly theirs: Shared; readonly ours: Shared },
    ]
  >([
    [
      'memjs',
      openMemjs,
      memjs,
      {
        theirs: same(text, '', bytes),
        ours: [
          [text, Buffer.from(text)],
          [bytes, bytes],
        ],
      },
    ],
    [
      'memjs, JSON',
      openMemjs,
      memjs.with({ json: true }),
      {
        theirs: [
          [JSON.stringify(object), object],
          ['no JSON', 'no JSON'],
          [bytes, bytes],
        ],
        ours: [
          [object, Buffer.from(JSON.stringify(object))],
          ['x', Buffer.from('"x"')],
          [bytes, bytes],
        ],
      },
    ],
    [
      'memcached',
      openMemcached,
      auto,
      {
        theirs: same(text, 42, -1.5, true, null, object, plainBytes),
        ours: same(text, 42, -1.5, true, null, object, plainBytes),
      },
    ],
    [
      'memcache-client',
      openMemcacheClient,
      memcacheClient,
      {
        theirs: same(text, 'long '.repeat(1000), 42, -1.5, null, object, [object, 'x'.repeat(1000)], bytes),
        ours: same(text, 42, -1.5, Infinity, true, null, object, bytes),
      },
    ],
  ])('%s', async (name, open, transcoder, { theirs, ours }) => {
    const address = `127.0.0.1:${node.port}`;
    const other = open(address);
    onTestFinished(() => other.end());
    const client: Client = createClient({
      nodes: address,
      transcoder,
      prefix: name.replaceAll(/\W/g, ''),
      timeout: 5000,
    });
    onTestFinished(() => client.destroy());
    const keyOf = (by: string, i: number): string => `${name.replaceAll(/\W/g, '')}${by}${i}`;
    for (const [i, [written, read]] of theirs.entries()) {
      await other.set(keyOf('theirs', i), written);
      expect(await client.get(`theirs${i}`)).toEqual(read);
    }
    for (const [i, [written, read]] of ours.entries()) {
      await client.set(`ours${i}`, written);
      expect(await other.get(keyOf('ours', i))).toEqual(read);
    }
  });
});
