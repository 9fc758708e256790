/** memcache-client: text protocol, promises. Gives strings, Buffers and objects back as they were set. */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';

interface Found {
  readonly value: unknown;
}

interface MemcacheClient {
  get(key: string): Promise<Found | undefined>;
  get(keys: readonly string[]): Promise<Record<string, Found>>;
  set(key: string, value: unknown): Promise<readonly string[]>;
  shutdown(): void;
}

interface MemcacheClientModule {
  readonly MemcacheClient: new (options: { readonly server: string }) => MemcacheClient;
}

async function open(ports: Ports): Promise<OpenClient> {
  const { MemcacheClient } = await load<MemcacheClientModule>('memcache-client');
  const client = new MemcacheClient({ server: `127.0.0.1:${ports.memcached}` });
  return {
    get: (key) => client.get(key).then((found) => found?.value),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.get(keys),
    pick: (result: Record<string, Found>, key) => result[key]?.value,
    close: () => client.shutdown(),
  };
}

export const memcacheClient: Entrant = {
  name: 'memcache-client',
  role: 'peer',
  module: 'memcache-client',
  takes: () => true,
  open,
};
