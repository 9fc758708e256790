import { nextCacheHandlers } from 'memfleet/adapters/next-cache-handlers';
import { client, options } from './client.mjs';

export default nextCacheHandlers(client, options);
