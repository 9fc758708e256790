/** `memfleet:command`: each call in the context of its caller. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { channels, type CommandMessage, createClient } from '../../src/index.ts';
import { createCluster } from '../../src/testing/index.ts';
import { connect, failure, startNode } from '../support/harness.ts';

const channel = tracingChannel<unknown, CommandMessage>('memfleet:command');
const nothing = (): void => {};

/** Subscribes until the test ends. */
function subscribe(events: Partial<TracingChannelSubscribers<CommandMessage>>): void {
  const all = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing, ...events };
  channel.subscribe(all);
  onTestFinished(() => channel.unsubscribe(all));
}

describe('the context of the caller', () => {
  test('four callers of one turn in four contexts are seen as four, at the start and at the end', async () => {
    const { client } = connect(await startNode());
    await client.set('warm', 1);
    const context = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    subscribe({
      start: ({ key }) => void seen.push(`start ${key} ${context.getStore()}`),
      asyncEnd: ({ key }) => void seen.push(`asyncEnd ${key} ${context.getStore()}`),
    });
    const callers = ['1', '2', '3', '4'];
    await Promise.all(callers.map((name) => context.run(`request ${name}`, () => client.get(`k${name}`))));
    expect(seen).toEqual([
      ...callers.map((name) => `start k${name} request ${name}`),
      ...callers.map((name) => `asyncEnd k${name} request ${name}`),
    ]);
  });

  test('a failed call is told in its context too, by error and asyncEnd', async () => {
    const node = await startNode({ onCommand: (_command, connection) => connection.reset() === undefined });
    const { client } = connect(node, { retry: false });
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    subscribe({
      error: ({ key, error }) => void seen.push([context.getStore(), key, error]),
      asyncEnd: ({ key, error }) => void seen.push([context.getStore(), key, error]),
    });
    const errors = await Promise.all(['a', 'b'].map((key) => context.run(key, () => failure(client.get(key)))));
    const [a, b] = ['a', 'b'].map((key, at) => [key, key, errors[at]]);
    expect(seen).toEqual([a, a, b, b]);
  });

  test('what is bound to start is the context of the call, so that a span can be active', async () => {
    const { client } = connect(await startNode());
    const span = new AsyncLocalStorage<string>();
    channel.start.bindStore(span, (message) => `span of ${message.key}`);
    onTestFinished(() => void channel.start.unbindStore(span));
    const seen: string[] = [];
    subscribe({ asyncEnd: () => void seen.push(String(span.getStore())) });
    await Promise.all([client.get('a'), client.getMany(['b', 'c']), client.version()]);
    expect(seen.toSorted()).toEqual(['span of a', 'span of undefined', 'span of undefined']);
  });
});

describe('the message', () => {
  test('tells of every call what it was and how it ended', async () => {
    const node = await startNode();
    const messages: CommandMessage[] = [];
    subscribe({ asyncEnd: (message) => void messages.push(message) });
    const { client } = connect(node);
    await client.set('k', 1);
    await client.get('k');
    await client.get('none');
    await client.add('k', 1);
    await client.cas('k', 1, 99_999n);
    await client.incr('none');
    await client.append('k', 'x');
    await failure(client.incr('k'));
    await client.set('ключ', 1);
    await client.getMany(['ключ', 'none']);
    await client.setMany({ a: 1, b: 22, c: 3 });
    await client.deleteMany(['a']);
    await client.version();
    await failure(client.get(''));
    const [host, port] = node.address.split(':');
    const server = `${host} ${port}`;
    const lines = messages.map((message) => {
      const { operation, key, batchSize, requestSize, responseSize, responseStatus, serverAddress, serverPort } =
        message;
      const size = `${requestSize}>${responseSize}`;
      return [operation, key ?? batchSize, size, responseStatus, `${serverAddress} ${serverPort}`];
    });
    expect(lines).toEqual([
      ['set', 'k', '1>0', 'ok', server],
      ['get', 'k', '0>1', 'ok', server],
      ['get', 'none', '0>0', 'miss', server],
      ['add', 'k', '1>0', 'notStored', server],
      ['cas', 'k', '1>0', 'exists', server],
      ['incr', 'none', '0>0', 'miss', server],
      ['append', 'k', '1>0', 'ok', server],
      ['incr', 'k', '0>0', 'error', server],
      ['set', 'ключ', '1>0', 'ok', server],
      ['get', 2, '0>1', 'ok', server],
      ['set', 3, '4>0', 'ok', server],
      ['delete', 1, '0>0', 'ok', server],
      ['version', undefined, '0>0', 'ok', server],
    ]);
    for (const message of messages) {
      expect(message).toMatchObject({ system: 'memcached', namespace: undefined, duration: expect.any(Number) });
      expect(message.duration).toBeGreaterThanOrEqual(0);
    }
    expect(messages[7]?.error).toMatchObject({ code: 'ERR_SERVER' });
  });

  test('an address of IPv6 and a failure that counts as a miss', async () => {
    const { client } = connect('[::1]:1', { errors: 'miss', retry: false });
    const messages: CommandMessage[] = [];
    subscribe({ asyncEnd: (message) => void messages.push(message) });
    expect(await client.get('k')).toBe(undefined);
    expect(messages).toMatchObject([{ responseStatus: 'error', serverAddress: '::1', serverPort: 1 }]);
    expect(messages[0]?.error).toBeInstanceOf(Error);
  });

  test('the owner of the key stands in it from the start', async () => {
    const node = await startNode();
    const { client } = connect(node);
    const seen: unknown[] = [];
    subscribe({ start: ({ serverAddress, serverPort }) => void seen.push(`${serverAddress}:${serverPort}`) });
    await client.get('k');
    expect(seen).toEqual([node.address]);
  });

  test('the namespace is the bucket', async () => {
    const cluster = createCluster({ nodes: 1, vbuckets: 16 });
    await cluster.listen();
    onTestFinished(() => cluster.destroy());
    const couchbase = { ...cluster.credentials, bucket: 'default' };
    const client = createClient({ nodes: cluster.nodes.map(({ name }) => name), couchbase });
    onTestFinished(() => client.destroy());
    const messages: CommandMessage[] = [];
    subscribe({ asyncEnd: (message) => void messages.push(message) });
    await client.get('k');
    expect(messages).toMatchObject([{ namespace: 'default', operation: 'get' }]);
  });
});

test("nobody has subscribed: no trace is made, and the promise is the call's own", async () => {
  const { client } = connect(await startNode());

  const tracePromise = vi.spyOn(channels.command, 'tracePromise');
  expect(channels.command.hasSubscribers).toBe(false);
  await client.get('k');
  await client.getMany(['k']);
  expect(tracePromise).not.toHaveBeenCalled();
  subscribe({});
  await client.get('k');
  expect(tracePromise).toHaveBeenCalledTimes(1);
});
