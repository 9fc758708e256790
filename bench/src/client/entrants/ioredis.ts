/**
 * ioredis on redis-server: no peer, but the yardstick that users know. Objects are written as JSON here, as its users
 * do.
 */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import type { ValueKind } from '../workload.ts';

interface RedisClient {
  get(key: string): Promise<string | null>;
  getBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: string | Buffer): Promise<string>;
  mget(keys: readonly string[]): Promise<readonly (string | null)[]>;
  disconnect(): void;
}

interface RedisModule {
  readonly Redis: new (port: number, host: string, options: object) => RedisClient;
}

function present<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

function opener(options: object) {
  return async (ports: Ports, kind: ValueKind): Promise<OpenClient> => {
    const { Redis } = await load<RedisModule>('ioredis');
    const client = new Redis(ports.redis, '127.0.0.1', options);
    const gets: Record<ValueKind, (key: string) => Promise<unknown>> = {
      text: (key) => client.get(key).then(present),
      bytes: (key) => client.getBuffer(key).then(present),
      object: (key) => client.get(key).then((json) => (json === null ? undefined : (JSON.parse(json) as unknown))),
    };
    return {
      get: gets[kind],
      set:
        kind === 'object'
          ? (key, value) => client.set(key, JSON.stringify(value))
          : (key, value) => client.set(key, value),
      getMany: (keys) => client.mget(keys),
      pick: (result: readonly unknown[], _key, index) => result[index],
      close: () => client.disconnect(),
    };
  };
}

export const ioredisEntrants: readonly Entrant[] = [
  { name: 'ioredis', role: 'yardstick', module: 'ioredis', takes: () => true, open: opener({}) },
  {
    name: 'ioredis (auto-pipelining)',
    role: 'yardstick',
    module: 'ioredis',
    takes: (workload) => workload.size === 100 && workload.inFlight === 256,
    open: opener({ enableAutoPipelining: true }),
  },
];
