/**
 * Attacks by arguments: what an application hands on from a request, in any argument of any call, must not write a
 * command of its own.
 *
 * The attacks are made from the client's interface: every method of `Client`, every parameter in its source, every
 * option in `call-options.ts`, with hostile values of every type, over three protocols. A method, a parameter or an
 * option that is new is attacked as well, or fails the test until it can be.
 */
import { types } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { copyOf } from '../../src/client/arguments.ts';
import { Client } from '../../src/client/client.ts';
import { type ClientOptions, createClient } from '../../src/client/index.ts';
import { InvalidOptionError, MemcacheError } from '../../src/core/errors.ts';
import { createServer } from '../../src/server/index.ts';
import { attacksOn, callOf, fieldsOf, type Method, methods, right, special } from '../support/client-methods.ts';
import { connect, startNode } from '../support/harness.ts';
import { checkError, hostile, outcomeOf, OwnError } from '../support/hostile-values.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';

/** Keys of users in an argument, as they stand on the wire. */
function keysIn(value: unknown): string[] {
  if (typeof value === 'string') return [Buffer.from(value).toString('latin1')];
  if (types.isUint8Array(value)) return [copyOf(value).toString('latin1')];
  if (types.isProxy(value)) return [];
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (types.isMap(value)) return [...value.keys()].flatMap(keysIn);
  if (typeof value !== 'object' || value === null) return [];
  return Symbol.iterator in value ? ['a'] : Object.keys(value).flatMap(keysIn);
}

/** A client for which the node is a bucket: its calls are sent too. */
function connectBucket(node: ScriptedNode, options: ClientOptions): ReturnType<typeof connect> {
  const map = { numReplicas: 0, serverList: [node.address], vBucketMap: [[0]] };
  return connect([], { ...options, protocol: undefined, couchbase: { map } });
}

const isMark = (key: string): boolean => key.startsWith('mark:');

/** Everything that the node was sent, apart at the marks. */
function sentTo(node: ScriptedNode): Map<string, string[]> {
  const sent = new Map<string, string[]>();
  let commands: string[] = [];
  for (const { verb, key, keys, fault } of node.commands) {
    if (isMark(key)) {
      sent.set(key, commands);
      commands = [];
    } else
      commands.push(...(keys ?? [key]).map((one) => JSON.stringify([fault === undefined ? verb : 'invalid', one])));
  }
  return sent;
}

test('every method of the client is attacked, in every parameter', () => {
  expect(Object.keys(special).filter((name) => !(name in methods))).toEqual([]);
  expect(Object.getOwnPropertySymbols(Client.prototype)).toEqual([Symbol.asyncDispose]);
  const parameters = new Set(Object.values(methods).flatMap(({ args }) => Object.keys(args)));
  expect([...parameters].toSorted()).toEqual(Object.keys(right).toSorted());
  // An attack is only one where the call comes through without it.
  const withoutVerbs = Object.keys(methods).filter((name) => methods[name]!.verbs.length === 0);
  expect(withoutVerbs.toSorted()).toEqual(
    [
      // It begins with its consumer; scan.test.ts attacks it.
      'bucket.scan',
      'close',
      'collection',
      'describe',
      'items.nodeOf',
      'destroy',
      'nodeOf',
      'on',
      'ref',
      'setNodes',
      'stats',
      'toString',
      'unref',
      'with',
      'withPrefix',
    ].toSorted(),
  );
  const ofCalls = ['routingKey', 'signal', 'substitute', 'timeout'];
  expect(fieldsOf('CounterOptions').toSorted()).toEqual(['durability', 'initial', ...ofCalls, 'ttl'].toSorted());
  expect(fieldsOf('number | DeleteOptions').toSorted()).toEqual(['cas', 'durability', ...ofCalls].toSorted());
});

const lasting = Object.keys(methods).filter(
  (name) => methods[name]!.isLast !== true && Object.keys(methods[name]!.args).length > 0,
);

