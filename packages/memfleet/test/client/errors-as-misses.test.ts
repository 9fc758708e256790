/** `errors: 'miss'`: what nodes fail to do looks like a miss, and nothing else does. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { type Client, type ClientOptions, transcoders } from '../../src/client/index.ts';
import type { Command } from '../../src/core/command.ts';
import {
  ClosedError,
  ConnectError,
  ConnectionClosedError,
  NodeEjectedError,
  PartialResultError,
  ProtocolError,
  ServerError,
  TimeoutError,
  UndecodableError,
  UnsafeIntegerError,
} from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { connect, deadAddress, failure, startNode } from '../support/harness.ts';
import { afterProbe, type NodeScript, type ScriptedConnection } from '../support/scripted-node.ts';

const codecs = { text: textCodec, meta: metaCodec, binary: binaryCodec } as const;
const protocols = Object.keys(codecs) as (keyof typeof codecs)[];

/** Every kind of call, with what it gives for a miss. */
const calls: readonly (readonly [name: string, run: (client: Client) => Promise<unknown>, missed: unknown])[] = [
  ['get', (client) => client.get('k'), undefined],
  ['getMany', (client) => client.getMany(['k', 'l']), new Map()],
  ['getMany as an array', (client) => client.getMany(['k', 'l'], { as: 'array' }), [undefined, undefined]],
  ['getWithCas', (client) => client.getWithCas('k'), undefined],
  ['getAndTouch', (client) => client.getAndTouch('k', 10), undefined],
  ['set', (client) => client.set('k', 'v'), false],
  ['setMany', (client) => client.setMany({ k: 'v', l: 'v' }), new Map()],
  ['cas', (client) => client.cas('k', 'v', 1n), 'notFound'],
  ['delete', (client) => client.delete('k'), false],
  ['deleteMany', (client) => client.deleteMany(['k', 'l']), new Map()],
  ['incr', (client) => client.incr('k'), undefined],
  ['decr', (client) => client.decr('k', 1n, { initial: 1n }), undefined],
  ['touch', (client) => client.touch('k', 10), false],
];

/** The first error of a call over many keys, or the error of one. */
function cause(error: unknown): unknown {
  return error instanceof PartialResultError ? error.failures.get('k') : error;
}

