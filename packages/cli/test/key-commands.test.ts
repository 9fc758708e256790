/** The commands on keys and nodes, against the embedded server. */
import { createClient, transcoders } from 'memfleet';
import { createServer, type Server } from 'memfleet/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureOutput, type Outcome, runWords } from './support/captured.ts';

/** A port on which nobody listens: TCP port 1 of the loopback. */
const dead = '127.0.0.1:1';

let server: Server;
let nodes = '';

captureOutput();

beforeEach(async () => {
  server = createServer({ port: 0 });
  const address = await server.listen();
  nodes = 'port' in address ? `127.0.0.1:${address.port}` : '';
});

afterEach(() => server.destroy());

/** Runs a command line against the server, with time for a machine that has much to do. */
function run(...words: readonly string[]): Promise<Outcome> {
  return runWords(...words, '--nodes', nodes, '--timeout', '9000');
}

const ok = (stdout = ''): Outcome => ({ code: 0, stdout, stderr: '' });
const failed = (stderr: string, stdout = ''): Outcome => ({ code: 1, stdout, stderr });

describe('values', () => {
  test('what is set can be got, and deleted', async () => {
    expect(await run('set', 'greeting', 'hello world')).toEqual(ok());
    expect(await run('get', 'greeting')).toEqual(ok('hello world\n'));
    expect(await run('delete', 'greeting')).toEqual(ok());
    expect(await run('get', 'greeting')).toEqual(failed('greeting does not exist\n'));
    expect(await run('delete', 'greeting')).toEqual(failed('greeting does not exist\n'));
  });

  test('add stores only what does not exist', async () => {
    expect(await run('add', 'key', 'first')).toEqual(ok());
    expect(await run('add', 'key', 'second')).toEqual(failed('key exists already\n'));
    expect(await run('get', 'key')).toEqual(ok('first\n'));
  });

  test('cas stores only if nobody has changed the value since', async () => {
    await run('set', 'key', 'first');
    const [token = ''] = (await run('get', '--cas', 'key')).stdout.split(' ');
    expect(await run('cas', 'key', 'second', token)).toEqual(ok());
    expect(await run('cas', 'key', 'third', token)).toEqual(failed('key has changed: its cas token is another now\n'));
    expect(await run('cas', 'other', 'x', token)).toEqual(failed('other does not exist\n'));
    expect(await run('get', 'key')).toEqual(ok('second\n'));
  });

  test('get --raw prints the bytes as they are stored', async () => {
    const client = createClient({ nodes, transcoder: transcoders.bytes });
    await client.set('bytes', Buffer.from([0xff, 0, 0x0a, 0xc3]));
    await client.close();
    expect(await run('get', '--raw', 'bytes', 'bytes')).toEqual(ok('\xff\0\n\xc3\xff\0\n\xc3'));
  });

  test('get prints numbers, JSON and compressed values as they were stored by the client', async () => {
    const client = createClient({ nodes, transcoder: transcoders.compressed(transcoders.auto, { threshold: 1 }) });
    await client.set('number', 7);
    await client.set('json', { a: [1] });
    await client.set('long', 'x'.repeat(100));
    await client.set('bytes', Buffer.from([0xff, 0]));
    await client.close();
    expect(await run('get', 'number', 'json', 'long')).toEqual(ok(`7\n{"a":[1]}\n${'x'.repeat(100)}\n`));
    expect(await run('get', 'bytes')).toEqual(ok('\xff\0'));
  });

  test('--flags are the client flags', async () => {
    await run('set', 'json', '{"a":1}', '--flags', '2');
    expect(JSON.parse((await run('get', '--json', 'json')).stdout)).toMatchObject({ value: { a: 1 }, flags: 2 });
  });
});

describe('times and counters', () => {
  test('ttl prints the seconds that a key has left, and -1 where it has no expiry', async () => {
    await run('set', 'key', 'value', '--ttl', '1000');
    expect((await run('ttl', 'key')).stdout).toMatch(/^(?:1000|999|998)\n$/);
    expect(await run('touch', '0', 'key', 'other')).toEqual(failed('other does not exist\n'));
    expect(await run('ttl', 'key')).toEqual(ok('-1\n'));
    expect(await run('ttl', 'other')).toEqual(failed('other does not exist\n'));
  });

  test('ttl says what it needs where the node cannot tell', async () => {
    await run('set', 'key', 'value');
    const { code, stderr } = await run('ttl', 'key', '--protocol', 'text');
    expect([code, stderr]).toEqual([2, expect.stringContaining('text protocol cannot report the ttl of an item')]);
  });

  test('incr and decr print the new value', async () => {
    expect(await run('incr', 'n')).toEqual(failed('n does not exist\n'));
    expect(await run('incr', 'n', '--initial', '18446744073709551610')).toEqual(ok('18446744073709551610\n'));
    expect(await run('incr', 'n', '5')).toEqual(ok('18446744073709551615\n'));
    expect(await run('decr', 'n', '18446744073709551614')).toEqual(ok('1\n'));
    expect(await run('decr', 'n', '2', '--json')).toEqual(ok('{"key":"n","found":true,"value":0}\n'));
  });
});

