/** The problems of a configuration are reported with line, column and key, all at once. */
import { expect, test } from 'vitest';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { ConfigError } from '../../src/proxy/config/problem.ts';
import { scratch } from './scratch.ts';

/** The problems of a configuration, without the name of the file. */
function problemsOf(
  text: string,
  environment: Record<string, string> = {},
  others: Record<string, string> = {},
): string[] {
  const at = scratch({ 'proxy.yml': text, ...others });
  try {
    loadFile(at('proxy.yml'), environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const file = at('proxy.yml');
    return error.message.split('\n').map((line) => line.replaceAll(`${file}:`, '').replaceAll(`${at('')}/`, ''));
  }
  return [];
}

/** A configuration with something in it. */
function around(parts: { listener?: string; cluster?: string; rest?: string }): string {
  return [
    'listeners:',
    '  - listen: 127.0.0.1:11311',
    '    route: main',
    ...(parts.listener ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => `    ${line}`),
    'clusters:',
    '  main:',
    '    nodes: [10.0.0.1]',
    ...(parts.cluster ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => `    ${line}`),
    parts.rest ?? '',
  ].join('\n');
}

test('a correct configuration has no problems', () => {
  expect(problemsOf(around({}))).toEqual([]);
});

test.each<[name: string, text: string, expected: string[]]>([
  ['an empty file', '', ['1:1: must be a table, not nothing']],
  ['a text', 'hello', ['1:1: must be a table, not "hello"']],
  [
    'broken YAML',
    'listeners: [\nclusters: {}\n',
    ['2:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  [
    'broken JSON',
    '{ "listeners": [ }',
    ['1:18: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['a key twice', 'listeners: []\nlisteners: []\n', ['2:1: this key is there twice']],
  ['two documents', 'a: 1\n---\nb: 2\n', ['2:1: there must be one document only']],
  ['nothing of what must be there', '{}', ['1:1: listeners: is missing: a list', '1:1: clusters: is missing: a table']],
  [
    'no listener, no nodes',
    'listeners: []\nclusters:\n  main: {}\n',
    ['1:12: listeners: must not be empty', '3:9: clusters.main.nodes: is missing: a list of nodes'],
  ],
])('%s is refused', (_, text, expected) => {
  expect(problemsOf(text)).toEqual(expected);
});

test.each<[text: string, expected: string]>([
  ['alowFlush: true', '4:5: listeners[0].alowFlush: unknown key; did you mean "allowFlush"?'],
  ['max-sessions: 5', '4:5: listeners[0].max-sessions: unknown key; did you mean "maxSessions"?'],
  ['maxSessions: 0', '4:18: listeners[0].maxSessions: must be a whole number from 1, not 0'],
  ['maxSessions: many', '4:18: listeners[0].maxSessions: must be a whole number from 1, not "many"'],
  ['maxSessions:', '4:5: listeners[0].maxSessions: must be a whole number from 1, not nothing'],
  ['allowFlush: "yes"', '4:17: listeners[0].allowFlush: must be true or false, not "yes"'],
  [
    'idleTimeout: 10 minutes',
    "4:18: listeners[0].idleTimeout: must be milliseconds from 0, or a time such as '500ms' or '4s', not \"10 minutes\"",
  ],
  [
    'maxItemSize: 1x',
    "4:18: listeners[0].maxItemSize: must be bytes from 1 to 1073741824, or a size such as '64k' or '1m', not \"1x\"",
  ],
  ['protocols: [text, http]', "4:23: listeners[0].protocols[1]: must be 'text', 'meta' or 'binary', not \"http\""],
  ['protocols: []', '4:16: listeners[0].protocols: must not be empty'],
  ['protocols: text', '4:16: listeners[0].protocols: must be a list, not "text"'],
  ['onNodeFailure: hide', "4:20: listeners[0].onNodeFailure: must be 'error' or 'miss', not \"hide\""],
  ['port: 11311', '4:11: listeners[0].port: contradicts listen'],
  ['path: /run/x.sock', '4:11: listeners[0].path: contradicts listen'],
  ['fd: 3', '4:9: listeners[0].fd: contradicts listen'],
  ["mode: '0660'", '4:11: listeners[0].mode: only a Unix socket has permissions'],
  ['mode: 660', "4:11: listeners[0].mode: must be permissions such as '0660', not 660"],
  ['name: ""', '4:11: listeners[0].name: must be a text without control characters, not ""'],
  ['users: [ada]', '4:12: listeners[0].users: must be a table, not a list'],
])('of a listener %j is refused', (listener, expected) => {
  expect(problemsOf(around({ listener }))).toEqual([expected]);
});

test.each<[text: string, expected: string]>([
  ['eject_time: 4s', '7:5: clusters.main.eject_time: unknown key; did you mean "ejectTime"?'],
  [
    'timeout: soon',
    "7:14: clusters.main.timeout: must be milliseconds from 1, or a time such as '500ms' or '4s', not \"soon\"",
  ],
  ['ejectShare: 2', '7:17: clusters.main.ejectShare: must be a number from 0 to 1, not 2'],
  ['pool: 4', '7:11: clusters.main.pool: must be a table, not 4'],
  ['pool: { max: 0 }', '7:18: clusters.main.pool.max: must be a whole number from 1, not 0'],
  [
    'pool:\n  maximum: 3',
    '8:7: clusters.main.pool.maximum: unknown key; known: min, max, warmUp, exclusive, maxInFlight, maxWaiting, acquireTimeout, idleTimeout, maxLifetime, backoff',
  ],
  ['retry: 3', '7:12: clusters.main.retry: must be a table or false, not 3'],
  ['hashTag: "{"', '7:14: clusters.main.hashTag: hashTag must be two characters, such as "{}", not "{"'],
  ['tls: yes please', '7:10: clusters.main.tls: must be true, false or a table, not "yes please"'],
  ['tls:\n  ca: nowhere.pem', '8:11: clusters.main.tls.ca: cannot read nowhere.pem: there is no such file'],
  [
    'tls:\n  ca: proxy.yml\n  cert: proxy.yml',
    '8:7: clusters.main.tls: cannot be used for TLS: error:0480006C:PEM routines::no start line',
  ],
])('of a cluster %j is refused', (cluster, expected) => {
  expect(problemsOf(around({ cluster }))).toEqual([expected]);
});

test('a locator that there is not is named, with the nearest three', () => {
  const [problem, ...more] = problemsOf(around({ cluster: 'locator: ketamma' }));
  expect(problem).toContain('7:14: clusters.main.locator: unknown locator "ketamma"; the nearest of ');
  expect(more).toEqual([]);
});

test.each<[cluster: string, expected: string]>([
  ['pool: { min: 3, max: 2 }', '7:18: clusters.main.pool.min: option "pool.min" (3) must not be above "pool.max" (2)'],
  ['password: p', '7:15: clusters.main.password: options "username" and "password" need each other'],
  [
    'locator: round-robin\nfailure: miss',
    '8:14: clusters.main.failure: options "locator": "round-robin" and "failure": "miss" contradict each other: any node will do',
  ],
  ['replica: on-error', '7:14: clusters.main.replica: option "replica" needs "couchbase"'],
  [
    'refreshInterval: 5',
    '7:22: clusters.main.refreshInterval: option "refreshInterval" needs "nodes" to be a function, DNS names or a configuration endpoint',
  ],
  ['couchbase: { map: "{" }', '7:23: clusters.main.couchbase.map: option "couchbase.map": '],
])('of a cluster %j is refused by the library, at the key that it names', (cluster, expected) => {
  const [problem, ...more] = problemsOf(around({ cluster }));
  expect(problem?.slice(0, expected.length)).toBe(expected);
  expect(more).toEqual([]);
});

test('a node of a list, and a cluster whose name has a dot, are pointed at', () => {
  const text =
    'listeners: [{ listen: 1, route: m.x }]\nclusters:\n  m.x:\n    nodes: [a, b, a]\n  n:\n    hashTag: "{"\n    nodes: [a]\n';
  expect(problemsOf(text)).toEqual([
    '4:19: clusters["m.x"].nodes[2]: nodes: a:11211 is listed twice',
    '6:14: clusters.n.hashTag: hashTag must be two characters, such as "{}", not "{"',
  ]);
});

test('two listeners with one name are refused', () => {
  const text =
    'listeners:\n  - { name: a, listen: 1, route: m }\n  - { listen: 2, route: m }\n  - { listen: 3, route: m, name: a }\nclusters: { m: { nodes: [x] } }\n';
  expect(problemsOf(text)).toEqual(['4:34: listeners[2].name: two listeners have the name "a"']);
});

test.each<[text: string, expected: string[]]>([
  ['routes: { a: nowhere }', ['7:14: routes.a: there is no route or cluster "nowhere"; known: "main", "a"']],
  ['routes: { main: main }', ['7:17: routes.main: "main" is the name of both a route and a cluster']],
  ['routes: { a: b, b: a }', ['7:14: routes.a: routes form a cycle: a → b → a']],
  [
    'routes: { a: { type: fail-over, routes: [main] } }',
    [
      "7:22: routes.a.type: must be 'prefix', 'failover', 'replicate', 'shadow', 'warm-up', 'front-cache', 'rate-limit' or 'read-only', not \"fail-over\"",
    ],
  ],
  [
    'routes: { a: { type: failover, routes: [main, lost] } }',
    ['7:47: routes.a.routes[1]: there is no route or cluster "lost"; known: "main", "a"'],
  ],
  [
    'routes: { a: { type: prefix, routes: { "user:": lost }, otherwise: main } }',
    ['7:49: routes.a.routes["user:"]: there is no route or cluster "lost"; known: "main", "a"'],
  ],
  [
    'routes: { a: { type: shadow, route: main, shadow: main, fraction: 20 } }',
    ['7:67: routes.a.fraction: must be a number from 0 to 1, not 20'],
  ],
  [
    'routes: { a: { type: warm-up, cold: main } }',
    [
      "7:14: routes.a.warm: is missing: the name of a cluster or route, or a table with a type: 'prefix', 'failover', 'replicate', 'shadow', 'warm-up', 'front-cache', 'rate-limit' or 'read-only'",
    ],
  ],
  [
    'routes: { a: { type: front-cache, route: main, prefixes: [], lifespan: 0 } }',
    [
      '7:58: routes.a.prefixes: must not be empty',
      "7:72: routes.a.lifespan: must be milliseconds from 1, or a time such as '500ms' or '4s', not 0",
    ],
  ],
  [
    'routes: { a: { type: read-only, route: { type: read-only, route: lost } } }',
    ['7:66: routes.a.route.route: there is no route or cluster "lost"; known: "main", "a"'],
  ],
])('of routes %j is refused', (rest, expected) => {
  expect(problemsOf(around({ rest }))).toEqual(expected);
});

test('faults of every kind are reported in one run, and nothing that follows from another', () => {
  const text = [
    'listeners:',
    '  - { listen: nowhere, rout: a }',
    '  - { listen: 2, route: lost }',
    '  - 7',
    '  - { listen: 2, route: gone, maxSessions: 0 }',
    'clusters:',
    '  a:',
    '    nodes: [x, "y:z", "u:v", 7]',
    '    locator: nowhere',
    '    timeout: -1',
    '    pool: { max: 0 }',
    '  b: { nodes: [] }',
    '  c: { nodes: n, username: u, password: { file: nowhere } }',
    '  d: 5',
    'routes:',
    '  r: { type: shadow, route: lost, shadow: d, fraction: 7 }',
    '  s: { type: nothing }',
    '  t: { type: failover, routes: [r, lost, s] }',
    'workers: 0',
  ].join('\n');
  expect(problemsOf(text).map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
    '2:5: listeners[0].route',
    '2:15: listeners[0].listen',
    '2:24: listeners[0].rout',
    '3:25: listeners[1].route',
    '4:5: listeners[2]',
    '5:25: listeners[3].route',
    '5:44: listeners[3].maxSessions',
    '8:16: clusters.a.nodes[1]',
    '8:23: clusters.a.nodes[2]',
    '8:30: clusters.a.nodes[3]',
    '9:14: clusters.a.locator',
    '10:14: clusters.a.timeout',
    '11:18: clusters.a.pool.max',
    '12:15: clusters.b.nodes',
    '13:49: clusters.c.password.file',
    '14:6: clusters.d',
    '16:29: routes.r.route',
    '16:56: routes.r.fraction',
    '17:14: routes.s.type',
    '18:36: routes.t.routes[1]',
    '19:10: workers',
  ]);
});

test('what is wrong in several parts is reported at once, each at its place', () => {
  const text = [
    'listeners: [{ listen: 1, route: lost }, { listen: 1, route: r }]',
    'clusters:',
    '  a: { nodes: x, locator: nowhere }',
    '  b: { nodes: y, username: u }',
    'routes: { r: { type: read-only, route: s }, s: r }',
  ].join('\n');
  expect(problemsOf(text).map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
    '1:33: listeners[0].route',
    '1:41: listeners[1]',
    '3:27: clusters.a.locator',
    '4:28: clusters.b.username',
    '5:14: routes.r',
  ]);
});
