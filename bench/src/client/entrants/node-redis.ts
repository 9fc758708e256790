/**
 * node-redis (npm package redis) on redis-server: a yardstick like ioredis. By default it pipelines the calls of a
 * turn.
 */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import type { ValueKind } from '../workload.ts';
import { openRedis } from './redis-calls.ts';

interface RedisClient {
  connect(): Promise<unknown>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string | Buffer): Promise<unknown>;
  mGet(keys: readonly string[]): Promise<readonly unknown[]>;
  /** The same client, with other types of replies. */
  withTypeMapping(mapping: Readonly<Record<number, unknown>>): { get(key: string): Promise<Buffer | null> };
  destroy(): void;
}

interface RedisModule {
  readonly createClient: (options: object) => RedisClient;
  readonly RESP_TYPES: { readonly BLOB_STRING: number };
}

async function open({ redis: port }: Ports, kind: ValueKind): Promise<OpenClient> {
  const { createClient, RESP_TYPES } = await load<RedisModule>('redis');
  const client = createClient({ socket: { host: '127.0.0.1', port } });
  await client.connect();
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const calls = {
    getText: (key: string) => client.get(key),
    getBytes: (key: string) => buffers.get(key),
    set: (key: string, value: string | Buffer) => client.set(key, value),
    getMany: (keys: readonly string[]) => client.mGet(keys),
    close: () => client.destroy(),
  };
  return openRedis(calls, kind);
}

export const nodeRedis: Entrant = { name: 'node-redis', role: 'yardstick', module: 'redis', takes: () => true, open };
