import { ConnectError, ConnectionClosedError, NodeEjectedError, ServerError, TimeoutError } from 'memfleet';
import { expect, test } from 'vitest';
import { Meter, type Stage } from '../src/meter.ts';

test('failed calls are counted by node, by what was wrong with it, and by their cause', () => {
  let stage: Stage | undefined;
  const meter = new Meter((node) => (node === 'b:1' ? stage : undefined));
  const refused = new Error('connect ECONNREFUSED b:1');
  meter.failed(new TimeoutError('a:1: no reply', 'total', { node: 'a:1' }));
  stage = 'down';
  meter.failed(new ConnectionClosedError('b:1 closed the connection', { node: 'b:1' }));
  for (let call = 0; call < 2; call++) meter.failed(new ConnectError('not connected', { node: 'b:1', cause: refused }));
  stage = 'back';
  for (let call = 0; call < 3; call++) meter.failed(new NodeEjectedError('b:1 is ejected', { node: 'b:1' }));
  expect(meter.reasons).toEqual([
    { node: 'b:1', during: 'back', why: 'ejected', calls: 3 },
    { node: 'b:1', during: 'down', why: 'ECONNREFUSED', calls: 2 },
    { node: 'a:1', during: undefined, why: 'timed out', calls: 1 },
    { node: 'b:1', during: 'down', why: 'connection closed', calls: 1 },
  ]);
});

test.each([
  ['SERVER_ERROR get "k" to b:1: b:1 is ejected; the failure mode is "fail"', 'ejected'],
  ['SERVER_ERROR get "k" to b:1: not connected (cannot connect: connect ECONNREFUSED)', 'ECONNREFUSED'],
  ['SERVER_ERROR get "k" to b:1: the connection failed (write EPIPE)', 'connection closed'],
  ['SERVER_ERROR get "k" to b:1: timed out after 1000 ms', 'timed out'],
])('an error line of the proxy gives the node that it names, and the cause: %s', (line, why) => {
  const meter = new Meter(() => undefined, ['b:1']);
  meter.failed(new ServerError(line, 'server', 0, { node: 'proxy:1' }));
  expect(meter.reasons).toEqual([{ node: 'b:1', during: undefined, why, calls: 1 }]);
});
