/** Which errors make a route of the proxy give up on a node, and which are told as they are. */
import { describe, expect, it } from 'vitest';
import * as errors from '../../../src/core/errors.ts';
import { FailoverRoute } from '../../../src/proxy/routes/failover-route.ts';
import { type ReplicateMode, ReplicateRoute } from '../../../src/proxy/routes/replicate-route.ts';
import { WarmUpRoute } from '../../../src/proxy/routes/warm-up-route.ts';
import { askRoute, FakeRoute, getFrom } from './fake-route.ts';

const node = 'a:1';

const table: readonly (readonly [name: string, error: errors.MemcacheError, isNodes: boolean])[] = [
  ['a refused connection', new errors.ConnectError('refused'), true],
  ['a refused password', new errors.AuthenticationError('refused the password'), true],
  ['a lost connection', new errors.ConnectionClosedError('reset'), true],
  ['bytes that are not the protocol', new errors.ProtocolError('garbage'), true],
  ['a timeout', new errors.TimeoutError('late', 'total'), true],
  ['an ejected node', new errors.NodeEjectedError('ejected'), true],
  ['no nodes at all', new errors.NoNodesError('none'), true],
  ['a cluster of which nothing is known', new errors.ConfigError('no document'), true],
  ['a full queue', new errors.QueueFullError('full'), true],
  ['a closed pool', new errors.ClosedError('closed'), true],
  ["a node's SERVER_ERROR, which is an answer", new errors.ServerError('busy', 'server', 0x85, { node }), false],
  ["a node's CLIENT_ERROR", new errors.ServerError('non-numeric', 'client', 0x06, { node }), false],
  ['a command that the protocol cannot express', new errors.UnsupportedError('no such thing'), false],
  ['a wrong key', new errors.InvalidKeyError('key'), false],
  ['a wrong argument', new errors.InvalidArgumentError('argument'), false],
  ['a value that is too large', new errors.ValueTooLargeError('value'), false],
  ['a client that is gone', new errors.AbortedError('aborted'), false],
];

describe.each(table)('%s', (_name, error, isNodes) => {
  const rig = () => {
    const first = new FakeRoute();
    const second = new FakeRoute(first.clock).put('a', '2');
    first.error = error;
    return { first, second };
  };
  const expected = isNodes ? '2' : error.message;

  it('of the first route of a failover', () => {
    const { first, second } = rig();
    const route = new FailoverRoute({ routes: [first, second], onMiss: false, ttl: undefined, clock: first.clock });
    expect(getFrom(route, 'a')).toBe(expected);
    const stored = askRoute(route, 'store', 'a', { value: '3' });
    if (isNodes) expect(stored).toMatchObject({ status: 'ok' });
    else expect(stored).toBe(error);
    expect(second.value('a')).toBe(isNodes ? '3' : '2');
  });

  it.each<ReplicateMode>(['all-sync', 'all-async'])('of the first route of a replication, %s', (mode) => {
    const { first, second } = rig();
    const route = new ReplicateRoute([first, second], mode, first.clock);
    expect(getFrom(route, 'a')).toBe(expected);
    // A write that one did not do is an error, whoever is to blame.
    expect(askRoute(route, 'store', 'a', { value: '3' })).toBe(error);
  });

  it('of one route of a replication in mode fastest-read', () => {
    const { first, second } = rig();
    expect(getFrom(new ReplicateRoute([first, second], 'fastest-read', first.clock), 'a')).toBe('2');
  });

  it('of a warm cluster is a miss, of a cold one the reply', () => {
    const { first, second } = rig();
    const empty = new FakeRoute(first.clock);
    expect(getFrom(new WarmUpRoute(empty, first, 600, first.clock), 'a')).toBe('miss');
    expect(getFrom(new WarmUpRoute(first, second, 600, first.clock), 'a')).toBe(error.message);
  });
});