test('--prefix is put before every key', async () => {
  await run('set', 'key', 'value', '--prefix', 'app:');
  expect(await run('get', 'app:key')).toEqual(ok('value\n'));
  expect(await run('ttl', 'key', '--prefix', 'app:')).toEqual(ok('-1\n'));
});

test('--json prints one object a line', async () => {
  const lines = async (...words: string[]): Promise<unknown[]> =>
    (await run(...words, '--json')).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  expect(await lines('set', 'a', '1')).toEqual([{ key: 'a', stored: true }]);
  expect(await lines('add', 'a', '1')).toEqual([{ key: 'a', stored: false }]);
  expect(await lines('get', 'a', 'b')).toEqual([
    { key: 'a', found: true, value: '1', flags: 0, cas: expect.stringMatching(/^\d+$/) },
    { key: 'b', found: false },
  ]);
  expect(await lines('touch', '10', 'a', 'b')).toEqual([
    { key: 'a', touched: true },
    { key: 'b', touched: false },
  ]);
  expect(await lines('ttl', 'a')).toEqual([{ key: 'a', found: true, ttl: expect.any(Number) }]);
  expect(await lines('ping')).toEqual([{ node: nodes, version: '1.6.40', ms: expect.any(Number) }]);
  expect(await lines('stats', 'settings')).toMatchObject([{ [nodes]: { num_threads: '1' } }]);
  expect(await lines('delete', 'a', 'b')).toEqual([
    { key: 'a', deleted: true },
    { key: 'b', deleted: false },
  ]);
  expect(await lines('flush', '--yes')).toEqual([{ flushed: true }]);
});

describe('nodes', () => {
  test('statistics are shown by node', async () => {
    expect((await run('stats')).stdout).toMatch(new RegExp(`^${nodes}\n  pid +${process.pid}\n`));
  });

  test('flush deletes everything, but only with --yes, and never for a prefix alone', async () => {
    await run('set', 'key', 'value');
    expect(await run('flush')).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
    expect(await run('flush', '--yes', '--prefix', 'a')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('keys of every prefix'),
    });
    expect(await run('get', 'key')).toEqual(ok('value\n'));
    expect(await run('flush', '--yes')).toEqual(ok());
    expect((await run('get', 'key')).code).toBe(1);
  });

  test('a node that does not reply is named, and the others are shown all the same', async () => {
    nodes = `${dead},${nodes}`;
    const [, alive = ''] = nodes.split(',');
    for (const command of ['ping', 'stats']) {
      const { code, stdout, stderr } = await run(command);
      expect([code, stdout.split(/\s/)[0]]).toEqual([1, alive]);
      expect(stderr).toMatch(/^memfleet: .*127\.0\.0\.1:1: .*ECONNREFUSED.*\n$/);
    }
  });

  test.each([
    ['get', 'key'],
    ['set', 'key', 'value'],
    ['delete', 'key'],
    ['ttl', 'key'],
    ['ping'],
    ['stats'],
    ['keys'],
    ['flush', '--yes'],
  ])('memfleet %s says in one line which node cannot be reached', async (...words) => {
    const { code, stdout, stderr } = await runWords(...words, '--nodes', dead);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^memfleet: [^\n]*127\.0\.0\.1:1: [^\n]*ECONNREFUSED[^\n]*\n$/);
  });
});

test.each([
  [['set', 'key'], "missing required argument 'value'"],
  [['set', 'key', 'value', '--ttl', 'soon'], "argument 'soon' is invalid. It takes a whole number"],
  [['touch', 'key', '10'], "'key' is invalid for argument 'seconds'"],
  [['incr', 'key', '-1'], "'-1' is invalid for argument 'delta'"],
  [['incr', 'key', '1.5'], "'1.5' is invalid for argument 'delta'"],
  [['cas', 'key', 'value', '0'], '0 is no cas token'],
  [['get', 'key', '--protocol', 'http'], 'Allowed choices are auto, meta, text, binary'],
  [['get', 'key', '--nodes', 'redis://a'], 'begins with memcached://'],
  [['get', 'key', '--nodes', ','], 'empty list'],
  [['get', 'key', '--ca', '/no/such/file'], '--ca: cannot read /no/such/file: there is no such file'],
  [['get', 'key', '--ca', import.meta.filename], 'contains no PEM certificate'],
  [['get', ''], 'the key is empty'],
  [['get', 'k'.repeat(251)], 'has 251 bytes'],
  [['get', 'key', '--username', 'ada', '--password-file', '/no/such'], 'cannot read /no/such: there is no such file'],
  [['keys', '--match', '[a'], 'A [ in a pattern needs its ]'],
])('%j: exit code 2 and "%s"', async (words, message) => {
  const { code, stdout, stderr } = await runWords(...words);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr.split('\n')).toHaveLength(2);
});
