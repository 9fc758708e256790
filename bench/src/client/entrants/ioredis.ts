/** ioredis on redis-server: no peer, but the yardstick that users know. */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import type { ValueKind } from '../workload.ts';
import { openRedis } from './redis-calls.ts';

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

function opener(options: object) {
  return async (ports: Ports, kind: ValueKind): Promise<OpenClient> => {
    const { Redis } = await load<RedisModule>('ioredis');
    const client = new Redis(ports.redis, '127.0.0.1', options);
    const calls = {
      getText: (key: string) => client.get(key),
      getBytes: (key: string) => client.getBuffer(key),
      set: (key: string, value: string | Buffer) => client.set(key, value),
      getMany: (keys: readonly string[]) => client.mget(keys),
      close: () => client.disconnect(),
    };
    return openRedis(calls, kind);
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
