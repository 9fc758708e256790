import { nextCacheHandler } from 'memfleet/adapters/next-cache-handler';
import { client, options } from './client.mjs';

export default nextCacheHandler(client, options);
