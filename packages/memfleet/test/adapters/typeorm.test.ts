/** The provider of TypeORM's query cache, through data sources with databases of their own (SQLite in memory). */
import { DataSource, EntitySchema, type Repository } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TypeormQueryCache } from '../../src/adapters/typeorm.ts';
import type { Client } from '../../src/client/index.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startNode } from './nodes.ts';

type QueryResultCache = NonNullable<DataSource['queryResultCache']>;

interface User {
  id: number;
  name: string;
}

const users = new EntitySchema<User>({
  name: 'user',
  columns: {
    id: { type: Number, primary: true },
    name: { type: String },
  },
});

interface Store {
  readonly source: DataSource;
  readonly repository: Repository<User>;
  /** How many queries the database has received. */
  readonly queries: () => number;
}

/** A database with the users Ada and Bob. As a replica would, each process has its own. */
async function openStore(client: Client, options: { ignoreErrors?: boolean } = {}): Promise<Store> {
  let queries = 0;
  const count = (): void => void queries++;
  const none = (): void => {};
  const source = new DataSource({
    type: 'sqljs',
    entities: [users],
    synchronize: true,
    logging: ['query'],
    logger: {
      logQuery: count,
      logQueryError: none,
      logQuerySlow: none,
      logSchemaBuild: none,
      logMigration: none,
      log: none,
    },
    cache: { provider: (): QueryResultCache => new TypeormQueryCache(client), duration: 60_000, ...options },
  });
  await source.initialize();
  onTestFinished(() => source.destroy());
  const repository = source.getRepository<User>(users);
  await repository.insert([
    { id: 1, name: 'Ada' },
    { id: 2, name: 'Bob' },
  ]);
  return { source, repository, queries: () => queries };
}

const named = async (repository: Repository<User>, cache: boolean | number | { id: string; milliseconds: number }) =>
  (await repository.find({ where: { id: 1 }, cache })).map(({ name }) => name);

