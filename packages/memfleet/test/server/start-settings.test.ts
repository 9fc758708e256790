/** Settings with which memcached starts: what they refuse, and what the store does. */
import { afterEach, expect, test } from 'vitest';
import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { TcpClient } from '../support/tcp-client.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.destroy();
});

async function client(options: ServerOptions): Promise<TcpClient> {
  const server = createServer({ port: 0, ...options });
  servers.push(server);
  return TcpClient.connect(await server.listen());
}

const line = (one: TcpClient, request: string): Promise<string> => one.ask(`${request}\r\n`, '\r\n');

test.each([
  ['flush_enabled', 'flush_all', 'CLIENT_ERROR flush_all not allowed\r\n'],
  ['dump_enabled', 'stats cachedump 1 1', 'CLIENT_ERROR stats cachedump not allowed\r\n'],
  ['dump_enabled', 'lru_crawler metadump all', 'ERROR metadump not allowed\r\n'],
  ['watch_enabled', 'watch', 'CLIENT_ERROR watch commands not allowed\r\n'],
])('%s no: %s is refused', async (setting, request, reply) => {
  expect(await line(await client({ settings: { [setting]: 'no' } }), request)).toBe(reply);
});

test('evictions off: a store for which there is no memory fails, and nothing is lost', async () => {
  const one = await client({ maxBytes: 2 * 1024 * 1024, settings: { evictions: 'off' } });
  const value = 'B'.repeat(8192);
  let stored = 0;
  while ((await line(one, `set key${stored} 0 0 8192\r\n${value}`)) === 'STORED\r\n') stored++;
  expect(stored).toBeGreaterThan(100);
  expect(await line(one, `set another 0 0 8192\r\n${value}`)).toBe('SERVER_ERROR out of memory storing object\r\n');
  for (let at = 0; at < stored; at++) expect(await one.ask(`get key${at}\r\n`, 'END\r\n')).toContain(value);
  // Room again, once something was deleted.
  for (let at = 0; at < 60; at++) expect(await line(one, `delete key${at}`)).toBe('DELETED\r\n');
  expect(await line(one, `set another 0 0 8192\r\n${value}`)).toBe('STORED\r\n');
});

test('evictions off: memory of expired items is used', async () => {
  const clock = new FakeClock();
  const one = await client({ maxBytes: 2 * 1024 * 1024, settings: { evictions: 'off' }, clock });
  const value = 'B'.repeat(8192);
  let stored = 0;
  while ((await line(one, `set key${stored} 0 5 8192\r\n${value}`)) === 'STORED\r\n') stored++;
  clock.advance(6000);
  for (let at = 0; at < stored; at++) expect(await line(one, `set new${at} 0 0 8192\r\n${value}`)).toBe('STORED\r\n');
});

test('cas_enabled no: every cas is 0, and a flush takes what is stored in its second, as in memcached', async () => {
  const clock = new FakeClock();
  const one = await client({ settings: { cas_enabled: 'no' }, clock });
  await line(one, 'set a 0 0 1\r\nx');
  expect(await one.ask('gets a\r\n', 'END\r\n')).toBe('VALUE a 0 1 0\r\nx\r\nEND\r\n');
  await line(one, 'flush_all');
  await line(one, 'set a 0 0 1\r\ny');
  expect(await one.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
  clock.advance(1000);
  await line(one, 'set a 0 0 1\r\nz');
  expect(await one.ask('get a\r\n', 'END\r\n')).toContain('z');
});

test('reqs_per_event: the requests of a connection are served in turns of that size, which are counted', async () => {
  const one = await client({ settings: { reqs_per_event: 1 } });
  await one.ask('set a 0 0 1\r\nx\r\n'.repeat(6), 'STORED\r\n'.repeat(6));
  expect(await one.ask('stats\r\n', 'END\r\n')).toMatch(/conn_yields ([5-9]|\d\d)\r/);
});

test('stats settings shows every setting that was given, stats the lines that memcached has with it', async () => {
  const settings = {
    growth_factor: '1.50',
    tcp_backlog: 99,
    slab_reassign: 'no',
    memfleet: 'no',
    lru_crawler: 'no',
  } as const;
  const one = await client({ settings });
  const shown = await one.ask('stats settings\r\n', 'END\r\n');
  for (const text of ['growth_factor 1.50', 'tcp_backlog 99', 'slab_reassign no', 'lru_crawler no'])
    expect(shown).toContain(`STAT ${text}\r\n`);
  const general = await one.ask('stats\r\n', 'END\r\n');
  for (const name of ['slab_reassign_running', 'lru_crawler_running', 'memfleet ']) expect(general).not.toContain(name);
});

test('stat_key_prefix and detail_enabled: the prefixes of keys are counted from the start', async () => {
  const one = await client({ settings: { stat_key_prefix: '/', detail_enabled: 'yes', verbosity: 2 } });
  await line(one, 'set a/b 0 0 1\r\nx');
  expect(await one.ask('stats detail dump\r\n', 'END\r\n')).toContain('PREFIX a get 0 hit 0 set 1 del 0');
  expect(await one.ask('stats settings\r\n', 'END\r\n')).toContain('STAT verbosity 2\r\n');
});

test('debugtime moves the clock of the items where it is allowed, and is unknown elsewhere', async () => {
  const one = await client({ debugTime: true });
  await line(one, 'set relative 0 100 1\r\nx');
  await line(one, `set unix 0 ${Math.floor(Date.now() / 1000) + 3_000_000} 1\r\ny`);
  await line(one, 'set later 0 2000000000 1\r\nz');
  expect(await line(one, 'debugtime 101')).toBe('OK\r\n');
  expect(await one.ask('get relative unix\r\n', 'END\r\n')).toMatch(/^VALUE unix 0 1\r\n/);
  expect(await line(one, 'debugtime 3000000')).toBe('OK\r\n');
  expect(await one.ask('get unix later\r\n', 'END\r\n')).toMatch(/^VALUE later 0 1\r\n/);
  expect(await line(one, 'debugtime p')).toBe('OK\r\n');
  expect(await line(one, 'debugtime r')).toBe('OK\r\n');
  expect(await line(one, 'debugtime x')).toBe('ERROR\r\n');
  expect(await line(await client({}), 'debugtime 1')).toBe('ERROR\r\n');
});

test('watch and metadump are refused behind other requests of the same chunk, but for a get', async () => {
  const one = await client({});
  const refused = 'ERROR cannot pipeline other commands before metadump\r\n';
  expect(await one.ask('mg a v\r\nlru_crawler metadump all\r\n', refused)).toBe(`EN\r\n${refused}`);
  expect(await one.ask('get a\r\nlru_crawler metadump all\r\n', 'END\r\nEND\r\n')).toBe('END\r\nEND\r\n');
  expect(await one.ask('mn\r\nwatch\r\n', 'watch\r\n')).toBe(
    'MN\r\nERROR cannot pipeline other commands before watch\r\n',
  );
});

test('evictions off: an item of a snapshot for which there is no memory is not restored, and nothing else is lost', () => {
  const server = createServer({ maxBytes: 1024 * 1024, settings: { evictions: 'off' } });
  const value = new Uint8Array(8192);
  const restore = (name: string): boolean =>
    server.restoreItem({ key: Buffer.from(name), value, flags: 0, exptime: 0, cas: 0n, isBase64: false });
  let restored = 0;
  while (restore(`key${restored}`)) restored++;
  expect(restored).toBeGreaterThan(50);
  expect([...server.items()]).toHaveLength(restored);
});
