import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Client, createClient } from 'memfleet';
import { Cache, createCache } from 'memfleet/cache';
import { createServer } from 'memfleet/server';

/** Without MEMCACHED_NODES: a memcached server in this process. */
class Memcached {
  readonly #server = process.env['MEMCACHED_NODES'] ? undefined : createServer({ port: 0 });

  async nodes(): Promise<string> {
    const address = await this.#server?.listen();
    if (address !== undefined && 'port' in address) return `127.0.0.1:${address.port}`;
    return process.env['MEMCACHED_NODES'] ?? '';
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

/** One client and one cache for the application; their classes are the tokens. */
@Global()
@Module({
  providers: [
    Memcached,
    {
      provide: Client,
      inject: [Memcached],
      useFactory: async (memcached: Memcached) => createClient({ nodes: await memcached.nodes(), timeout: 500 }),
    },
    {
      provide: Cache,
      inject: [Client],
      useFactory: (client: Client) => createCache({ client, ttl: 30, staleTtl: 60 }),
    },
  ],
  exports: [Client, Cache],
})
export class CacheModule implements OnApplicationShutdown {
  readonly #cache: Cache;
  readonly #client: Client;
  readonly #memcached: Memcached;

  constructor(@Inject(Cache) cache: Cache, @Inject(Client) client: Client, @Inject(Memcached) memcached: Memcached) {
    this.#cache = cache;
    this.#client = client;
    this.#memcached = memcached;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#cache.close();
    await this.#client.close();
    await this.#memcached.close();
  }
}
