/** What is unknown, out of range or contradictory in options is an error that names it, before anything is opened. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConnectionString } from '../../src/client/connection-string.ts';
import { type Client, clientDefaults, type ClientOptions, createClient } from '../../src/client/index.ts';
import { InvalidArgumentError, InvalidOptionError } from '../../src/core/errors.ts';

/** A client that is destroyed after the test; nothing is dialled before the first call. */
function make(options: ClientOptions | string): Client {
  const client = createClient(options);
  onTestFinished(() => client.destroy());
  return client;
}

function names(client: Client): string[] {
  return client.stats().nodes.map(({ node }) => node);
}

describe('options', () => {
  test('none are needed', () => {
    expect(names(make({}))).toEqual(['127.0.0.1:11211']);
  });

  test('one that is undefined is as one that is not there', () => {
    const options = Object.fromEntries(Object.keys(clientDefaults).map((name) => [name, undefined]));
    expect(names(make({ ...options, nodes: 'a' }))).toEqual(['a:11211']);
    expect(() => make({ pool: { min: undefined, max: undefined, backoff: {} } })).not.toThrow();
  });

  test('the defaults are frozen, and are what the README says', () => {
    expect(Object.isFrozen(clientDefaults)).toBe(true);
    expect(Object.isFrozen(clientDefaults.pool)).toBe(true);
    expect(clientDefaults).toMatchObject({
      timeout: 1000,
      connectTimeout: 1000,
      ejectTime: 4000,
      maxItemSize: 1024 * 1024,
      pool: { min: 1, max: 4 },
    });
  });

  const wrong: readonly (readonly [options: Record<string, unknown>, named: string])[] = [
    [{ timeoutt: 5 }, '"timeoutt"'],
    [{ constructor: 5 }, '"constructor"'],
    [{ toString: 5 }, '"toString"'],
    [{ pool: { maxx: 5 } }, '"pool.maxx"'],
    [{ pool: { backoff: { start: 5 } } }, '"pool.backoff.start"'],
    [{ retry: { tries: 5 } }, '"retry.tries"'],
    [{ nodes: [{ hostname: 'a' }] }, '"hostname"'],
    [{ timeout: 0 }, '"timeout"'],
    [{ timeout: -1 }, '"timeout"'],
    [{ timeout: NaN }, '"timeout"'],
    [{ timeout: Infinity }, '"timeout"'],
    [{ timeout: 1e12 }, '"timeout"'],
    [{ timeout: '100' }, '"timeout"'],
    [{ timeout: 100n }, '"timeout"'],
    [{ connectTimeout: 0 }, '"connectTimeout"'],
    [{ ejectTime: -5 }, '"ejectTime"'],
    [{ ejectAfter: 0 }, '"ejectAfter"'],
    [{ ejectAfter: 1.5 }, '"ejectAfter"'],
    [{ ejectGrowth: 0.5 }, '"ejectGrowth"'],
    [{ ejectShare: 1.1 }, '"ejectShare"'],
    [{ maxItemSize: 0 }, '"maxItemSize"'],
    [{ maxItemSize: 1.5 }, '"maxItemSize"'],
    [{ ttl: -1 }, '"ttl"'],
    [{ ttl: NaN }, '"ttl"'],
    [{ prefix: 5 }, '"prefix"'],
    [{ prefix: 'x'.repeat(251) }, '"prefix"'],
    [{ protocol: 'udp' }, '"protocol"'],
    [{ failure: 'ignore' }, '"failure"'],
    [{ errors: 'hide' }, '"errors"'],
    [{ coalesce: 'yes' }, '"coalesce"'],
    [{ pool: 5 }, '"pool"'],
    [{ pool: null }, '"pool"'],
    [{ pool: { min: -1 } }, '"pool.min"'],
    [{ pool: { max: 0 } }, '"pool.max"'],
    [{ pool: { maxInFlight: 0 } }, '"pool.maxInFlight"'],
    [{ pool: { maxWaiting: -1 } }, '"pool.maxWaiting"'],
    [{ pool: { idleTimeout: -1 } }, '"pool.idleTimeout"'],
    [{ pool: { backoff: { jitter: 2 } } }, '"pool.backoff.jitter"'],
    [{ retry: true }, '"retry"'],
    [{ retry: { attempts: -1 } }, '"retry.attempts"'],
    [{ transcoder: {} }, '"transcoder"'],
    [{ transcoder: null }, '"transcoder"'],
    [{ tls: 'yes' }, '"tls"'],
    [{ locator: 'nearest' }, 'nearest'],
    [{ locator: 5 }, '"locator"'],
    [{ hashTag: 'abc' }, 'hashTag'],
    [{ nodes: [] }, '"nodes"'],
    [{ nodes: '' }, '"nodes"'],
    [{ nodes: 5 }, '"nodes"'],
    [{ nodes: [5] }, 'nodes'],
    [{ nodes: [null] }, 'nodes'],
    [{ nodes: ['a:b:c'] }, 'a:b:c'],
    [{ nodes: ['h:99999'] }, 'port'],
    [{ nodes: ['h:0'] }, 'port'],
    [{ nodes: ['two words'] }, 'two words'],
    [{ nodes: ['http://h'] }, 'http://h'],
    [{ nodes: [{ host: 'h', weight: 0 }] }, 'weight'],
    [{ nodes: [{ host: 'h', weight: 1.5 }] }, 'weight'],
    [{ nodes: [{ host: 'h', path: '/p' }] }, 'path'],
    [{ nodes: [{ path: '' }] }, 'path'],
    [{ nodes: [{}] }, 'host'],
    [{ nodes: ['a', 'a:11211'] }, 'twice'],
    [{ nodes: ['a', 'b'].map((host) => ({ host, id: 'x' })) }, 'have the same name on the ring, "x"'],
    [
      { nodes: ['a', { host: 'b', id: 'a' }], locator: 'libmemcached-ketama-md5' },
      'two nodes have the name "a" on the ring',
    ],
    // Contradictions name both.
    [{ username: 'u' }, '"password"'],
    [{ password: 'p' }, '"username"'],
    [{ pool: { min: 5, max: 2 } }, '"pool.min"'],
    [{ pool: { exclusive: true, maxInFlight: 5 } }, '"pool.maxInFlight"'],
    [{ locator: 'round-robin', failure: 'miss' }, '"failure"'],
    [{ refreshInterval: 5 }, '"refreshInterval"'],
  ];

  test.each(wrong.map(([options, named]) => ({ options, named })))(
    '$options is refused and named',
    ({ options, named }) => {
      let complaint: unknown;
      try {
        make(options);
      } catch (error) {
        complaint = error;
      }
      expect(complaint).toBeInstanceOf(InvalidOptionError);
      expect((complaint as Error).message).toContain(named);
    },
  );

  test('nodes that are undefined are a variable that is not set, not 127.0.0.1', () => {
    const unset = { url: process.env['MEMFLEET_NO_SUCH_VARIABLE'] as string };
    const message = 'option "nodes" is undefined (a variable that is not set?); leave it out for "127.0.0.1:11211"';
    expect(() => make({ nodes: unset.url })).toThrow(new InvalidOptionError(message, 'nodes'));
    expect(() => createClient(unset.url)).toThrow(/^createClient\(undefined\): is a variable unset/);
    const client = createClient();
    onTestFinished(() => client.destroy());
    expect(names(client)).toEqual(['127.0.0.1:11211']);
  });

  test.each([
    [{ conectTimeout: 5 }, 'unknown option "conectTimeout"; did you mean "connectTimeout"?'],
    [{ TimeOut: 5 }, 'unknown option "TimeOut"; use "timeout"'],
    [{ host: 'a', port: 5 }, 'unknown option "host"; use "nodes"'],
    [{ servers: ['a'] }, 'unknown option "servers"; use "nodes"'],
    [{ hosts: ['a'] }, 'unknown option "hosts"; use "nodes"'],
    [{ compression: false }, 'unknown option "compression"; use "transcoder" or "couchbase.compression"'],
    [{ compress: true }, 'unknown option "compress"; use "transcoder"'],
    [{ expires: 60 }, 'unknown option "expires"; use "ttl"'],
    [{ lifetime: 60 }, 'unknown option "lifetime"; use "ttl"'],
    [{ namespace: 'a' }, 'unknown option "namespace"; use "prefix"'],
    [{ poolSize: 5 }, 'unknown option "poolSize"; use "pool.max"'],
    [{ maxInFlight: 5 }, 'unknown option "maxInFlight"; use "pool.maxInFlight"'],
    [{ retries: 5 }, 'unknown option "retries"; use "retry.attempts"'],
    [{ bucket: 'b' }, 'unknown option "bucket"; use "couchbase.bucket"'],
    [{ pool: { poolSize: 5 } }, 'unknown option "pool.poolSize"; use "pool.max"'],
    [{ pool: { maxx: 5 } }, 'unknown option "pool.maxx"; did you mean "pool.max"?'],
  ])('%j says which option is meant', (options, message) => {
    expect(() => make(options as never)).toThrow(message);
  });

  test('an option that is like none says which are known', () => {
    expect(() => make({ colour: 5 } as never)).toThrow(/^unknown option "colour"; known: nodes, locator, /);
  });

  test('an unknown locator has the nearest three, not all', () => {
    expect(() => make({ locator: 'ketma' })).toThrow(
      /^unknown locator "ketma"; the nearest of \d+ are "ketama", "[\w-]+", "[\w-]+" \(memfleet locate --list has all\)$/,
    );
    expect(() => make({ locator: 'x'.repeat(1_000_000) })).toThrow(/^.{1,300}$/);
  });

  test.each([
    ['ejct', 'unknown event "ejct"; did you mean "eject"?'],
    ['error', 'unknown event "error"; use "disconnect" or "discoveryError": errors of calls reject their promises'],
    ['reconnect', 'unknown event "reconnect"; use "readmit" or "connect"'],
    ['toString', 'unknown event "toString"; known: eject, readmit, connect, disconnect, topology, discoveryError'],
    [5, 'event must be one of eject, readmit, connect, disconnect, topology, discoveryError, not 5'],
  ])('on(%j) is refused', (event, message) => {
    expect(() => make({}).on(event as 'eject', () => {})).toThrow(new InvalidArgumentError(message));
  });

  test('what is no options object is refused', () => {
    for (const none of [null, 5, true]) expect(() => make(none as never)).toThrow(InvalidOptionError);
  });

  test('a password is not shown in a complaint', () => {
    let message = '';
    try {
      make({ password: 'hunter2' });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toContain('hunter2');
    try {
      make('memcached://user:hunter2:x@host');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toContain('hunter2');
  });
});

describe('nodes', () => {
  test.each([
    ['a', ['a:11211']],
    ['a:1,b:2', ['a:1', 'b:2']],
    ['a:1 b:2; c', ['a:1', 'b:2', 'c:11211']],
    [
      ['a', { host: 'b', port: 5 }],
      ['a:11211', 'b:5'],
    ],
    ['10.0.0.1:11212', ['10.0.0.1:11212']],
    ['[::1]:11212', ['[::1]:11212']],
    ['::1', ['[::1]:11211']],
    ['2001:db8::5', ['[2001:db8::5]:11211']],
    ['[2001:db8::5]:7', ['[2001:db8::5]:7']],
    [[{ host: '::1' }], ['[::1]:11211']],
    ['/run/m.sock', ['/run/m.sock']],
    ['unix:/run/m.sock', ['/run/m.sock']],
    [[{ path: '/run/m.sock' }], ['/run/m.sock']],
    [
      ['a', { host: 'a', port: 2 }],
      ['a:11211', 'a:2'],
    ],
  ] as const)('%j', (nodes, expected) => {
    expect(names(make({ nodes }))).toEqual(expected);
  });

  test('one address under two ring names is one node', () => {
    const client = make({ nodes: ['a', 'a', 'b'].map((host, i) => ({ host, id: `server${i}` })) });
    expect(names(client)).toEqual(['a:11211', 'b:11211']);
  });

  test('setNodes takes the same', () => {
    const client = make({ nodes: 'a' });
    client.setNodes('b:1,c');
    expect(names(client)).toEqual(['b:1', 'c:11211']);
    client.setNodes(['/run/m.sock']);
    expect(names(client)).toEqual(['/run/m.sock']);
  });

  test('an id is what rings hash: it stays when the address changes', () => {
    const list = (hosts: string[]): { host: string; id: string }[] =>
      hosts.map((host, i) => ({ host, id: `node${i}` }));
    const before = make({ nodes: list(['a', 'b', 'c']) });
    const after = make({ nodes: list(['x', 'y', 'z']) });
    const moved = new Map([
      ['a:11211', 'x:11211'],
      ['b:11211', 'y:11211'],
      ['c:11211', 'z:11211'],
    ]);
    for (let i = 0; i < 100; i++) expect(after.nodeOf(`k${i}`)).toBe(moved.get(before.nodeOf(`k${i}`) as string));
  });
});

describe('connection strings', () => {
  test.each([
    ['couchbase://a=mcd/b', { nodes: 'a', couchbase: { bucket: 'b' } }],
    ['couchbase://a:11210=mcd,b/b', { nodes: 'a:11210,b', couchbase: { bucket: 'b' } }],
    ['couchbase://a=http/b', { couchbase: { bucket: 'b', urls: ['http://a:8091'] } }],
    ['couchbases://a=http', { tls: true, couchbase: { urls: ['https://a:18091'] } }],
    ['couchbase://a:9000=http,b=mcd', { nodes: 'b', couchbase: { urls: ['http://a:9000'] } }],
    ['couchbase://[fd00::1]=http', { couchbase: { urls: ['http://[fd00::1]:8091'] } }],
  ])('%s, with the marks of libcouchbase', (text, options) => {
    expect(parseConnectionString(text)).toEqual(options);
    expect(() => make(text)).not.toThrow();
  });

  test.each([
    ['a', ['a:11211']],
    ['a:1,b', ['a:1', 'b:11211']],
    ['memcached://a:1,b', ['a:1', 'b:11211']],
    ['memcached://a:1,b/', ['a:1', 'b:11211']],
    ['memcached://[::1]:5', ['[::1]:5']],
    ['memcached:///run/m.sock', ['/run/m.sock']],
    ['memcached:///run/with%20space.sock', ['/run/with space.sock']],
    ['memcached://user:p%40ss@a?protocol=binary', ['a:11211']],
    ['memcached://a?timeout=500&locator=modulo&pool.max=2&pool.exclusive=true&retry=false&errors=miss', ['a:11211']],
    ['memcacheds://a', ['a:11211']],
    ['memcached://a?prefix=7', ['a:11211']],
    ['couchbase://a/b?network=7&mechanisms=SCRAM-SHA1&hello=false', []],
  ])('%s', (text, expected) => {
    expect(names(make(text))).toEqual(expected);
  });

  test.each([
    ['', 'nodes'],
    ['memcached://', 'host'],
    ['redis://a', 'memcached://'],
    ['memcached://a?timeoutt=5', 'timeoutt'],
    ['memcached://a?timeout=soon', 'timeout'],
    ['memcached://a?pool.maxx=5', 'pool.maxx'],
    ['memcached://a?pool.a.b=5', 'pool.a.b'],
    ['memcached://a?nodes=b', 'nodes'],
    ['memcached://a?__proto__.x=b', '__proto__'],
    ['memcached://a?constructor=1', 'constructor'],
    ['memcached://user@a', 'password'],
    ['memcached://a:b:c@d', 'password'],
    ['memcached://%zz:b@a', 'URL-encoded'],
    ['memcached://a,a', 'twice'],
    ['couchbase://a=memd/b', 'the connection string has "a=memd": only =mcd or =http may follow a host'],
    ['couchbase://a/b?kv_timeout=2.5s', 'unknown option "kv_timeout"; use "timeout"'],
    ['couchbase://a/b?num_kv_connections=3', 'unknown option "num_kv_connections"; use "pool.max"'],
    ['couchbase://a/b?compression=off', 'option "couchbase.compression" must be an object or false, not "off"'],
    ['couchbase://a/b?sasl_mech_force=PLAIN', 'unknown option "sasl_mech_force"; use "couchbase.mechanisms"'],
    ['couchbase://a/b?enable_dns_srv=false', 'unknown option "enable_dns_srv"; use "couchbase.srv"'],
  ])('%j is refused and named', (text, named) => {
    let complaint: unknown;
    try {
      make(text);
    } catch (error) {
      complaint = error;
    }
    expect(complaint).toBeInstanceOf(InvalidOptionError);
    expect((complaint as Error).message).toContain(named);
  });
});
