/**
 * memcached (3rd-Eden): text protocol, callbacks; its users wrap them in promises. Gives strings, Buffers and objects
 * back as they were set.
 */
import { type Done, promised } from '../../promised.ts';
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';

interface MemcachedClient {
  get(key: string, done: Done<unknown>): void;
  set(key: string, value: unknown, lifetime: number, done: Done<boolean>): void;
  getMulti(keys: readonly string[], done: Done<Record<string, unknown>>): void;
  end(): void;
}

interface MemcachedModule {
  readonly default: new (servers: string, options?: object) => MemcachedClient;
}

/** Its own limit is 1 MB less a little; everything else is as it comes. */
const options = { maxValue: 2 * 1024 * 1024 };

async function openWith(name: string, ports: Ports): Promise<OpenClient> {
  const { default: Memcached } = await load<MemcachedModule>(name);
  const client = new Memcached(`127.0.0.1:${ports.memcached}`, options);
  return {
    get: (key) => promised((done) => client.get(key, done)),
    set: (key, value) => promised((done) => client.set(key, value, 0, done)),
    getMany: (keys) => promised((done) => client.getMulti(keys, done)),
    pick: (result: Record<string, unknown>, key) => result[key],
    close: () => client.end(),
  };
}

export const memcached: Entrant = {
  name: 'memcached',
  role: 'peer',
  module: 'memcached',
  takes: () => true,
  open: (ports) => openWith('memcached', ports),
};

const dropin: Entrant = {
  ...memcached,
  name: '@memfleet/memcached',
  role: 'ours',
  module: '@memfleet/memcached',
  open: (ports) => openWith('@memfleet/memcached', ports),
};

/** Against its drop-in. */
export const replacedMemcached: Entrant = { ...memcached, name: 'memcached (drop-in)', role: 'variant', dropin };
