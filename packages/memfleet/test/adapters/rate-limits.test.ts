/** Stores of rate limits: through the limiters, and exact across processes. */
import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import rateLimitPlugin from '@fastify/rate-limit';
import express from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import fastify, { type FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ExpressRateLimitStore } from '../../src/adapters/express-rate-limit.ts';
import { fastifyRateLimitStore } from '../../src/adapters/fastify-rate-limit.ts';
import { rateLimiter } from '../../src/adapters/rate-limiter-flexible.ts';
import type { Client } from '../../src/client/index.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { clientOf, startClient, startCounted, startNode } from './nodes.ts';

const visitor = fileURLToPath(new URL('hitting.mjs', import.meta.url));
const run = promisify(execFile);

/** A client whose node is gone. */
async function lostClient(): Promise<Client> {
  const node = await startNode();
  const client = clientOf(node.address);
  await client.ready();
  await node.stop();
  return client;
}

async function hitFromFourProcesses(address: string): Promise<number[]> {
  const outputs = await Promise.all(
    Array.from({ length: 4 }, () => run(process.execPath, [visitor, address, '250'], { timeout: 25_000 })),
  );
  return outputs.flatMap(({ stdout }): number[] => JSON.parse(stdout)).sort((a, b) => a - b);
}

const everyNumberOnce = Array.from({ length: 1000 }, (_, at) => at + 1);

test('1000 hits at once from 4 processes are counted exactly: each number is given once', async () => {
  expect(await hitFromFourProcesses((await startNode()).address)).toEqual(everyNumberOnce);
});

async function startReal(): Promise<RealMemcached> {
  const memcached = await startMemcached();
  onTestFinished(async () => memcached.stop());
  return memcached;
}

describeReal('with the real memcached', () => {
  test('1000 hits at once from 4 processes are counted exactly', async () => {
    const { port } = await startReal();
    expect(await hitFromFourProcesses(`127.0.0.1:${port}`)).toEqual(everyNumberOnce);
  });

  test('a limiter consumes, rewards and blocks', async () => {
    const { port } = await startReal();
    const limiter = rateLimiter(clientOf(`127.0.0.1:${port}`), { points: 20, duration: 60 });
    await limiter.consume('user', 10);
    expect(await limiter.reward('user', 9)).toMatchObject({ consumedPoints: 1 });
    expect(await limiter.get('user')).toMatchObject({ consumedPoints: 1 });
    await limiter.block('user', 600);
    await expect(limiter.consume('user')).rejects.toMatchObject({ consumedPoints: 22 });
  });
});

