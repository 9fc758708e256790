/** The adapters have the types that Next.js declares. Only the compiler reads this file. */
import { createClient } from 'memfleet';
import { nextCacheHandler } from 'memfleet/adapters/next-cache-handler';
import { nextCacheHandlers } from 'memfleet/adapters/next-cache-handlers';
import type { CacheHandler } from 'next/dist/server/lib/cache-handlers/types';
import type { CacheHandler as PageCacheHandler } from 'next/dist/server/lib/incremental-cache';

const client = createClient();

export const handlers: CacheHandler = nextCacheHandlers(client);
export const Handler: typeof PageCacheHandler = nextCacheHandler(client);
