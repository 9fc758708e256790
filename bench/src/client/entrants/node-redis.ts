/**
 * node-redis (npm package redis) on redis-server: a yardstick like ioredis. It pipelines the calls of a turn as it
 * comes. Objects are written as JSON here, as its users do.
 */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import type { ValueKind } from '../workload.ts';

interface RedisClient {
  connect(): Promise<unknown>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string | Buffer): Promise<unknown>;
  mGet(keys: readonly string[]): Promise<readonly unknown[]>;
  withTypeMapping(mapping: Readonly<Record<number, unknown>>): RedisClient;
  destroy(): void;
}

interface RedisModule {
  readonly createClient: (options: object) => RedisClient;
  readonly RESP_TYPES: { readonly BLOB_STRING: number };
}

function present<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

async function open({ redis: port }: Ports, kind: ValueKind): Promise<OpenClient> {
  const { createClient, RESP_TYPES } = await load<RedisModule>('redis');
  const client = createClient({ socket: { host: '127.0.0.1', port } });
  await client.connect();
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const gets: Record<ValueKind, (key: string) => Promise<unknown>> = {
    text: (key) => client.get(key).then(present),
    bytes: (key) => buffers.get(key).then(present),
    object: (key) => client.get(key).then((json) => (json === null ? undefined : (JSON.parse(json) as unknown))),
  };
  return {
    get: gets[kind],
    set:
      kind === 'object'
        ? (key, value) => client.set(key, JSON.stringify(value))
        : (key, value) => client.set(key, value),
    getMany: (keys) => client.mGet(keys),
    pick: (result: readonly unknown[], _key, index) => result[index],
    close: () => client.destroy(),
  };
}

export const nodeRedis: Entrant = { name: 'node-redis', role: 'yardstick', module: 'redis', takes: () => true, open };
