/** memcache-plus: text protocol, promises (bluebird). Gives strings, Buffers and objects back as they were set. */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';

interface MemcachePlusClient {
  get(key: string): PromiseLike<unknown>;
  getMulti(keys: readonly string[]): PromiseLike<Record<string, unknown>>;
  set(key: string, value: unknown): PromiseLike<unknown>;
  disconnect(): PromiseLike<unknown>;
}

interface MemcachePlusModule {
  readonly default: new (options: object) => MemcachePlusClient;
}

async function open(ports: Ports): Promise<OpenClient> {
  const { default: MemcachePlus } = await load<MemcachePlusModule>('memcache-plus');
  const client = new MemcachePlus({ hosts: [`127.0.0.1:${ports.memcached}`], maxValueSize: 2 * 1024 * 1024 });
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.getMulti(keys),
    pick: (result: Record<string, unknown>, key) => result[key],
    close: async () => {
      await client.disconnect();
    },
  };
}

export const memcachePlus: Entrant = {
  name: 'memcache-plus',
  role: 'peer',
  module: 'memcache-plus',
  takes: () => true,
  open,
};
