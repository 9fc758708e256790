/** Spans of calls, as the in-memory exporter of OpenTelemetry's SDK receives them. */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ParentBasedSampler, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { channels, type Client, createClient } from 'memfleet';
import { type Policy, wrap } from 'memfleet/core';
import { createCluster } from 'memfleet/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runTraced } from '../../src/observe/traced.ts';
import { connect, failure, startNode } from '../support/harness.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';
import { startSdk } from './support.ts';

/** The spans by name, each a list. */
function byName(spans: readonly ReadableSpan[]): Map<string, ReadableSpan[]> {
  const names = new Map<string, ReadableSpan[]>();
  for (const span of spans) names.set(span.name, [...(names.get(span.name) ?? []), span]);
  return names;
}

describe('parent and child', () => {
  test('of 100 parallel requests with nested calls, each has its own calls, and each call its own parent', async () => {
    const { client } = connect(await startNode());
    const { tracer, spans } = startSdk({ keys: true });
    const handle = async (id: number): Promise<void> => {
      await client.get(`session:${id}`);
      await tracer.startActiveSpan('render', async (span) => {
        await Promise.all([client.get(`user:${id}`), client.get(`cart:${id}`)]);
        await client.set(`page:${id}`, id);
        span.end();
      });
      await client.delete(`session:${id}`);
    };
    const requests = Array.from({ length: 100 }, (_, id) =>
      tracer.startActiveSpan(`request ${id}`, async (span) => {
        await handle(id);
        span.end();
      }),
    );
    await Promise.all(requests);
    const all = spans();
    expect(all).toHaveLength(100 * 7);
    const ids = new Map(all.map((span) => [span.spanContext().spanId, span]));
    const path = (span: ReadableSpan): string => {
      const text = span.attributes[conventions.ATTR_DB_QUERY_TEXT] ?? span.name;
      const parent = ids.get(span.parentSpanContext?.spanId ?? '');
      return parent === undefined ? String(text) : `${path(parent)} > ${String(text)}`;
    };
    const expected = Array.from({ length: 100 }, (_, id) => [
      `request ${id}`,
      `request ${id} > get session:${id}`,
      `request ${id} > render`,
      `request ${id} > render > get user:${id}`,
      `request ${id} > render > get cart:${id}`,
      `request ${id} > render > set page:${id}`,
      `request ${id} > delete session:${id}`,
    ]).flat();
    expect(all.map(path).toSorted()).toEqual(expected.toSorted());
    for (const span of all) {
      const parent = ids.get(span.parentSpanContext?.spanId ?? '');
      if (parent !== undefined) expect(span.spanContext().traceId).toBe(parent.spanContext().traceId);
    }
  });

  test('the span of a call is active while the call runs, and not in its caller', async () => {
    const { tracer, spans } = startSdk();
    const seen: unknown[] = [];
    const client = withPolicy(await startNode(), () => void seen.push(active()));
    await tracer.startActiveSpan('request', async (span) => {
      await client.get('k');
      expect(active()).toBe(span.spanContext().spanId);
      span.end();
    });
    expect(seen).toEqual([byName(spans()).get('get')?.[0]?.spanContext().spanId]);
  });

  test('a call that is not sampled has nothing below it that is', async () => {
    const { tracer, spans } = startSdk(
      {},
      new ParentBasedSampler({
        root: { shouldSample: (_context, _trace, name) => ({ decision: name === 'get' ? 0 : 2 }) },
      }),
    );
    const client = withPolicy(await startNode(), () => tracer.startSpan('below').end());
    await client.get('k');
    expect(spans()).toEqual([]);
    await client.set('k', 1);
    expect(spans().map(({ name }) => name)).toEqual(['below', 'set']);
  });
});

/** The span that is active here. */
function active(): string | undefined {
  return trace.getSpan(context.active())?.spanContext().spanId;
}

/** A client with a layer that calls `onCommand`. */
function withPolicy(node: ScriptedNode, onCommand: () => void): Client {
  const layer: Policy = (next) =>
    wrap(next, (command, handler) => {
      onCommand();
      next.dispatch(command, handler);
    });
  return connect(node, { policies: [layer] }).client;
}

