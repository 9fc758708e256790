/** memcache (jaredwray): text protocol, promises, strings only; objects are written as JSON here, as its users do. */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import type { ValueKind } from '../workload.ts';

interface MemcacheClient {
  get(key: string): Promise<string | undefined>;
  gets(keys: readonly string[]): Promise<Map<string, string>>;
  set(key: string, value: string): Promise<boolean>;
  disconnect(): Promise<void>;
}

interface MemcacheModule {
  readonly Memcache: new (options: {
    readonly nodes: readonly string[];
    readonly maxValueSize: number;
  }) => MemcacheClient;
}

async function open(ports: Ports, kind: ValueKind): Promise<OpenClient> {
  const { Memcache } = await load<MemcacheModule>('memcache');
  const client = new Memcache({ nodes: [`127.0.0.1:${ports.memcached}`], maxValueSize: 2 * 1024 * 1024 });
  const isObject = kind === 'object';
  return {
    get: isObject
      ? (key) => client.get(key).then((json) => (json === undefined ? undefined : (JSON.parse(json) as unknown)))
      : (key) => client.get(key),
    set: isObject ? (key, value) => client.set(key, JSON.stringify(value)) : (key, value) => client.set(key, value),
    getMany: (keys) => client.gets(keys),
    pick: (result: Map<string, string>, key) => result.get(key),
    close: () => client.disconnect(),
  };
}

export const memcache: Entrant = {
  name: 'memcache',
  role: 'peer',
  module: 'memcache',
  takes: (workload) => workload.kind !== 'bytes',
  open,
};
