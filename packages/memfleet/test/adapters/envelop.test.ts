/** The cache of responses, through servers of GraphQL Yoga that share a node as processes do. */
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cache as EnvelopCache } from '@envelop/response-cache';
import { type Cache as YogaCache, useResponseCache } from '@graphql-yoga/plugin-response-cache';
import { createSchema, createYoga } from 'graphql-yoga';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EnvelopResponseCache, type EnvelopResult } from '../../src/adapters/envelop.ts';
import type { Client } from '../../src/client/index.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startCounted, startNode } from './nodes.ts';

interface User {
  id: string;
  name: string;
}

/** What the processes share beside the node. */
class Database {
  readonly users = new Map<string, User>([
    ['1', { id: '1', name: 'Ada' }],
    ['2', { id: '2', name: 'Bob' }],
  ]);
  reads = 0;
  /** Reads are held up until it is settled, after they have seen the data. */
  gate: Promise<unknown> = Promise.resolve();

  async read<T>(look: (users: Map<string, User>) => T): Promise<T> {
    this.reads++;
    const seen = look(this.users);
    await this.gate;
    return seen;
  }
}

const typeDefs = `
  type User { id: ID!, name: String! }
  type Query { user(id: ID!): User, users: [User!]!, fails: User }
  type Mutation { rename(id: ID!, name: String!): User, add(id: ID!, name: String!): User }
`;

const copy = (user: User | undefined): User | undefined => (user === undefined ? user : { ...user });

interface Process {
  /** Sends an operation by HTTP. */
  readonly run: (query: string) => Promise<EnvelopResult & { etag: string | null }>;
  readonly url: string;
  readonly cache: EnvelopResponseCache;
  /** Settles with the calls that the plugin does not await. */
  readonly settled: () => Promise<unknown>;
}