describe.each(['text', 'meta', 'binary'] as const)('%s', (protocol) => {
  const options: ClientOptions = { protocol, timeout: 3000, pool: { max: 1 }, retry: false };

  test.each(lasting)('%s sends what it should, or nothing', async (name) => {
    const node = await startNode();
    const isOfBucket = protocol === 'binary' && name.startsWith('bucket.');
    const { client } = isOfBucket ? connectBucket(node, options) : connect(node, options);
    const method = methods[name] as Method;
    const run = callOf(client, name);
    // A connection to a bucket begins with requests of its own.
    await client.touch('mark:start', 1);
    const attacks = attacksOn(name).map((one) => ({ ...one, given: one.args() }));
    const outcomes: Promise<unknown>[] = [];
    for (const [at, { given }] of attacks.entries()) {
      const outcome = outcomeOf(() => run(...given));
      outcomes.push(outcome);
      if (method.hasSteps === true) await outcome;
      const mark = client.touch(`mark:${at}`, 1);
      if (method.hasSteps === true || at % 200 === 199) await mark;
    }
    const results = await Promise.all(outcomes);
    await client.touch('mark:end', 1);
    const sent = sentTo(node);
    const wrong: unknown[] = [];
    for (const [at, { name: what, given }] of attacks.entries()) {
      const commands = sent.get(`mark:${at}`) as string[];
      const keys = Object.keys(method.args).flatMap((parameter, index) => {
        if (parameter === 'line') return given[index] === right['line'] ? ['k'] : [];
        return ['key', 'keys', 'entries'].includes(parameter) ? keysIn(given[index]) : [];
      });
      const allowed = method.verbs.flatMap((verb) => [...keys, ''].map((key) => JSON.stringify([verb, key])));
      const isRight = commands.every((command) => allowed.includes(command)) && commands.length <= (method.most ?? 1);
      if (!isRight) wrong.push([what, commands]);
      checkError(what, results[at]);
    }
    expect(wrong).toEqual([]);
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
    expect(await client.get('owned')).toBe(undefined);
  });

  test('no word of a meta request writes a request of its own, nor makes its node read the value as one', async () => {
    const node = await startNode();
    const { client } = connect(node, options);
    const lines = Object.values(hostile).flatMap((make) => {
      const value = make();
      if (typeof value !== 'string') return [];
      return [`${value} k v`, `mg ${value}`, `mg k v ${value}`, `ms k ${value}`, `ms k T${value}`, `ma k N0 J${value}`];
    });
    const flags = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at));
    lines.push(
      `ms k ${flags.filter((flag) => flag !== 'q').join(' ')}`,
      'ms k c c',
      'ms k 1',
      'ms k q',
      'mn',
      'mg',
      '',
    );
    const value = 'x\r\nflush_all\r\n';
    for (const line of lines) await outcomeOf(() => client.meta(line, line.startsWith('ms ') ? value : undefined));
    await client.touch('mark:end', 1);
    const keys = new Set(['', ...lines.map((line) => Buffer.from(line.split(' ')[1] ?? '').toString('latin1'))]);
    const sent = node.commands.filter(({ key }) => !isMark(key));
    expect(sent.length).toBeLessThan(lines.length);
    for (const { verb, key, value: stored } of sent) {
      // A token that the node refuses makes its request invalid, and the value goes with it.
      expect([verb, keys.has(key)]).toEqual([expect.stringMatching(/^(get|store|arith|invalid)$/), true]);
      if (verb === 'store') expect(String(stored)).toBe(value);
    }
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
    expect(await client.get('owned')).toBe(undefined);
  });

  test('a transcoder of the user cannot write outside of the value', async () => {
    const node = await startNode();
    const encoded = { data: 'v' as unknown, flags: 0 as unknown };
    const transcoder = { encode: () => ({ ...encoded }) as never, decode: () => 'v' };
    const { client } = connect(node, { ...options, transcoder });
    let marks = 0;
    for (const [what, make] of Object.entries(hostile)) {
      for (const field of ['data', 'flags'] as const) {
        const value = make();
        Object.assign(encoded, { data: 'v', flags: 0 }, { [field]: value });
        const outcome = await outcomeOf(() => client.set('k', 'v'));
        await client.touch(`mark:${marks}`, 1);
        const commands = sentTo(node).get(`mark:${marks++}`) as string[];
        const whole = JSON.stringify(['store', 'k']);
        expect([what, field, commands.filter((command) => command !== whole)]).toEqual([what, field, []]);
        expect([what, field, commands.length <= 1]).toEqual([what, field, true]);
        checkError(what, outcome);
      }
    }
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
  });

  test('a prefix is part of the key and nothing else', async () => {
    const node = await startNode();
    const { client } = connect(node, options);
    let marks = 0;
    for (const [what, make] of Object.entries(hostile)) {
      const prefix = make();
      await outcomeOf(() => client.withPrefix(prefix as string).set('k', 'v'));
      await client.touch(`mark:${marks}`, 1);
      const commands = sentTo(node).get(`mark:${marks++}`) as string[];
      const allowed = keysIn(prefix).map((bytes) => JSON.stringify(['store', `${bytes}k`]));
      expect([what, commands.filter((command) => !allowed.includes(command))]).toEqual([what, []]);
    }
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
  });

  test('name and password are themselves, or refused', async () => {
    const server = createServer({ port: 0, users: { ada: 'secret', bob: 'secret' } });
    onTestFinished(() => server.destroy());
    const { port } = (await server.listen()) as { port: number };
    const attacks = Object.entries({
      ...hostile,
      'another name': (): unknown => 'x\u0000bob',
      'another line': (): unknown => 'secret\r\nflush_all',
    });
    for (const field of ['username', 'password'] as const) {
      for (const [what, make] of attacks) {
        const value = make();
        const given = { username: 'ada', password: 'secret', [field]: value } as { username: string; password: string };
        let client: Client | undefined;
        try {
          client = createClient({ nodes: `127.0.0.1:${port}`, ...options, ...given });
        } catch (error) {
          if (!(error instanceof OwnError))
            expect([what, field, error]).toEqual([what, field, expect.any(InvalidOptionError)]);
          if (typeof value === 'string' && value.length > 3) expect((error as Error).message).not.toContain(value);
          continue;
        }
        expect([what, field, typeof value]).toEqual([what, field, value === undefined ? 'undefined' : 'string']);
        expect([what, field, await outcomeOf(() => client.get('k'))]).toEqual([what, field, expect.any(MemcacheError)]);
        client.destroy();
      }
    }
  });
});

const last = Object.keys(methods).filter((name) => methods[name]!.isLast === true);

test.each(last)('%s sends nothing', async (name) => {
  for (const { name: what, args } of attacksOn(name)) {
    const node = await startNode();
    const { client } = connect(node);
    await client.get('k');
    const run = callOf(client, name);
    checkError(what, await outcomeOf(() => run(...args())));
    client.destroy();
    await node.until(() => node.open === 0);
    expect([what, node.commands.map(({ verb }) => verb)]).toEqual([what, ['get']]);
  }
});