describe('express-rate-limit', () => {
  async function serve(store: Store): Promise<string> {
    const app = express();
    app.use(rateLimit({ store, windowMs: 60_000, limit: 3, legacyHeaders: false, standardHeaders: 'draft-6' }));
    app.get('/', (_: unknown, response: { send(text: string): void }) => response.send('page'));
    const server = app.listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  test('refuses the fourth request of a window, in every process, and tells when it ends', async () => {
    const { address } = await startNode();
    const urls = await Promise.all([0, 1].map(() => serve(new ExpressRateLimitStore(clientOf(address)))));
    const replies = [];
    for (let at = 0; at < 4; at++) replies.push(await fetch(urls[at % 2] as string));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(replies.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
    for (const { headers } of replies) expect(Number(headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60);
    for (const { headers } of replies) expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(30);
  });

  test('counts a request in one round trip, takes back, reads and forgets', async () => {
    const { client, count } = await startCounted();
    const store = new ExpressRateLimitStore(client);
    store.init({ windowMs: 10_000 });
    expect(await count(() => store.increment('::1'))).toEqual({ chunks: 1, requests: 1 });
    await store.increment('::1');
    await store.decrement('::1');
    const found = await store.get('::1');
    expect(found?.totalHits).toBe(1);
    const left = (found?.resetTime.getTime() ?? 0) - Date.now();
    expect(left).toBeLessThanOrEqual(10_000);
    expect(left).toBeGreaterThan(0);
    await store.resetKey('::1');
    expect(await store.get('::1')).toBe(undefined);
  });

  test.each([
    ['allow', 200],
    ['refuse', 429],
    ['throw', 500],
  ] as const)('while the node is out, onFailure "%s" gives %i', async (onFailure, status) => {
    const url = await serve(new ExpressRateLimitStore(await lostClient(), { onFailure }));
    const reply = await fetch(url);
    expect(reply.status).toBe(status);
  });

  test('a node without the meta protocol is an error, whatever onFailure says', async () => {
    const store = new ExpressRateLimitStore(await startClient({ protocol: 'text' }), { onFailure: 'allow' });
    await expect(store.increment('key')).rejects.toThrow(/meta/);
  });
});

describe('@fastify/rate-limit', () => {
  async function appOf(
    client: Client,
    options: object = {},
    onFailure?: 'allow' | 'refuse',
  ): Promise<ReturnType<typeof fastify>> {
    const app = fastify();
    onTestFinished(async () => app.close());
    const store = fastifyRateLimitStore(client, { onFailure });
    await app.register(rateLimitPlugin, { max: 2, timeWindow: 60_000, store, ...options });
    app.get('/', () => 'page');
    app.get('/other', { config: { rateLimit: { max: 1, timeWindow: 5000 } } }, () => 'other');
    return app;
  }

  test('refuses the third request of a window, in every process; a route has counters of its own', async () => {
    const { address } = await startNode();
    const [first, second] = [await appOf(clientOf(address)), await appOf(clientOf(address))];
    const replies = [await first.inject('/'), await second.inject('/'), await first.inject('/')];
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect(Number(replies[2]?.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(Number(replies[2]?.headers['retry-after'])).toBeGreaterThan(30);
    expect((await first.inject('/other')).statusCode).toBe(200);
    expect((await second.inject('/other')).statusCode).toBe(429);
  });

  test('begins the window anew, or doubles it, when the limit says so', async () => {
    const client = await startClient();
    const app = await appOf(client, { max: 1, timeWindow: 100_000, exponentialBackoff: true });
    const resets = [];
    for (let at = 0; at < 4; at++) resets.push(Number((await app.inject('/')).headers['x-ratelimit-reset']));
    expect(resets.slice(1)).toEqual([100, 200, 400]);
    expect(await client.ttlOf('fastify-rate-limit::127.0.0.1')).toBeGreaterThan(300);
  });

  test('a request that is refused in an outage does not lengthen the window', async () => {
    const app = await appOf(await lostClient(), { exponentialBackoff: true }, 'refuse');
    const reply = await app.inject('/');
    expect(reply.statusCode).toBe(429);
    expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  test('no key of a visitor is a key of another route, or of all routes', async () => {
    const root = new (fastifyRateLimitStore(await startClient()))({});
    const routeOf = (url: string) => root.child({ routeInfo: { method: 'GET', url } });
    const hit = async (store: typeof root, key: string) =>
      new Promise((resolve) => store.incr(key, (_, hits) => resolve(hits?.current), 60_000, 5));
    expect(await hit(routeOf('/a'), 'b-visitor')).toBe(1);
    expect(await hit(routeOf('/a-b'), 'visitor')).toBe(1);
    expect(await hit(root, 'GET/a-b-visitor')).toBe(1);
    expect(await hit(root, 'GET%20%2Fa:b-visitor')).toBe(1);
    expect(await hit(routeOf('/a'), 'b-visitor')).toBe(2);
  });

  test('reads the hits without adding one', async () => {
    const app = await appOf(await startClient());
    const check = app.createRateLimit();
    app.get('/check', { config: { rateLimit: false } }, (request: FastifyRequest) =>
      check(request, { increment: false }),
    );
    await app.inject('/');
    const seen = [await app.inject('/check'), await app.inject('/check')].map((reply) => reply.json().remaining);
    expect(seen).toEqual([1, 1]);
  });

  test.each([
    ['allow', 200],
    ['refuse', 429],
    [undefined, 500],
  ] as const)('while the node is out, onFailure "%s" gives %i', async (onFailure, status) => {
    const app = await appOf(await lostClient(), {}, onFailure);
    expect((await app.inject('/')).statusCode).toBe(status);
  });
});

describe('rate-limiter-flexible', () => {
  const options = { keyPrefix: 'login', points: 3, duration: 60 };

  test('consumes, rewards, penalizes, blocks and forgets, in one request each', async () => {
    const { client, count } = await startCounted();
    const limiter = rateLimiter(client, options);
    expect(await limiter.consume('user')).toMatchObject({
      consumedPoints: 1,
      remainingPoints: 2,
      isFirstInDuration: true,
    });
    expect(await count(() => limiter.consume('user', 2))).toEqual({ chunks: 1, requests: 1 });
    const refused = await limiter.consume('user').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimiterRes);
    expect(refused).toMatchObject({ consumedPoints: 4, remainingPoints: 0 });
    expect((refused as RateLimiterRes).msBeforeNext).toBeGreaterThan(30_000);
    expect((refused as RateLimiterRes).msBeforeNext).toBeLessThanOrEqual(60_000);
    expect(await limiter.reward('user', 2)).toMatchObject({ consumedPoints: 2 });
    expect(await limiter.penalty('user', 5)).toMatchObject({ consumedPoints: 7 });
    expect(await limiter.get('user')).toMatchObject({ consumedPoints: 7 });
    await limiter.block('user', 600);
    expect((await limiter.get('user'))?.msBeforeNext).toBeGreaterThan(60_000);
    expect(await limiter.delete('user')).toBe(true);
    expect(await limiter.get('user')).toBe(null);
    await limiter.set('user', 2, 0);
    expect(await limiter.get('user')).toMatchObject({ consumedPoints: 2, msBeforeNext: -1 });
  });

  test('asks its insurance while the node is out, or does as onFailure says', async () => {
    const client = await lostClient();
    const insuranceLimiter = new RateLimiterMemory(options);
    expect(await rateLimiter(client, { ...options, insuranceLimiter }).consume('user')).toMatchObject({
      consumedPoints: 1,
    });
    expect(await rateLimiter(client, { ...options, onFailure: 'allow' }).consume('user')).toMatchObject({
      remainingPoints: 2,
    });
    await expect(rateLimiter(client, { ...options, onFailure: 'refuse' }).consume('user')).rejects.toBeInstanceOf(
      RateLimiterRes,
    );
    await expect(rateLimiter(client, options).consume('user')).rejects.toBeInstanceOf(Error);
  });
});

test('while the node is out, onFailure holds for forgetting, blocking and setting as well', async () => {
  const client = await lostClient();
  for (const onFailure of ['allow', 'refuse'] as const) {
    await new ExpressRateLimitStore(client, { onFailure }).resetKey('user');
    const limiter = rateLimiter(client, { points: 5, duration: 60, onFailure });
    expect(await limiter.delete('user')).toBe(false);
    expect(await limiter.block('user', 60)).toMatchObject({ remainingPoints: 0 });
    expect(await limiter.set('user', 2, 60)).toMatchObject({ consumedPoints: 2 });
  }
  await expect(new ExpressRateLimitStore(client).resetKey('user')).rejects.toThrow();
});

test('keys that are objects are refused, since all of them would share a counter', async () => {
  const client = await startClient();
  const key = { id: 7 } as never;
  const store = new (fastifyRateLimitStore(client))({});
  const error = await new Promise((resolve) => store.incr(key, resolve, 60_000, 5));
  expect(error).toMatchObject({ message: 'a key must be a text or a number, not object' });
  expect(await new Promise((resolve) => store.read(key, resolve))).toBeInstanceOf(Error);
  expect(await new Promise((resolve) => store.incr(7 as never, resolve, 60_000, 5))).toBe(null);
  const limiter = rateLimiter(client, { points: 5, duration: 60 });
  await expect((async () => limiter.consume(key))()).rejects.toThrow('a key must be a text or a number, not object');
  expect(await limiter.consume(7)).toMatchObject({ consumedPoints: 1 });
  await expect(new ExpressRateLimitStore(client).increment(key)).rejects.toThrow('a key must be a string');
});

test('points that are no whole number are refused, flags of a request included', async () => {
  const limiter = rateLimiter(await startClient(), { points: 5, duration: 60 });
  await limiter.consume('user', 2);
  await expect(limiter.consume('user', '1 MD' as never)).rejects.toThrow('points must be a whole number');
  await expect(limiter.consume('user', Number.NaN)).rejects.toThrow('points must be a whole number');
  expect(await limiter.get('user')).toMatchObject({ consumedPoints: 2 });
});

test('a window of a century counts', async () => {
  const store = new ExpressRateLimitStore(await startClient());
  store.init({ windowMs: 100 * 365 * 86_400_000 });
  expect(await store.increment('visitor')).toMatchObject({ totalHits: 1 });
});
