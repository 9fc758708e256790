/** Metrics of calls and connections, as a reader of OpenTelemetry's SDK collects them. */
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, test, vi } from 'vitest';
import { connect, connectWarm, failure, startNode } from '../support/harness.ts';
import { points, startSdk } from './support.ts';

const pool = conventions.ATTR_DB_CLIENT_CONNECTION_POOL_NAME;
const state = conventions.ATTR_DB_CLIENT_CONNECTION_STATE;

test('the duration of operations has its node, status and type of error, in seconds', async () => {
  const node = await startNode();
  const { client } = connect(node, { retry: false });
  const { metrics } = startSdk();
  await client.set('k', 'text');
  await Promise.all([client.get('k'), client.get('k'), client.get('none')]);
  await failure(client.incr('k'));
  const metric = (await metrics()).get(conventions.METRIC_DB_CLIENT_OPERATION_DURATION);
  expect(metric?.descriptor).toMatchObject({
    unit: 's',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  });
  const [host, port] = node.address.split(':');
  const attributes = (operation: string, status: string): object => ({
    'db.system.name': 'memcached',
    'db.operation.name': operation,
    'db.response.status_code': status,
    'server.address': host,
    'server.port': Number(port),
  });
  expect(points(metric)).toEqual([
    [attributes('set', 'ok'), 1],
    [attributes('get', 'ok'), 2],
    [attributes('get', 'miss'), 1],
    [{ ...attributes('incr', 'error'), 'error.type': 'ERR_SERVER' }, 1],
  ]);
});

describe('connections', () => {
  test('of a watched client are counted by state, with their limit and the callers that wait', async () => {
    const node = await startNode();
    const { client } = connect(node, { pool: { exclusive: true, max: 2 } });
    const { instrumentation, metrics } = startSdk();
    const forget = instrumentation.watch(client);
    await Promise.all([client.get('a'), client.get('b')]);
    node.script = { onCommand: () => true };
    const calls = ['a', 'b', 'c'].map((key) => failure(client.get(key)));
    const all = await metrics();
    const name = { [pool]: node.address };
    expect(points(all.get(conventions.METRIC_DB_CLIENT_CONNECTION_COUNT))).toEqual([
      [{ ...name, [state]: conventions.DB_CLIENT_CONNECTION_STATE_VALUE_IDLE }, 0],
      [{ ...name, [state]: conventions.DB_CLIENT_CONNECTION_STATE_VALUE_USED }, 2],
    ]);
    expect(points(all.get(conventions.METRIC_DB_CLIENT_CONNECTION_LIMIT))).toEqual([[name, 2]]);
    expect(points(all.get(conventions.METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS))).toEqual([[name, 1]]);
    client.destroy();
    await Promise.all(calls);
    const stats = vi.spyOn(client, 'stats');
    await metrics();
    expect(stats).toHaveBeenCalledTimes(1);
    forget();
    await metrics();
    expect(stats).toHaveBeenCalledTimes(1);
  });

  test('of two clients to one node add up', async () => {
    const node = await startNode();
    const clients = await Promise.all([connectWarm(node), connectWarm(node)]);
    const { instrumentation, metrics } = startSdk();
    for (const { client } of clients) instrumentation.watch(client);
    const all = await metrics();
    expect(points(all.get('db.client.connection.limit'))).toEqual([[{ [pool]: node.address }, 8]]);
    expect(points(all.get('db.client.connection.count'))[0]).toEqual([{ [pool]: node.address, [state]: 'idle' }, 2]);
  });

  test('that are made, and callers that waited for one or in vain, are reported for all clients', async () => {
    const node = await startNode({ onCommand: ({ verb }) => verb === 'get' });
    const { client } = connect(node, { retry: false, pool: { exclusive: true, max: 1 } });
    const { metrics } = startSdk();
    const first = failure(client.get('a', { timeout: 3000 }));
    await failure(client.get('b', { timeout: 20 }));
    client.destroy();
    await first;
    const all = await metrics();
    const name = { [pool]: node.address };
    expect(points(all.get(conventions.METRIC_DB_CLIENT_CONNECTION_CREATE_TIME))).toEqual([[name, 1]]);
    expect(points(all.get(conventions.METRIC_DB_CLIENT_CONNECTION_WAIT_TIME))).toEqual([[name, 1]]);
    expect(points(all.get(conventions.METRIC_DB_CLIENT_CONNECTION_TIMEOUTS))).toEqual([[name, 1]]);
  });
});
