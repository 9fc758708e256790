/** Every option of Moxi's command line is read, or named in an error. */
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/proxy/config/problem.ts';
import { loadMoxi, type MoxiArguments } from '../../src/proxy/moxi/read-moxi.ts';
import { scratch } from './scratch.ts';

function load(cluster: string, behaviors = '', environment: Record<string, string> = {}): ReturnType<typeof loadMoxi> {
  return loadMoxi({ cluster, behaviors }, environment);
}

function problemsOf(given: MoxiArguments): string[] {
  try {
    loadMoxi(given, {});
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
  return [];
}

const map = '{"hashAlgorithm":"CRC","numReplicas":0,"serverList":["h1:11210","h2:11210"],"vBucketMap":[[0],[1]]}';

/** Moxi's own defaults. */
const fleet = {
  timeout: 5000,
  connectTimeout: 500,
  ejectAfter: 6,
  ejectTime: 30_000,
  ejectGrowth: 1,
  ejectShare: 1,
  pool: { max: 4, acquireTimeout: 400 },
  retry: { attempts: 1 },
};

test('a list of servers', () => {
  expect(load('11211=mc1:11311,mc2,mc3:11411:3').settings.proxy).toEqual({
    listeners: [{ host: '0.0.0.0', port: 11_211, route: 'moxi', onNodeFailure: 'miss' }],
    clusters: {
      moxi: {
        nodes: [
          { host: 'mc1', port: 11_311 },
          { host: 'mc2', port: 11_211 },
          { host: 'mc3', port: 11_411, weight: 3 },
        ],
        locator: 'ketama',
        ...fleet,
      },
    },
  });
});

test.each(['11211=mc1;11212=mc2', '11211=mc1\n11212=mc2\n', ' 11211 = mc1 ; 11212 = mc2;'])(
  'several lists: %j',
  (text) => {
    const { listeners, clusters } = load(text).settings.proxy;
    expect(listeners.map(({ port, route }) => [port, route])).toEqual([
      [11_211, 'moxi-11211'],
      [11_212, 'moxi-11212'],
    ]);
    expect(clusters).toMatchObject({
      'moxi-11211': { nodes: [{ host: 'mc1' }] },
      'moxi-11212': { nodes: [{ host: 'mc2' }] },
    });
  },
);

test('a map of vBuckets, and a list beside it', () => {
  const { listeners, clusters } = load(`11211=${map};11212=mc1`).settings.proxy;
  expect(listeners).toEqual([
    { host: '0.0.0.0', port: 11_211, route: 'moxi-11211' },
    { host: '0.0.0.0', port: 11_212, route: 'moxi-11212', onNodeFailure: 'miss' },
  ]);
  expect(clusters['moxi-11211']).toEqual({ couchbase: { map, hello: false }, ...fleet });
});

test.each<[text: string, couchbase: unknown, login: unknown]>([
  [
    'url=http://a:8091/pools/default/bucketsStreaming/sales',
    { urls: ['http://a:8091/pools/default/bucketsStreaming/sales'], bucket: 'sales' },
    {},
  ],
  ['http://a:8091,http://b:8091', { urls: ['http://a:8091', 'http://b:8091'] }, {}],
  ['url=http://a:8091/x|http://b:8091/x', { urls: ['http://a:8091/x', 'http://b:8091/x'] }, {}],
  [
    'auth=Administrator%pass%word,url=http://a:8091',
    { urls: ['http://a:8091'] },
    { username: 'Administrator', password: 'pass%word' },
  ],
])('documents by HTTP: %j', (text, couchbase, login) => {
  expect(load(text).settings.proxy).toEqual({
    listeners: [{ host: '0.0.0.0', port: 11_211, route: 'moxi' }],
    clusters: { moxi: { couchbase, ...fleet, ...(login as object) } },
  });
});

test('the files that it reads', () => {
  const at = scratch({
    cluster: '# my cluster\n11211=mc1,mc2 # two\n',
    behaviors: '# from the gateway\ndownstream_timeout=7000,\nconnect_timeout=1000\n',
    map: `11211=${JSON.stringify(JSON.parse(map), undefined, 2)}\n`,
  });
  const { settings, files, origin } = load(at('cluster'), at('behaviors'));
  expect(settings.proxy.clusters['moxi']).toMatchObject({
    nodes: [{ host: 'mc1' }, { host: 'mc2' }],
    timeout: 7000,
    connectTimeout: 1100,
  });
  expect([...files.keys()]).toEqual([at('cluster'), at('behaviors')]);
  expect(origin).toBe(at('cluster'));
  const { couchbase } = load(at('map')).settings.proxy.clusters['moxi']!;
  expect(JSON.parse(couchbase?.map as string)).toEqual(JSON.parse(map));
});

test('the behaviours of the gateway that it ships', () => {
  const { settings, notes } = load(
    'url=http://127.0.0.1:8091/pools/default/saslBucketsStreaming',
    'port_listen=11311,default_bucket_name=default,downstream_max=1024,downstream_conn_max=16,connect_max_errors=3,connect_retry_interval=30000,' +
      'connect_timeout=400,auth_timeout=100,cycle=200,downstream_conn_queue_timeout=200,downstream_timeout=5000,wait_queue_timeout=200',
  );
  expect(settings.proxy).toEqual({
    listeners: [{ host: '0.0.0.0', port: 11_311, route: 'moxi' }],
    clusters: {
      moxi: {
        couchbase: { urls: ['http://127.0.0.1:8091/pools/default/saslBucketsStreaming'], bucket: 'default' },
        ...fleet,
        ejectAfter: 4,
        pool: { max: 16, maxInFlight: 1024, acquireTimeout: 400 },
      },
    },
  });
  expect(notes).toEqual([
    '-Z: downstream_max bounds the commands on one connection, not those of one thread',
    '-Z: cycle is not needed: the clock is looked at each time',
  ]);
});

test.each<[behaviors: string, expected: unknown]>([
  ['timeout=1', { timeout: 1 }],
  ['downstream_conn_timeout=2', { timeout: 2 }],
  ['downstream_timeout=0', { timeout: 3_600_000 }],
  ['connect_timeout=0', { connectTimeout: 3_600_000 }],
  ['auth_timeout=0', { connectTimeout: 400 }],
  ['concurrency=7', { pool: { max: 4, maxInFlight: 7, acquireTimeout: 400 } }],
  ['downstream_max=0', { pool: { max: 4, acquireTimeout: 400 } }],
  ['downstream_conn_max=0', { pool: { acquireTimeout: 400 } }],
  ['wait_queue_timeout=50', { pool: { max: 4, acquireTimeout: 250 } }],
  ['downstream_conn_queue_timeout=0', { pool: { max: 4, acquireTimeout: 0 } }],
  ['retry=3', { retry: { attempts: 3 } }],
  ['downstream_retry=0', { retry: false }],
  ['connect_max_errors=0', { ejectAfter: 1_000_000_000 }],
  ['connect_retry_interval=4000', { ejectAfter: 6, ejectTime: 4000 }],
  ['cycle=0', { ejectAfter: 1_000_000_000 }],
  ['protocol=membase-ascii', {}],
  ['downstream_protocol=binary', { protocol: 'binary' }],
  ['mcs_opts=distribution:ketama', { locator: 'libmemcached-ketama-md5' }],
  ['mcs_opts=distribution:ketama-weighted', { locator: 'ketama' }],
  ['mcs_opts=distribution:modula', { locator: 'modulo' }],
  [
    'weight=5',
    {
      nodes: [
        { host: 'a', port: 11_211, weight: 5 },
        { host: 'b', port: 11_211, weight: 2 },
      ],
    },
  ],
  ['usr=ada,pwd=love%lace', { username: 'ada', password: 'love%lace' }],
  ['', {}],
])('%j', (behaviors, expected) => {
  const { moxi } = load('11211=a,b:11211:2', behaviors).settings.proxy.clusters;
  expect(moxi).toEqual({ ...moxi, ...(expected as object) });
  if (!behaviors.includes('protocol=binary')) expect(moxi).not.toHaveProperty('protocol');
  if (/max_errors=0|cycle=0/.test(behaviors)) expect(moxi).not.toHaveProperty('ejectTime');
});

test('the login may come from the environment', () => {
  const { moxi } = load('11211=a', '', { MOXI_SASL_PLAIN_USR: 'ada', MOXI_SASL_PLAIN_PWD: 'x' }).settings.proxy
    .clusters;
  expect(moxi).toMatchObject({ username: 'ada', password: 'x' });
});

test('time_stats keeps timings or does not', () => {
  expect(load('11211=a', 'time_stats=1').settings.proxy.timings).toBe(true);
  expect(load('11211=a', 'time_stats=0').settings.proxy.timings).toBe(false);
  expect(load('11211=a').settings.proxy).not.toHaveProperty('timings');
});

test.each<[behaviors: string, routes: unknown]>([
  ['front_cache_lifespan=100', undefined],
  ['front_cache_spec=a:', undefined],
  [
    'front_cache_lifespan=100,front_cache_spec=a:|b:',
    { 'moxi-front': { type: 'front-cache', route: 'moxi', prefixes: ['a:', 'b:'], lifespan: 100, maxItems: 200 } },
  ],
  ['front_cache_lifespan=100,front_cache_spec=a:,front_cache_max=0', undefined],
  [
    'front_cache_lifespan=100,front_cache_spec=a:,front_cache_unspec=a:b:|a:c:,front_cache_max=9',
    {
      'moxi-front': {
        type: 'prefix',
        routes: { 'a:b:': 'moxi', 'a:c:': 'moxi' },
        otherwise: { type: 'front-cache', route: 'moxi', prefixes: ['a:'], lifespan: 100, maxItems: 9 },
      },
    },
  ],
])('front cache: %j', (behaviors, routes) => {
  const { proxy } = load('11211=a', behaviors).settings;
  expect(proxy.routes).toEqual(routes);
  expect(proxy.listeners[0]?.route).toBe(routes === undefined ? 'moxi' : 'moxi-front');
});

test('behaviours that have no counterpart are named', () => {
  const { notes } = load(
    '11211=a',
    'optimize_set=x:,key_stats_lifespan=10,key_stats_max=5,host=a,nodeLocator=ketama,default_bucket_name=[ <NULL_BUCKET> ],cycle=200',
  );
  expect(notes).toEqual([
    '-Z: optimize_set is not supported: a set is answered when it is done',
    '-Z: key_stats_lifespan is not supported: keys are not counted one by one',
    '-Z: key_stats_max is not supported: keys are not counted one by one',
    '-Z: host is said by the list of servers; it has no effect',
    '-Z: nodeLocator is said by the document of the bucket; it has no effect',
    '-Z: default_bucket_name is not supported in this form: clients do not choose buckets; name the bucket',
    '-Z: cycle is not needed: the clock is looked at each time',
  ]);
});

test('--listen takes the place of the port', () => {
  const { listeners } = loadMoxi({ cluster: '11211=a', listen: { host: '127.0.0.1', port: 1 } }, {}).settings.proxy;
  expect(listeners[0]).toMatchObject({ host: '127.0.0.1', port: 1 });
});

test.each<[given: MoxiArguments, expected: string[]]>([
  [
    { cluster: 'a,b' },
    ['-z: it must be PORT=host:port,…, PORT={…}, url=http://…, or a file name that begins with . or /'],
  ],
  [{ cluster: '11211=' }, ['-z: port 11211 has no servers']],
  [{ cluster: '11211=a:b:c:d' }, ['-z: "a:b:c:d" is not host, host:port or host:port:weight']],
  [{ cluster: '99999=a' }, ['-z: port 99999 must be 1 to 65535']],
  [{ cluster: '11211=a;b' }, ['-z: "b" does not begin with PORT=']],
  [{ cluster: '11211=a;11211=b' }, ['-z: listeners[1]: two listeners have the address 0.0.0.0:11211']],
  [{ cluster: '11211={"a":1' }, ['-z: the JSON object has no end']],
  [
    { cluster: 'apikey=jid@host%pw,config=x' },
    ['-z: the forms for the old management agent (user@host, apikey=, config=, host=) are not supported'],
  ],
  [
    { cluster: 'user:password@host' },
    ['-z: the forms for the old management agent (user@host, apikey=, config=, host=) are not supported'],
  ],
  [{ cluster: 'auth=a,url=http://x' }, ['-z: auth= must be USER%PASSWORD']],
  [{ cluster: 'url=http://x,config=y' }, ['-z: config= is for the old management agent and not supported']],
  [
    { cluster: 'url=http://h:8091/pools/default/bs/%zz' },
    ['-z: "http://h:8091/pools/default/bs/%zz" is not URL-encoded: behind a % there must be two hexadecimal digits'],
  ],
  [{ cluster: './nowhere' }, ['./nowhere: cannot read ./nowhere: there is no such file']],
  [{ cluster: '11211=a;11212=b', listen: { port: 1 } }, ['--listen: cannot stand beside several ports in -z']],
  [
    { cluster: '11211=a', behaviors: 'timout=5,cycle,retry=x,protocol=udp,mcs_opts=random' },
    [
      '-Z: timout: unknown behaviour',
      '-Z: cycle: has no value',
      '-Z: retry: must be a whole number, not "x"',
      '-Z: mcs_opts: must be one of distribution:ketama-weighted, distribution:ketama, distribution:modula',
      '-Z: downstream_protocol: must be one of ascii, memcached-ascii, membase-ascii, binary, memcached-binary, membase-binary',
    ],
  ],
])('%j is refused', (given, expected) => {
  expect(problemsOf(given).map((line) => line.replace(/cannot read .*\/nowhere/, 'cannot read ./nowhere'))).toEqual(
    expected,
  );
});

test('a map that is wrong is refused', () => {
  expect(problemsOf({ cluster: '11211={"a":1}' })).toEqual([
    expect.stringMatching(
      /^-z: clusters\.moxi\.couchbase\.map: option "couchbase\.map": not a bucket's document/,
    ) as string,
  ]);
});
