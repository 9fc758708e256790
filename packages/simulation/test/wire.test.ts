import { createServer } from 'memfleet/server';
import { play } from 'memfleet/testing';
import { expect, test } from 'vitest';
import { type WireName, wires } from '../src/wire/index.ts';
import { RawSession } from '../src/wire/raw-session.ts';
import type { RawReply, Request } from '../src/wire/request.ts';

const requests: readonly Omit<Request, 'id'>[] = [
  { verb: 'get', keys: ['a'], isQuiet: false },
  { verb: 'set', keys: ['a'], value: 'one', isQuiet: false },
  { verb: 'set', keys: ['a'], value: 'two', isQuiet: true },
  { verb: 'get', keys: ['a'], isQuiet: false },
  { verb: 'add', keys: ['a'], value: 'three', isQuiet: false },
  { verb: 'delete', keys: ['a'], isQuiet: false },
  { verb: 'delete', keys: ['a'], isQuiet: false },
  { verb: 'set', keys: ['n'], value: '1', isQuiet: false },
  { verb: 'incr', keys: ['n'], isQuiet: false },
  { verb: 'incr', keys: ['none'], isQuiet: false },
  { verb: 'unknown', keys: [], isQuiet: false },
  { verb: 'noop', keys: [], isQuiet: false },
];

test.each(Object.keys(wires) as WireName[])('a raw session speaks %s with a server, in odd pieces', async (name) => {
  const replies = await play({ seed: 1, network: { cut: 'tiny' } }, async (world) => {
    const server = createServer({ host: '10.0.0.1', ...world.host('server').serverOptions });
    await server.listen();
    const received: RawReply[] = [];
    const events = {
      onReply: (reply: RawReply) => void received.push(reply),
      onNonsense: (error: Error) => expect.fail(error.message),
      onClose: (how: string) => expect(how).toBe('end'),
    };
    const address = { host: '10.0.0.1', port: 11_211 };
    const session = new RawSession({ host: world.host('raw').options, address, wire: wires[name], events });
    for (const [index, request] of requests.entries()) session.send({ ...request, id: index + 1 }, index % 3);
    session.halfClose();
    await world.sleep(1000);
    await server.close();
    expect(world.leaks()).toEqual([]);
    return received;
  });
  const said = replies.map((reply) => [reply.said, ...reply.items.map(({ value }) => value), reply.count ?? '']);
  const success = name === 'meta' ? 'stored' : 'deleted';
  expect(said.map((words) => words.join(' ').trim())).toEqual([
    'values',
    'stored',
    'values two',
    'not stored',
    success,
    'not found',
    'stored',
    'count 2',
    'not found',
    'unknown',
    'noop',
  ]);
});

test.each([
  ['text', 'VALUES k 0 1\r\nv\r\nEND\r\n'],
  ['meta', 'VA 1 O1\r\nvv\r\n'],
  ['binary', 'STORED\r\n'],
] as const)('bytes that are not %s are an error', (name, bytes) => {
  expect(() => wires[name].decode(bytes)).toThrow(/no reply|no line end/);
});
