/** Layers of the user: where they stand, what they see, and the description of the stack. */
import { createClient, createMigration } from 'memfleet';
import { Command, type Policy, Reply, verbOf, wrap, wrapHandler } from 'memfleet/core';
import { createServer } from 'memfleet/server';
import { describe, expect, onTestFinished, test } from 'vitest';
// @ts-expect-error -- the example is JavaScript without declarations
import { slowCommands } from '../../../../examples/policy/slow-commands.mjs';

async function startNode(): Promise<string> {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  return `127.0.0.1:${'port' in address ? address.port : 0}`;
}

/** A policy that notes what passes it. */
function noting(name: string, seen: string[]): Policy {
  const policy: Policy = (next) =>
    wrap(next, (command, handler) => {
      seen.push(`${name} ${verbOf(command)} ${command.keys?.join(' ') ?? command.key}`);
      next.dispatch(command, handler);
    });
  return Object.defineProperty(policy, 'name', { value: name });
}

describe('policies of the user', () => {
  test('see each command of a client once, the outermost policy first', async () => {
    const nodes = await Promise.all([startNode(), startNode()]);
    const seen: string[] = [];
    await using client = createClient({ nodes, policies: [noting('outer', seen), noting('inner', seen)] });
    await client.set('a', 1);
    await client.getMany(['a', 'b', 'c', 'd']);
    const both = (text: string): string[] => [`outer ${text}`, `inner ${text}`];
    expect(seen).toEqual([...both('set a'), ...both('get a b c d')]);
  });

  test('see the deadline of a command, and may reply in place of the nodes', async () => {
    const deadlines: number[] = [];
    const answer: Policy = (next) =>
      wrap(next, (command, handler) => {
        deadlines.push(command.deadline);
        const reply = new Reply();
        reply.setText('from the policy');
        handler.onReply(reply);
      });
    await using client = createClient({ nodes: '127.0.0.1:1', policies: [answer] });
    expect(await client.get('k')).toBe('from the policy');
    expect(deadlines[0]).toBeGreaterThan(0);
  });

  test('are asked by both fleets of a migration as one', async () => {
    const [from, to] = await Promise.all([startNode(), startNode()]);
    const seen: string[] = [];
    const { client } = createMigration({
      from: { nodes: from },
      to: { nodes: to, policies: [noting('mine', seen)] },
      phase: 'write-both',
    });
    onTestFinished(() => client.destroy());
    await client.set('a', 1);
    await client.incr('n', 1, { initial: 5 });
    expect(seen).toEqual(['mine set a', 'mine incr n']);
    expect(client.describe()).toMatch(/^mine → migration\(write-both: deadline → .*; deadline → .*\)$/);
  });

  test('that are no list of functions are refused by name', () => {
    expect(() => createClient({ policies: [{} as Policy] })).toThrow(/option "policies" must be a list of functions/);
  });

  test('can keep what a handler says beside its two methods', () => {
    const failed: unknown[] = [];
    const plain = { onReply() {}, onError() {} };
    const own = { onReply() {}, onError() {} };
    expect('onPartFailed' in wrapHandler(plain, own)).toBe(false);
    const full = {
      ...plain,
      isFull: true,
      connection: 7,
      onPartFailed: (_: unknown, keys: unknown) => failed.push(keys),
    };
    const wrapped = wrapHandler(full, own);
    wrapped.onPartFailed?.(undefined as never, ['a']);
    full.isFull = false;
    expect([wrapped.isFull, wrapped.connection, failed]).toEqual([false, 7, [['a']]]);
  });
});

test('the example examples/policy/slow-commands.mjs counts slow commands by verb', async () => {
  const nodes = await startNode();
  // Everything takes longer than −1 ms, and nothing longer than an eternity.
  const [all, none] = [slowCommands(-1), slowCommands(Infinity)];
  await using client = createClient({ nodes, policies: [all.policy, none.policy] });
  await client.set('a', 1);
  await client.get('a');
  await client.getMany(['a', 'b']);
  expect([...all.counts]).toEqual([
    ['set', 1],
    ['get', 2],
  ]);
  expect([...none.counts]).toEqual([]);
  expect(client.describe()).toContain('deadline → slowLog → slowLog → retry(1)');
});

describe('the description of the stack', () => {
  test('names the layers from the call to the wire', async () => {
    const nodes = await Promise.all([startNode(), startNode()]);
    await using client = createClient({ nodes, pool: { min: 1, max: 3 }, protocol: 'meta' });
    const stack = 'deadline → retry(1) → cluster(ketama, 2 nodes) → pool(min 1, max 3) → meta';
    expect(client.describe()).toBe(stack);
    expect(String(client.withPrefix('p:'))).toBe(`memfleet client: ${stack}`);
  });

  test('has the layers that options add, leaves out those that they take away, and learns what the nodes speak', async () => {
    await using client = createClient({
      nodes: await startNode(),
      locator: 'modulo',
      coalesce: true,
      retry: false,
      policies: [(next) => next],
    });
    const stack = 'deadline → policy → coalesce → cluster(modulo, 1 node) → pool(min 1, max 4)';
    expect(client.describe()).toBe(`${stack} → auto`);
    await client.get('a');
    expect(client.describe()).toBe(`${stack} → meta`);
  });

  test('of a bucket has the layers of a bucket', async () => {
    await using client = createClient({ nodes: '127.0.0.1:1', couchbase: { bucket: 'b' }, replica: 'on-error' });
    expect(client.describe()).toBe(
      'deadline → split keys → replicas(on-error) → durability(none) → retry(1) → write terms → resend → collections → cluster(vBuckets, 0 nodes) → pool(min 1, max 4) → binary',
    );
  });
});

test('memfleet/core makes commands and replies as the library does', () => {
  expect(new Command('get', 'k')).toMatchObject({ verb: 'get', key: 'k' });
});
