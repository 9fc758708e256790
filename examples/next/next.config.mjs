import { fileURLToPath } from 'node:url';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @type {import('next').NextConfig} */
const config = {
  cacheComponents: true,
  partialPrefetching: true,
  // `'use cache'` and `'use cache: remote'`
  cacheHandlers: { default: file('cache/handlers.mjs'), remote: file('cache/handlers.mjs') },
  // Pages, routes, and the responses of `fetch`.
  cacheHandler: file('cache/handler.mjs'),
  cacheMaxMemorySize: 0,
};

export default config;