async function startProcess(client: Client, database: Database, ttl = 60_000): Promise<Process> {
  const cache = new EnvelopResponseCache(client);
  const put = (user: User): User => {
    database.users.set(user.id, { ...user });
    return user;
  };
  const schema = createSchema({
    typeDefs,
    resolvers: {
      Query: {
        user: async (_: unknown, { id }: User) => database.read((users) => copy(users.get(id))),
        users: async () => database.read((users) => [...users.values()].map(copy)),
        fails: async () => database.read(() => Promise.reject(new Error('no database'))),
      },
      Mutation: { rename: (_: unknown, user: User) => put(user), add: (_: unknown, user: User) => put(user) },
    },
  });
  const begun: Promise<void>[] = [];
  const watched: EnvelopCache & YogaCache = {
    get: (id) => cache.get(id),
    set: (...args) => void begun.push(cache.set(...args)),
    invalidate: (entities) => void begun.push(cache.invalidate(entities)),
  };
  const plugins = [useResponseCache({ cache: watched, session: () => null, ttl, includeExtensionMetadata: true })];
  const yoga = createYoga({ schema, plugins, logging: false });
  const server = createHttpServer((request, response) => void yoga(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const run: Process['run'] = async (query) => {
    const body = JSON.stringify({ query });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return { ...(await response.json()), etag: response.headers.get('etag') };
  };
  return { run, url, cache, settled: () => Promise.allSettled(begun) };
}

const ada = '{ user(id: 1) { id name } }';
const all = '{ users { id name } }';

async function startTwo(): Promise<{ one: Process; other: Process; database: Database }> {
  const { address } = await startNode();
  const database = new Database();
  const [one, other] = [
    await startProcess(clientOf(address), database),
    await startProcess(clientOf(address), database),
  ];
  return { one, other, database };
}

describe('the response cache of GraphQL Yoga', () => {
  test('a response of one process is that of another, without a resolver', async () => {
    const { one, other, database } = await startTwo();
    const first = await one.run(ada);
    expect(first).toMatchObject({
      data: { user: { id: '1', name: 'Ada' } },
      extensions: { responseCache: { hit: false } },
    });
    await one.settled();
    expect(await other.run(ada)).toMatchObject({ data: first.data, extensions: { responseCache: { hit: true } } });
    expect(database.reads).toBe(1);
  });

  test('a mutation in one process makes the responses with its entity misses in the other, and no others', async () => {
    const { one, other, database } = await startTwo();
    const bob = '{ user(id: 2) { id name } }';
    for (const query of [ada, bob, all]) await other.run(query);
    await other.settled();
    await one.run('mutation { rename(id: 1, name: "Eve") { id name } }');
    await one.settled();
    const before = database.reads;
    expect((await other.run(ada)).data.user.name).toBe('Eve');
    expect((await other.run(all)).data.users[0].name).toBe('Eve');
    expect(database.reads).toBe(before + 2);
    expect((await other.run(bob)).extensions?.['responseCache'].hit).toBe(true);
  });

  test('the process of a mutation reads what is new at once, before the node has replied to it', async () => {
    const { one } = await startTwo();
    await one.run(ada);
    await one.settled();
    await one.run('mutation { rename(id: 1, name: "Eve") { id } }');
    expect((await one.run(ada)).data.user.name).toBe('Eve');
  });

  test('a whole type is invalidated by its name, which responses without an entity have as well', async () => {
    const { one, other, database } = await startTwo();
    database.users.clear();
    expect((await other.run(all)).data.users).toEqual([]);
    await other.settled();
    database.users.set('3', { id: '3', name: 'Cem' });
    expect((await other.run(all)).data.users).toEqual([]);
    await one.cache.invalidate([{ typename: 'User' }]);
    expect((await other.run(all)).data.users).toHaveLength(1);
  });

  test('a response with many entities is invalidated by each of them', async () => {
    const { one, other, database } = await startTwo();
    for (let id = 3; id < 200; id++) database.users.set(String(id), { id: String(id), name: `user ${id}` });
    await one.run(all);
    await one.settled();
    expect((await other.run(all)).extensions?.['responseCache'].hit).toBe(true);
    await one.run('mutation { rename(id: 150, name: "Eve") { id } }');
    await one.settled();
    expect((await other.run(all)).data.users[149].name).toBe('Eve');
  });

  test('a response whose data were read before an invalidation is not stored after it', async () => {
    const { one, other, database } = await startTwo();
    let open = (): void => {};
    database.gate = new Promise<void>((resolve) => (open = resolve));
    const slow = other.run(ada);
    while (database.reads === 0) await new Promise((resolve) => setImmediate(resolve));
    await one.run('mutation { rename(id: 1, name: "Eve") { id } }');
    await one.settled();
    open();
    expect((await slow).data.user.name).toBe('Ada');
    await other.settled();
    expect((await one.run(ada)).data.user.name).toBe('Eve');
  });

  test('errors are not stored', async () => {
    const { one, database } = await startTwo();
    for (let run = 0; run < 2; run++) expect((await one.run('{ fails { id } }')).errors).toBeDefined();
    expect(database.reads).toBe(2);
  });

  test('another process replies 304 to the etag of the first', async () => {
    const { one, other } = await startTwo();
    const { etag } = await one.run(ada);
    await one.settled();
    const again = await fetch(`${other.url}?query=${encodeURIComponent(ada)}`, {
      headers: { 'if-none-match': etag ?? '' },
    });
    expect(again.status).toBe(304);
  });

  test('while the node is out the resolvers serve every request, mutations as well', async () => {
    const node = await startNode();
    const database = new Database();
    const { run } = await startProcess(clientOf(node.address), database);
    await run(ada);
    await node.stop();
    expect((await run(ada)).data.user.name).toBe('Ada');
    expect((await run('mutation { rename(id: 1, name: "Eve") { id name } }')).data.rename.name).toBe('Eve');
    expect((await run(ada)).data.user.name).toBe('Eve');
  });
});

describe('the cache of responses', () => {
  test('keeps a response for its ttl, rounded up to seconds, or for ever', async () => {
    const client = await startClient({ ttl: 5 });
    const cache = new EnvelopResponseCache(client);
    for (const [ttl, seconds] of [
      [1500, 2],
      [Infinity, Infinity],
      [9e15, Infinity],
    ] as const) {
      await cache.set('id', { data: {} }, [], ttl);
      expect(await client.ttlOf('envelop:id')).toBe(seconds);
    }
    await cache.set('none', { data: {} }, [], 0);
    expect(await cache.get('none')).toBe(null);
  });

  test('keeps a response that is larger than an item', async () => {
    const cache: EnvelopCache & YogaCache = new EnvelopResponseCache(await startClient());
    const data = { text: 'x'.repeat(3_000_000) };
    await cache.set('id', { data }, [], 60_000);
    expect(await cache.get('id')).toEqual({ data });
  });

  test('takes entities whose ids are odd, long or numbers', async () => {
    const cache = new EnvelopResponseCache(await startClient());
    for (const id of [7, 'a b', 'a:b', 'ü', '\0', 'x'.repeat(999), '*', '']) {
      const result = { data: { user: { id } } };
      await cache.set('id', result, [{ typename: 'User', id }], 60_000);
      await cache.invalidate([
        { typename: 'User', id: 'other' },
        { typename: 'Other', id },
      ]);
      expect(await cache.get('id')).toEqual(result);
      await cache.invalidate([{ typename: 'User', id: String(id) }]);
      expect(await cache.get('id')).toBe(null);
    }
  });

  test('reads a response and the versions of its tags in one write, from the second time on', async () => {
    const { client, count } = await startCounted();
    const cache = new EnvelopResponseCache(client);
    const entities = [{ typename: 'User', id: 1 }];
    for (const id of ['a', 'b']) await cache.set(id, { data: id }, entities, 60_000);
    expect(await count(() => cache.get('a'))).toEqual({ chunks: 2, requests: 3 });
    expect(await count(() => cache.get('a'))).toEqual({ chunks: 1, requests: 3 });
    await cache.get('b');
    const both = (): Promise<unknown> => Promise.all([cache.get('a'), cache.get('b')]);
    expect(await count(both)).toMatchObject({ requests: 4 });
    expect(await both()).toEqual([{ data: 'a' }, { data: 'b' }]);
  });

  test.each([
    ['more entities', [1, 2, 3], [1]],
    ['fewer', [1], [1, 2, 3]],
    ['others', [1, 2], [3, 4]],
    ['the same', [1, 2], [1, 2]],
    ['none', [1], []],
  ])(
    'finds a response that had %s when it was read before, until one of its own is invalidated',
    async (_, ...sets) => {
      const { address } = await startNode();
      const [cache, other] = [new EnvelopResponseCache(clientOf(address)), new EnvelopResponseCache(clientOf(address))];
      const [before = [], after = []] = sets.map((ids) => ids.map((id) => ({ typename: 'User', id })));
      await cache.set('id', { data: 1 }, before, 60_000);
      for (let run = 0; run < 2; run++) expect(await cache.get('id')).toEqual({ data: 1 });
      await other.set('id', { data: 22 }, after, 60_000);
      for (let run = 0; run < 2; run++) expect(await cache.get('id')).toEqual({ data: 22 });
      await other.invalidate([...after, { typename: 'Other', id: 1 }]);
      for (let run = 0; run < 2; run++) expect(await cache.get('id')).toEqual(after.length === 0 ? { data: 22 } : null);
    },
  );

  test('waits for the versions that another node has, and finds nothing while that one is out', async () => {
    const nodes = [await startNode(), await startNode()];
    const client = clientOf(nodes.map(({ address }) => address));
    const cache = new EnvelopResponseCache(client);
    const ids = Array.from({ length: 30 }, (_, at) => `id${at}`);
    const getAll = (): Promise<unknown[]> => Promise.all(ids.map((id) => cache.get(id)));
    for (const id of ids) await cache.set(id, { data: id }, [{ typename: 'User', id }], 60_000);
    for (let run = 0; run < 3; run++) expect(await getAll()).toEqual(ids.map((id) => ({ data: id })));
    await cache.invalidate([{ typename: 'User', id: 'id7' }]);
    expect((await getAll()).flatMap((found, at) => (found === null ? [at] : []))).toEqual([7]);
    const home = client.nodeOf('envelop:~t:User');
    await nodes.find(({ address }) => address === home)?.stop();
    expect(await getAll()).toEqual(ids.map(() => null));
  });

  test('does not find a response that is damaged, or whose tags have no versions any more', async () => {
    const client = await startClient();
    const cache = new EnvelopResponseCache(client);
    for (const id of ['damaged', 'lost']) {
      await cache.set(id, { data: id }, [{ typename: 'User', id }], 60_000);
      for (let run = 0; run < 2; run++) expect(await cache.get(id)).toEqual({ data: id });
    }
    await client.append('envelop:damaged', ' ');
    await client.delete('envelop:~t:User.lost');
    for (const id of ['damaged', 'lost']) for (let run = 0; run < 2; run++) expect(await cache.get(id)).toBe(null);
  });

  test('keeps characters beyond ASCII, and reads responses of a cache', async () => {
    const client = await startClient();
    const cache = new EnvelopResponseCache(client);
    const result = { data: { text: 'Größe € 😀' } };
    await cache.set('tagged', result, [{ typename: 'Größe', id: '€' }], 60_000);
    await cache.set('plain', result, [], 60_000);
    for (const id of ['tagged', 'plain']) for (let run = 0; run < 2; run++) expect(await cache.get(id)).toEqual(result);
  });

  test('finds the same while the calls of the client are traced', async () => {
    const client = await startClient();
    const cache = new EnvelopResponseCache(client);
    await cache.set('id', { data: 1 }, [{ typename: 'User', id: 1 }], 60_000);
    const seen: unknown[] = [];
    const listener = (message: unknown): void => void seen.push(message);
    diagnostics.subscribe('tracing:memfleet:cache:start', listener);
    onTestFinished(() => void diagnostics.unsubscribe('tracing:memfleet:cache:start', listener));
    expect(await cache.get('id')).toEqual({ data: 1 });
    expect(seen).toMatchObject([{ operation: 'get', key: 'id' }]);
  });

  test('rejects an invalidation that a node may not have received, and the rejection may stay unhandled', async () => {
    const node = await startNode();
    const cache = new EnvelopResponseCache(clientOf(node.address));
    await node.stop();
    await expect(cache.invalidate([{ typename: 'User' }])).rejects.toThrow();
    // As the plugin calls it: a rejection that nobody handles would end the process.
    void cache.invalidate([{ typename: 'User' }]);
    void cache.set('id', { data: 1n }, [], 60_000);
    expect(await cache.get('id')).toBe(null);
  });
});

describeBadCases('the cache of responses', (client) => {
  const cache = new EnvelopResponseCache(client);
  return {
    get: async (key) => (await cache.get(key))?.data as unknown,
    set: (key, value) => cache.set(key, { data: value }, [{ typename: 'Key', id: key }], 60_000),
    delete: (key) => cache.invalidate([{ typename: 'Key', id: key }]),
    clear: () => cache.invalidate([{ typename: 'Key' }]),
    setUnfit: (key) => cache.set(key, { data: 1n }, [], 60_000),
  };
});