describe('the span of a call', () => {
  test('has the names of the conventions', async () => {
    const node = await startNode();
    const { client } = connect(node);
    const { spans } = startSdk();
    await client.set('k', 'abc');
    await client.get('k');
    await client.get('none');
    const [host, port] = node.address.split(':');
    const common = {
      [conventions.ATTR_DB_SYSTEM_NAME]: conventions.DB_SYSTEM_NAME_VALUE_MEMCACHED,
      [conventions.ATTR_SERVER_ADDRESS]: host,
      [conventions.ATTR_SERVER_PORT]: Number(port),
    };
    const status = conventions.ATTR_DB_RESPONSE_STATUS_CODE;
    const operation = conventions.ATTR_DB_OPERATION_NAME;
    const sizes = (request: number, response: number): object => ({
      'memfleet.request.size': request,
      'memfleet.response.size': response,
    });
    expect(spans().map(({ name, kind, attributes }) => ({ name, kind, attributes }))).toEqual([
      {
        name: 'set',
        kind: SpanKind.CLIENT,
        attributes: { ...common, [operation]: 'set', [status]: 'ok', ...sizes(3, 0) },
      },
      {
        name: 'get',
        kind: SpanKind.CLIENT,
        attributes: { ...common, [operation]: 'get', [status]: 'ok', ...sizes(0, 3) },
      },
      {
        name: 'get',
        kind: SpanKind.CLIENT,
        attributes: { ...common, [operation]: 'get', [status]: 'miss', ...sizes(0, 0) },
      },
    ]);
    for (const { status: ended } of spans()) expect(ended.code).toBe(SpanStatusCode.UNSET);
  });

  test('of two keys and more is a batch with its size; of one key it is none', async () => {
    const { client } = connect(await startNode());
    const { spans } = startSdk();
    await client.getMany(['a', 'b', 'c']);
    await client.getMany(['a']);
    const size = conventions.ATTR_DB_OPERATION_BATCH_SIZE;
    expect(spans().map(({ name, attributes }) => [name, attributes['db.operation.name'], attributes[size]])).toEqual([
      ['BATCH get', 'BATCH get', 3],
      ['get', 'get', undefined],
    ]);
  });

  test('has the bucket as its namespace and in its name', async () => {
    const cluster = createCluster({ nodes: 1, vbuckets: 16 });
    await cluster.listen();
    onTestFinished(() => cluster.destroy());
    const couchbase = { ...cluster.credentials, bucket: 'default' };
    const client = createClient({ nodes: cluster.nodes.map(({ name }) => name), couchbase });
    onTestFinished(() => client.destroy());
    const { spans } = startSdk();
    await client.get('k');
    expect(spans()).toMatchObject([
      { name: 'get default', attributes: { [conventions.ATTR_DB_NAMESPACE]: 'default' } },
    ]);
  });

  test('of a failed call has the type of the error, and the address of the node', async () => {
    const node = await startNode({ onCommand: ({ verb }, to) => verb === 'get' && to.reset() === undefined });
    const { client } = connect(node, { retry: false, errors: 'miss' });
    const { spans } = startSdk();
    await client.get('secret');
    expect(spans()).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR },
        attributes: {
          [conventions.ATTR_ERROR_TYPE]: 'ERR_CONNECTION_CLOSED',
          [conventions.ATTR_SERVER_PORT]: Number(node.address.split(':')[1]),
        },
      },
    ]);
  });

  test('that throws at once ends', () => {
    const { spans } = startSdk();
    const message = { operation: 'get', error: undefined, duration: undefined, requestSize: 0, system: 'memcached' };
    const call = (): unknown =>
      runTraced(channels.command, message as never, () => {
        throw new TypeError('at once');
      });
    expect(call).toThrow('at once');
    expect(spans()).toMatchObject([{ name: 'get', attributes: { [conventions.ATTR_ERROR_TYPE]: 'TypeError' } }]);
  });
});

describe('keys', () => {
  /** A hit, a batch, an error of the node and one of the connection. */
  async function callAll(): Promise<void> {
    const node = await startNode();
    const { client } = connect(node, { retry: false });
    await client.set('secret', 'text');
    await client.getMany(['secret', 'secret2']);
    await failure(client.incr('secret'));
    node.script = { onCommand: (_command, connection) => connection.reset() === undefined };
    await failure(client.get('secret'));
  }

  test('stand in no attribute, status or event unless they are asked for', async () => {
    const { spans, metrics } = startSdk();
    await callAll();
    const told = spans().map(({ name, attributes, status, events }) => ({ name, attributes, status, events }));
    expect(told).toHaveLength(4);
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(JSON.stringify([...(await metrics()).values()])).not.toContain('secret');
  });

  test('that are asked for stand in db.query.text and in the message of the error, never in metrics', async () => {
    const { spans, metrics } = startSdk({ keys: true });
    await callAll();
    const text = conventions.ATTR_DB_QUERY_TEXT;
    expect(spans().map(({ attributes }) => attributes[text])).toEqual([
      'set secret',
      undefined,
      'incr secret',
      'get secret',
    ]);
    expect(spans().at(-1)?.status.message).toContain('"secret"');
    expect(JSON.stringify([...(await metrics()).values()])).not.toContain('secret');
  });
});
