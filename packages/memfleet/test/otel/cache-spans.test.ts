/** Spans of caches: calls, loads and what a loader does, each under its own caller. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type Cache, createCache } from 'memfleet/cache';
import { createServer } from 'memfleet/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { points, startSdk } from './support.ts';

async function startCache(): Promise<Cache> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  onTestFinished(() => server.close());
  const cache = createCache({ nodes: 'port' in address ? `127.0.0.1:${address.port}` : [] });
  onTestFinished(() => cache.close());
  return cache;
}

/** Each span as the names of those above it and its own. */
function paths(spans: readonly ReadableSpan[]): string[] {
  const ids = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const path = (span: ReadableSpan): string => {
    const parent = ids.get(span.parentSpanContext?.spanId ?? '');
    return parent === undefined ? span.name : `${path(parent)} > ${span.name}`;
  };
  return spans.map(path);
}

test('of 100 parallel requests with nested loads, each load and each call in it has its own parent', async () => {
  const cache = await startCache();
  await cache.get('warm');
  const { tracer, spans } = startSdk();
  const requests = Array.from({ length: 100 }, (_, id) =>
    tracer.startActiveSpan(`request ${id}`, async (request) => {
      await cache.getOrSet(`page:${id}`, async () => {
        await tracer.startActiveSpan(`query ${id}`, async (query) => {
          await cache.getOrSet(`user:${id}`, () => id);
          query.end();
        });
        return `page ${id}`;
      });
      request.end();
    }),
  );
  await Promise.all(requests);
  const seen = paths(spans());
  for (let id = 0; id < 100; id++) {
    const load = `request ${id} > cache getOrSet > cache load`;
    const inner = `${load} > query ${id} > cache getOrSet`;
    const own = seen.filter((path) => path.startsWith(`request ${id} `) || path === `request ${id}`);
    expect(new Set(own)).toEqual(
      new Set([
        `request ${id}`,
        `request ${id} > cache getOrSet`,
        `request ${id} > cache getOrSet > gets`,
        load,
        `${load} > query ${id}`,
        inner,
        `${inner} > gets`,
        `${inner} > cache load`,
        `${inner} > cas`,
        `request ${id} > cache getOrSet > cas`,
      ]),
    );
    expect(own.filter((path) => path.endsWith('> cache load'))).toHaveLength(2);
  }
  expect(seen.every((path) => path.startsWith('request '))).toBe(true);
});

describe('the spans of a cache', () => {
  test('are internal, and have operation, namespace and outcome, without keys', async () => {
    const cache = await startCache();
    const { spans } = startSdk();
    await cache.namespace('shop').get('secret');
    await cache.getMany(['secret', 'secret2']);
    const own = spans().filter(({ name }) => name.startsWith('cache '));
    expect(own.map(({ name, kind, attributes }) => ({ name, kind, attributes }))).toEqual([
      {
        name: 'cache get',
        kind: SpanKind.INTERNAL,
        attributes: {
          'memfleet.cache.operation': 'get',
          'memfleet.cache.namespace': 'shop',
          'memfleet.cache.outcome': 'miss',
        },
      },
      {
        name: 'cache getMany',
        kind: SpanKind.INTERNAL,
        attributes: {
          'memfleet.cache.operation': 'getMany',
          'memfleet.cache.batch.size': 2,
          'memfleet.cache.outcome': 'ok',
        },
      },
    ]);
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain('secret');
  });

  test('have keys where they are asked for', async () => {
    const cache = await startCache();
    const { spans } = startSdk({ keys: true });
    await cache.getOrSet('k', () => 1);
    const named = (name: string): unknown => spans().find((span) => span.name === name)?.attributes;
    expect(named('cache getOrSet')).toMatchObject({ 'memfleet.cache.key': 'k' });
    expect(named('cache load')).toMatchObject({ 'memfleet.cache.keys': ['k'], 'memfleet.cache.outcome': 'loaded' });
  });

  test('of a loader that throws are errors with its type, and so are the durations', async () => {
    const cache = await startCache();
    const { spans, metrics } = startSdk();
    const load = (): never => {
      throw new RangeError('secret');
    };
    await expect(cache.getOrSet('k', load)).rejects.toThrow('secret');
    const failed = spans().filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ name, attributes, status }) => [name, attributes['error.type'], status.message])).toEqual([
      ['cache load', 'RangeError', undefined],
      ['cache getOrSet', 'RangeError', undefined],
    ]);
    const all = await metrics();
    expect(points(all.get('memfleet.cache.load.duration'))).toEqual([
      [{ 'memfleet.cache.outcome': 'failed', 'error.type': 'RangeError' }, 1],
    ]);
    expect(points(all.get('memfleet.cache.operation.duration'))).toEqual([
      [
        {
          'memfleet.cache.operation': 'getOrSet',
          'memfleet.cache.outcome': 'error',
          'error.type': 'RangeError',
        },
        1,
      ],
    ]);
  });
});