describe.each(protocols)('%s', (protocol) => {
  /** A script that answers everything with an error. */
  function refusing(kind: 'server' | 'client', message: string, status: number): NodeScript {
    return {
      onCommand: (command: Command, connection: ScriptedConnection) => {
        if (command.verb === 'noop' || command.verb === 'version') return false;
        const writer = new ByteWriter();
        codecs[protocol].encodeReply(new Reply().setError(kind, message, status), command, writer);
        connection.send(Buffer.concat(writer.take()));
        return true;
      },
    };
  }

  /** Calls each with `errors: 'throw'` and with `'miss'`. */
  async function expectMisses(
    nodes: Parameters<typeof connect>[0],
    kind: abstract new (...args: never) => Error,
    options: ClientOptions = {},
    prepare: (client: Client) => void = () => {},
  ): Promise<void> {
    const settings: ClientOptions = { protocol, retry: false, ejectAfter: 1000, ...options };
    const { client: loud } = connect(nodes, settings);
    const { client: quiet } = connect(nodes, { ...settings, errors: 'miss' });
    prepare(loud);
    prepare(quiet);
    for (const [name, run, missed] of calls) {
      const error = cause(await failure(run(loud)));
      expect([name, error]).toEqual([name, expect.any(kind)]);
      expect([name, await run(quiet)]).toEqual([name, missed]);
    }
  }

  test('a refused connection is a miss', async () => {
    await expectMisses(await deadAddress(), ConnectError);
  });

  test('a reset connection is a miss', async () => {
    await expectMisses(await startNode(afterProbe((_, connection) => connection.reset())), ConnectionClosedError);
  });

  test('a timeout is a miss', async () => {
    await expectMisses(await startNode({ onCommand: () => true }), TimeoutError, { timeout: 20 });
  });

  test('a reply that is not the protocol is a miss', async () => {
    const garbage = '\x42ANANA \xff\r\n'.repeat(5);
    await expectMisses(await startNode(afterProbe((_, connection) => connection.send(garbage))), ProtocolError);
  });

  test('SERVER_ERROR of a node is a miss', async () => {
    await expectMisses(await startNode(refusing('server', 'out of memory', 0x82)), ServerError);
  });

  test('a closed client gives misses', async () => {
    await expectMisses(await startNode(), ClosedError, {}, (client) => client.destroy());
  });

  test('an ejected node gives misses', async () => {
    const alive = await startNode();
    const dead = await deadAddress();
    for (const errors of ['throw', 'miss'] as const) {
      const { client } = connect([alive, dead], { protocol, errors, retry: false, ejectAfter: 1, ejectTime: 60_000 });
      const key = Array.from({ length: 100 }, (_, i) => `k${i}`).find((each) => client.nodeOf(each) === dead) as string;
      const ejected = new Promise((resolve) => {
        client.on('eject', resolve);
      });
      await client.get(key).catch(() => {});
      await ejected;
      if (errors === 'throw') expect(await failure(client.get(key))).toBeInstanceOf(NodeEjectedError);
      else {
        expect(await client.get(key)).toBe(undefined);
        expect(await client.getMany([key])).toEqual(new Map());
        expect(await client.incr(key)).toBe(undefined);
      }
    }
  });

  test('CLIENT_ERROR rejects, in calls for one key and for many', async () => {
    const node = await startNode(refusing('client', 'bad data chunk', 0x04));
    const { client } = connect(node, { protocol, errors: 'miss' });
    for (const [name, run] of calls) {
      const error = cause(await failure(run(client)));
      expect([name, error]).toMatchObject([name, { code: 'ERR_SERVER', kind: 'client' }]);
    }
  });

  test('incr and decr of a text reject with the CLIENT_ERROR', async () => {
    const { client } = connect(await startNode(), { protocol, errors: 'miss' });
    await client.set('word', 'abc');
    for (const call of [client.incr('word'), client.decr('word', 1n)]) {
      const error = await failure(call);
      expect(error).toMatchObject({ code: 'ERR_SERVER', kind: 'client' });
      expect(error.message).toMatch(/^(incr|decr) "word" → .*CLIENT_ERROR/);
    }
    expect(await client.incr('none')).toBe(undefined);
  });

  test('a counter that a number cannot hold rejects: it was counted', async () => {
    const { client } = connect(await startNode(), { protocol, errors: 'miss' });
    await client.set('big', 2n ** 60n);
    expect(await failure(client.incr('big'))).toBeInstanceOf(UnsafeIntegerError);
  });

  test('a value that cannot be decoded rejects and names its key, in get and getMany', async () => {
    const node = await startNode();
    const { client } = connect(node, { protocol, errors: 'miss', transcoder: transcoders.json });
    node.store.store.put(undefined, 'broken', '{"a":', 2, 0, 0);
    await client.set('sound', { a: 1 });
    for (const call of [client.get('broken'), client.getWithCas('broken'), client.getAndTouch('broken', 10)]) {
      const error = await failure(call);
      expect(error).toBeInstanceOf(UndecodableError);
      expect(error.code).toBe('ERR_PROTOCOL');
      expect(error.message).toContain('"broken"');
    }
    const many = (await failure(client.getMany(['broken', 'sound', 'none']))) as PartialResultError;
    expect(many).toBeInstanceOf(PartialResultError);
    expect(many.message).toContain('"broken"');
    expect([...many.failures.keys()]).toEqual(['broken']);
    expect(many.failures.get('broken')).toBeInstanceOf(UndecodableError);
    expect(many.results).toEqual(new Map([['sound', { a: 1 }]]));
  });

  test('a call over many keys rejects for the keys whose failure is no miss alone', async () => {
    const node = await startNode();
    const dead = await deadAddress();
    const { client } = connect([node, dead], { protocol, errors: 'miss', transcoder: transcoders.json });
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const [broken = ''] = keys.filter((key) => client.nodeOf(key) !== dead);
    expect(keys.filter((key) => client.nodeOf(key) === dead)).not.toEqual([]);
    node.store.store.put(undefined, broken, '{"a":', 2, 0, 0);
    const many = (await failure(client.getMany(keys))) as PartialResultError;
    expect([...many.failures.keys()]).toEqual([broken]);
    expect(many.message).toContain('1 keys failed');
  });

  test("whatever a transcoder throws is the value's fault", async () => {
    const decode = (): never => {
      throw new TimeoutError('from inside', 'total');
    };
    const transcoder = { encode: (value: unknown) => ({ data: String(value), flags: 0 }), decode };
    const { client } = connect(await startNode(), { protocol, errors: 'miss', transcoder });
    await client.set('k', 'v');
    expect(await failure(client.get('k'))).toBeInstanceOf(UndecodableError);
    expect(cause(await failure(client.getMany(['k'])))).toBeInstanceOf(UndecodableError);
  });
});