describe('the query cache of TypeORM', () => {
  test('a query that one process has made reaches the database of no other while its result is kept', async () => {
    const { address } = await startNode();
    const [one, other] = [await openStore(clientOf(address)), await openStore(clientOf(address))];
    expect(await named(one.repository, true)).toEqual(['Ada']);
    await other.repository.update(1, { name: 'Eve' });
    const before = other.queries();
    expect(await named(other.repository, true)).toEqual(['Ada']);
    expect(other.queries()).toBe(before);
    expect(await named(other.repository, false)).toEqual(['Eve']);
  });

  test('queries with other parameters have other results', async () => {
    const { repository } = await openStore(await startClient());
    const find = async (id: number) => (await repository.find({ where: { id }, cache: true }))[0]?.name;
    expect([await find(1), await find(2), await find(1)]).toEqual(['Ada', 'Bob', 'Ada']);
  });

  test('a result is kept for its duration, rounded up to seconds on the node, and expires to a millisecond', async () => {
    const client = await startClient();
    const cache = new TypeormQueryCache(client);
    const query = { identifier: 'users', query: 'SELECT 1', duration: 1500 };
    await cache.storeInCache({ ...query, time: Date.now(), result: '[1]' });
    const kept = await cache.getFromCache(query);
    expect(kept).toMatchObject({ ...query, result: '[1]' });
    expect(cache.isExpired(kept as never)).toBe(false);
    await cache.storeInCache({ ...query, time: Date.now() - 1501, result: '[1]' });
    expect(cache.isExpired((await cache.getFromCache(query)) as never)).toBe(true);
    await cache.storeInCache({ ...query, time: 0, duration: Infinity, result: '[2]' });
    const forEver = await cache.getFromCache(query);
    expect([forEver?.result, cache.isExpired(forEver as never)]).toEqual(['[2]', false]);
  });

  test('remove deletes the result of an id for all processes, with the count and the page of its query', async () => {
    const { address } = await startNode();
    const [one, other] = [await openStore(clientOf(address)), await openStore(clientOf(address))];
    const cache = { id: 'list', milliseconds: 60_000 };
    const list = async ({ repository }: Store) => (await repository.findAndCount({ take: 1, cache }))[1];
    expect(await list(one)).toBe(2);
    await other.repository.delete(2);
    expect(await list(other)).toBe(2);
    await other.source.queryResultCache?.remove(['list']);
    expect(await list(other)).toBe(1);
    expect(await list(one)).toBe(1);
  });

  test('an id is not the name of a query', async () => {
    const cache = new TypeormQueryCache(await startClient());
    await cache.storeInCache({ query: 'SELECT 1', duration: 1000, result: '[1]' });
    expect(await cache.getFromCache({ identifier: 'SELECT 1', duration: 1000 })).toBe(undefined);
    expect(await cache.getFromCache({ identifier: '', query: 'SELECT 1', duration: 1000 })).toMatchObject({
      result: '[1]',
    });
    expect(await cache.getFromCache({ duration: 1000 })).toBe(undefined);
  });

  test('clear makes the results misses, and leaves the items of others', async () => {
    const client = await startClient();
    const { source, repository } = await openStore(client);
    await client.set('other', 'stays');
    expect(await named(repository, { id: 'ada', milliseconds: 60_000 })).toEqual(['Ada']);
    await repository.update(1, { name: 'Eve' });
    await source.queryResultCache?.clear();
    expect(await named(repository, { id: 'ada', milliseconds: 60_000 })).toEqual(['Eve']);
    expect(await client.get('other')).toBe('stays');
  });

  test('an outage is an error of the query, and with ignoreErrors the database replies', async () => {
    const node = await startNode();
    const strict = await openStore(clientOf(node.address));
    const lenient = await openStore(clientOf(node.address), { ignoreErrors: true });
    await node.stop();
    await expect(named(strict.repository, true)).rejects.toThrow();
    expect(await named(lenient.repository, true)).toEqual(['Ada']);
  });

  test('a result that is larger than an item is read from the database each time', async () => {
    const { repository, queries } = await openStore(await startClient({ maxItemSize: 10_000 }));
    await repository.insert({ id: 3, name: 'x'.repeat(10_000) });
    const find = async () => (await repository.find({ where: { id: 3 }, cache: true }))[0]?.name.length;
    const before = queries();
    expect([await find(), await find()]).toEqual([10_000, 10_000]);
    expect(queries() - before).toBe(2);
  });

  test('an id may be a number, and is not the text of a query', async () => {
    const cache = new TypeormQueryCache(await startClient());
    const query = { identifier: 7 as never, duration: 1000 };
    await cache.storeInCache({ ...query, result: '[7]' });
    expect(await cache.getFromCache(query)).toMatchObject({ result: '[7]', identifier: 7 });
    expect(await cache.getFromCache({ query: '7', duration: 1000 })).toBe(undefined);
  });

  test('an item that is not a result is a miss', async () => {
    const client = await startClient();
    const cache = new TypeormQueryCache(client);
    const query = { identifier: 'users', duration: 1000 };
    await cache.storeInCache({ ...query, result: '[]' });
    const version = await client.get<string>('typeorm:~v:');
    for (const other of [null, 5, 'text', { time: 1 }]) {
      expect(await client.replace(`typeorm:${version}:i:users`, other)).toBe(true);
      expect(await cache.getFromCache(query)).toBe(undefined);
    }
  });
});

describeBadCases(
  'the query cache of TypeORM',
  (client) => {
    const cache = new TypeormQueryCache(client);
    const query = (key: string) => ({ identifier: key, duration: 60_000 });
    return {
      get: async (key) => (await cache.getFromCache(query(key)))?.result as unknown,
      set: (key, value) => cache.storeInCache({ ...query(key), result: value }),
      delete: (key) => cache.remove([key]),
      clear: () => cache.clear(),
      setUnfit: (key) => cache.storeInCache({ ...query(key), result: 1n }),
    };
  },
  // TypeORM treats an empty id as absent.
  (key) => key !== '',
);
