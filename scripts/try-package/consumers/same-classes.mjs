// What `import` and `require` give is one and the same: classes, channels, state.
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import * as client from 'memfleet';
import * as caches from 'memfleet/cache';
import * as core from 'memfleet/core';
import * as locator from 'memfleet/locator';
import * as metrics from 'memfleet/metrics';
import * as proxy from 'memfleet/proxy';
import * as server from 'memfleet/server';
import * as snapshot from 'memfleet/snapshot';
import * as testing from 'memfleet/testing';

const require = createRequire(import.meta.url);
const imported = { memfleet: client, cache: caches, core, locator, metrics, proxy, server, snapshot, testing };
for (const [name, module] of Object.entries(imported)) {
  const required = require(name === 'memfleet' ? name : `memfleet/${name}`);
  assert.deepEqual(
    Object.keys(required)
      .filter((key) => key !== '__esModule')
      .sort(),
    Object.keys(module).sort(),
  );
  for (const key of Object.keys(module)) assert.equal(required[key], module[key], `${name}: ${key}`);
}

let commands = 0;
subscribe('tracing:memfleet:command:start', () => commands++);
const cache = require('memfleet').createClient({ nodes: '127.0.0.1:1', timeout: 100 });
await assert.rejects(
  cache.get('key'),
  (error) => error instanceof client.MemcacheError && error instanceof core.MemcacheError,
);
assert.equal(commands, 1);
await cache.close();
console.log('one copy');
