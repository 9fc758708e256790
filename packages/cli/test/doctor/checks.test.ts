/** What the doctor makes of what it sees. */
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/doctor/checks.ts';
import { reportOf } from '../../src/doctor/doctor.ts';
import type { ClientFacts, FleetFacts, NodeFacts } from '../../src/doctor/fleet-facts.ts';
import { countsOf, reportFields, reportText } from '../../src/doctor/report.ts';

type Values = Readonly<Record<string, string | number>>;

function mapOf(values: Values = {}): ReadonlyMap<string, string> {
  return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

interface Given {
  readonly stats?: Values;
  readonly before?: Values;
  readonly settings?: Values;
  readonly items?: Values;
}

/** A node in health, but for what is given. */
function nodeOf(name: string, given: Given = {}, more: Partial<NodeFacts> = {}): NodeFacts {
  const healthy = { version: '1.6.18', uptime: 90_000, curr_connections: 10, max_connections: 1024 };
  const settings = { item_size_max: 1024 ** 2, udpport: 0, inter: '10.0.0.1', tcpport: 11_211 };
  return {
    node: name,
    problem: undefined,
    before: mapOf(given.before),
    stats: mapOf({ ...healthy, ...given.stats }),
    settings: mapOf({ ...settings, ...given.settings }),
    items: mapOf(given.items),
    times: [0.4, 0.5, 0.6],
    clockAhead: 0.2,
    tls: undefined,
    ...more,
  };
}

const clients: ClientFacts = {
  timeout: 1000,
  maxItemSize: 1024 ** 2,
  connections: 4,
  processes: 1,
  hasLogin: false,
  isTls: false,
  isVerified: true,
};

const time = Date.UTC(2026, 0, 1);

function factsOf(nodes: readonly NodeFacts[], more: Partial<FleetFacts> = {}): FleetFacts {
  return { title: '', problem: undefined, nodes, clients, ring: undefined, seconds: 2, time, ...more };
}

/** `severity code node` of each finding. */
function found(facts: FleetFacts): readonly string[] {
  return examine(facts).map(({ severity, code, node }) =>
    [severity, code, ...(node === undefined ? [] : [node])].join(' '),
  );
}

const day = 86_400_000;
const certificate = { problem: undefined, names: 'DNS:a', validTo: time + 90 * day, version: 'TLSv1.3' };

test('a fleet in health has no findings', () => {
  expect(found(factsOf([nodeOf('a'), nodeOf('b')]))).toEqual([]);
});

const alone: readonly (readonly [title: string, node: NodeFacts, expected: readonly string[]])[] = [
  ['a node that does not reply', nodeOf('a', {}, { problem: 'refused' }), ['error unreachable a']],
  ['a node as slow as the timeout', nodeOf('a', {}, { times: [900, 950, 990] }), ['error latency a']],
  ['a node that is slow now and then', nodeOf('a', {}, { times: [1, 1, 1, 700] }), ['warning latency a']],
  ['a clock a little wrong', nodeOf('a', {}, { clockAhead: -5 }), ['warning clock a']],
  ['a clock very wrong', nodeOf('a', {}, { clockAhead: 3600 }), ['error clock a']],
  ['a version that is not safe', nodeOf('a', { stats: { version: '1.4.25' } }), ['error unsafe-version a']],
  ['a version without meta', nodeOf('a', { stats: { version: '1.5.22' } }), ['note no-meta a']],
  ['a version of ours', nodeOf('a', { stats: { version: '1.4.1', memfleet: '0.1.0' } }), []],
  ['evictions now', nodeOf('a', { before: { evictions: 10 }, stats: { evictions: 30 } }), ['warning evictions a']],
  ['evictions of before', nodeOf('a', { before: { evictions: 30 }, stats: { evictions: 30 } }), ['note evicted a']],
  ['stores without room', nodeOf('a', { items: { 'items:3:outofmemory': 2 } }), ['error out-of-memory a']],
  ['stores that were too large', nodeOf('a', { stats: { store_too_large: 2 } }), ['warning too-large a']],
  ['a smaller item limit', nodeOf('a', { settings: { item_size_max: 1024 } }), ['warning item-size a']],
  ['a larger item limit', nodeOf('a', { settings: { item_size_max: 8 * 1024 ** 2 } }), ['note item-size a']],
  ['clients turned away', nodeOf('a', { stats: { rejected_connections: 7 } }), ['warning refused-connections a']],
  ['connections close to the limit', nodeOf('a', { stats: { curr_connections: 900 } }), ['warning connections a']],
  ['UDP', nodeOf('a', { settings: { udpport: 11_211 } }), ['warning udp a']],
  ['a node for everybody', nodeOf('a', { settings: { inter: 'NULL' } }), ['note open']],
  ['a node for everybody with a login', nodeOf('a', { settings: { inter: 'NULL', auth_enabled_ascii: 'yes' } }), []],
  ['a certificate in health', nodeOf('a', {}, { tls: certificate }), []],
  [
    'an old certificate',
    nodeOf('a', {}, { tls: { ...certificate, validTo: time - day, problem: 'expired' } }),
    ['error tls-expired a'],
  ],
  [
    'a certificate that ends soon',
    nodeOf('a', {}, { tls: { ...certificate, validTo: time + 9 * day } }),
    ['warning tls-expires a'],
  ],
  [
    'a certificate with another name',
    nodeOf('a', {}, { tls: { ...certificate, problem: 'name' } }),
    ['error tls-certificate a'],
  ],
  [
    'an old version of TLS',
    nodeOf('a', {}, { tls: { ...certificate, version: 'TLSv1.1' } }),
    ['warning tls-version a'],
  ],
  [
    'a node that tells nothing',
    { ...nodeOf('a'), stats: mapOf(), settings: mapOf(), times: [], clockAhead: undefined },
    [],
  ],
];

test.each(alone)('%s', (_, node, expected) => {
  expect(found(factsOf([node]))).toEqual(expected);
});

describe('nodes beside each other', () => {
  test('versions that differ are one finding that names them all', () => {
    const facts = factsOf([nodeOf('a'), nodeOf('b', { stats: { version: '1.6.40' } })]);
    expect(examine(facts)).toMatchObject([
      { severity: 'warning', code: 'versions-differ', message: '1.6.18 on a; 1.6.40 on b' },
    ]);
  });

  test('settings that decide what is stored are warnings, others are notes', () => {
    const nodes = [
      nodeOf('a', { settings: { maxbytes: 64, verbosity: 0 } }),
      nodeOf('b', { settings: { maxbytes: 64, verbosity: 1 } }),
      nodeOf('c', { settings: { maxbytes: 32, verbosity: 0 } }),
    ];
    expect(examine(factsOf(nodes)).map(({ severity, message }) => [severity, message])).toEqual([
      ['warning', 'maxbytes: 64 on 2 nodes; 32 on c'],
      ['note', 'verbosity: 0 on 2 nodes; 1 on b'],
    ]);
  });

  test('a node that is much slower than the others', () => {
    const slow = nodeOf('c', {}, { times: [20, 20, 21] });
    expect(found(factsOf([nodeOf('a'), nodeOf('b'), slow]))).toEqual(['warning latency c']);
  });

  test('a node that restarted while the others ran', () => {
    expect(found(factsOf([nodeOf('a'), nodeOf('b', { stats: { uptime: 100 } })]))).toEqual(['note restarted b']);
    expect(found(factsOf([nodeOf('a', { stats: { uptime: 100 } }), nodeOf('b', { stats: { uptime: 110 } })]))).toEqual(
      [],
    );
  });
});

describe('clients', () => {
  test('pools × processes above the limit of a node is an error with the option to set', () => {
    const [finding] = examine(factsOf([nodeOf('a')], { clients: { ...clients, connections: 8, processes: 200 } }));
    expect(finding).toMatchObject({
      severity: 'error',
      code: 'connections',
      message: 'clients may open 8 connections × 200 processes = 1600, and the node accepts 1024',
      advice: expect.stringContaining('-c 2048'),
    });
  });

  test('a password without TLS, but not to this machine', () => {
    const login = { clients: { ...clients, hasLogin: true } };
    expect(found(factsOf([nodeOf('cache:11211')], login))).toEqual(['warning plain-login']);
    expect(found(factsOf([nodeOf('127.0.0.1:11211'), nodeOf('/run/m.sock'), nodeOf('[::1]:1')], login))).toEqual([]);
  });

  test('certificates that are not checked', () => {
    const open = { clients: { ...clients, isTls: true, isVerified: false } };
    const node = nodeOf('a', {}, { tls: { ...certificate, problem: 'self-signed' } });
    expect(found(factsOf([node], open))).toEqual(['warning tls-unverified', 'warning tls-certificate a']);
  });

  test('the traps of the ring are those of memfleet locate --lint', () => {
    const nodes = ['10.0.0.1', 'cache'].map((host) => ({ id: `${host}:11211`, host, port: 11_211, weight: 1 }));
    const facts = factsOf([nodeOf('a')], { ring: { scheme: 'ketama', nodes, settings: {} } });
    expect(found(facts)).toContain('warning ring-mixed-names');
  });
});

describe('the report', () => {
  const nodes = [
    nodeOf('a', { settings: { udpport: 1 } }),
    nodeOf('b\u001b[2J', {}, { problem: 'bad\u0007', times: [] }),
  ];
  const report = reportOf(factsOf(nodes));

  test('has the nodes with their latency, then the findings, the worst first, and what to do', () => {
    const text = reportText([report]);
    expect(text).toMatch(/^a +1\.6\.18 {2}p50 0\.50 ms, p99 0\.60 ms {2}10 of 1024 connections$/m);
    expect(text.indexOf('error ')).toBeLessThan(text.indexOf('warning '));
    expect(text).toMatch(/^ {8}→ start it with -U 0$/m);
    expect(text.trimEnd().split('\n').at(-1)).toBe('1 error, 1 warning');
  });

  test('nothing that a node sends controls the terminal', () => {
    expect(reportText([report]).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('is data with --json', () => {
    expect(reportFields([report])).toMatchObject({
      errors: 1,
      warnings: 1,
      notes: 0,
      fleets: [
        { nodes: [{ node: 'a', p50: 0.5 }, {}], findings: [{ code: 'unreachable' }, { code: 'udp', node: 'a' }] },
      ],
    });
  });

  test('a fleet in health says so', () => {
    const well = reportOf(factsOf([nodeOf('a')]));
    expect(reportText([well])).toMatch(/^nothing found$/m);
    expect(countsOf([well])).toEqual({ error: 0, warning: 0, note: 0 });
  });
});
