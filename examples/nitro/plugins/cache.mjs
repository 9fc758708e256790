/** Nitro's cache is in memcached, and all processes share it. */
import { createClient } from 'memfleet';
import { unstorageDriver } from 'memfleet/adapters/unstorage';
import { defineNitroPlugin, useStorage } from 'nitropack/runtime';

export default defineNitroPlugin((nitro) => {
  // A page waits for a node that is out no longer than this.
  const client = createClient({ nodes: process.env.MEMCACHED_NODES, timeout: 500 });
  useStorage().mount('cache', unstorageDriver(client, { prefix: 'cache:' }));
  nitro.hooks.hook('close', () => client.close());
});
