import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../src/core/errors.ts';
import { createProxy, type ProxyOptions, type RouteSpec } from '../../src/proxy/index.ts';

const base: ProxyOptions = {
  listeners: [{ port: 0, route: 'main' }],
  clusters: { main: { nodes: 'a,b' }, spare: { nodes: 'c' } },
};

const refused = (options: unknown, complaint: string | RegExp): void => {
  const create = (): unknown => createProxy(options as ProxyOptions);
  expect(create).toThrow(InvalidOptionError);
  expect(create).toThrow(complaint);
};
const listener = (spec: Record<string, unknown>): unknown => ({
  ...base,
  listeners: [{ port: 0, route: 'main', ...spec }],
});
const route = (spec: unknown, others: Record<string, unknown> = {}): unknown => ({
  ...base,
  routes: { r: spec, ...others },
});

describe('options of a proxy', () => {
  it.each<[unknown, string | RegExp]>([
    [undefined, 'option "options" must be an object'],
    [{ ...base, colour: 1 }, 'unknown option "colour"'],
    [{ ...base, listeners: [] }, 'option "listeners" must be a list that is not empty'],
    [{ clusters: base.clusters }, 'option "listeners" is missing: a list'],
    [{ listeners: base.listeners }, 'option "clusters" is missing: an object'],
    [
      {
        ...base,
        listeners: [
          { name: 'front', port: 0, route: 'main' },
          { name: 'front', port: 0, route: 'spare' },
        ],
      },
      'two listeners have the name "front"',
    ],
    [
      { ...base, listeners: [{ port: 0, route: 'main', tls: { key: 'none', cert: 'none' } }] },
      'option "listeners[0].tls"',
    ],
    [{ ...base, closeTimeout: -1 }, 'option "closeTimeout"'],
    [{ ...base, version: '1.6 18' }, 'option "version" must be a text of printable ASCII characters without blanks'],
    [{ ...base, clusters: { main: { nodes: 'a', colour: 1 } } }, 'unknown option "clusters.main.colour"'],
    [{ ...base, clusters: { main: { nodes: 'a', pool: { max: 0 } } } }, 'option "clusters.main.pool.max"'],
    [{ ...base, clusters: { main: { nodes: 'a,a' } } }, 'clusters.main: nodes: a:11211 is listed twice'],
    [{ ...base, clusters: { main: { nodes: 'a', locator: 'nothing' } } }, /clusters\.main: .*nothing/],
  ])('%# are refused by name', (options, complaint) => refused(options, complaint));

  it.each<[Record<string, unknown>, string]>([
    [{ route: undefined }, 'option "listeners[0].route" is missing: the name of a route or cluster'],
    [{ route: 'nobody' }, 'there is no route or cluster "nobody"'],
    [{ port: 70_000 }, 'option "listeners[0].port"'],
    [{ fd: 3, host: 'a' }, 'options "listeners[0].fd" and "listeners[0].host" contradict each other'],
    [{ fd: 1 }, 'option "listeners[0].fd" must be a whole number from 3'],
    [{ path: '/tmp/a', port: 1 }, 'options "listeners[0].path" and "listeners[0].port" contradict each other'],
    [{ mode: 0o600 }, 'option "listeners[0].mode" needs "path"'],
    [{ users: {}, authenticate: () => true }, 'contradict each other'],
    [{ users: { a: '' } }, 'option "listeners[0].users.a" must be a text'],
    [{ onNodeFailure: 'shrug' }, 'option "listeners[0].onNodeFailure" must be one of "error", "miss"'],
    [{ protocols: ['http'] }, 'option "listeners[0].protocols"'],
    [{ maxKey: 251 }, 'option "listeners[0].maxKey"'],
    [{ maxSession: 1 }, 'unknown option "listeners[0].maxSession"'],
  ])('of a listener are refused by name: %j', (spec, complaint) => {
    refused(listener(spec), complaint);
  });

  it('refuse two listeners on one address', () => {
    refused(
      {
        ...base,
        listeners: [
          { port: 7, route: 'main' },
          { port: 7, route: 'spare' },
        ],
      },
      'two listeners have the address 127.0.0.1:7',
    );
  });

  it.each<[unknown, string]>([
    [5, 'option "routes.r" must be a name or an object with "type", not 5'],
    [{ type: 'teleport' }, 'option "routes.r.type" must be one of prefix, failover'],
    ['nobody', 'routes.r: there is no route or cluster "nobody"'],
    [{ type: 'failover', routes: [] }, 'option "routes.r.routes" must be a list of routes that is not empty'],
    [{ type: 'failover', routes: ['main', 'x'] }, 'routes.r.routes[1]: there is no route or cluster "x"'],
    [{ type: 'failover', routes: ['main'], ttl: 0 }, 'option "routes.r.ttl"'],
    [{ type: 'failover', routes: ['main'], on: 'full moon' }, 'option "routes.r.on"'],
    [{ type: 'prefix', routes: { a: 'main' } }, 'option "routes.r.otherwise" is missing'],
    [{ type: 'prefix', routes: { '': 'main' }, otherwise: 'main' }, 'option "routes.r.routes"'],
    [
      { type: 'prefix', routes: { a: { type: 'read-only' } }, otherwise: 'main' },
      'option "routes.r.routes.a.route" is missing',
    ],
    [{ type: 'shadow', route: 'main', shadow: 'spare' }, 'option "routes.r.fraction" is missing'],
    [{ type: 'shadow', route: 'main', shadow: 'spare', fraction: 2 }, 'option "routes.r.fraction"'],
    [{ type: 'warm-up', cold: 'main' }, 'option "routes.r.warm" is missing'],
    [{ type: 'front-cache', route: 'main', prefixes: [], lifespan: 1 }, 'option "routes.r.prefixes"'],
    [{ type: 'front-cache', route: 'main', prefixes: [''] }, 'option "routes.r.lifespan" is missing'],
    [{ type: 'rate-limit', route: 'main', perSecond: 0 }, 'option "routes.r.perSecond"'],
    [{ type: 'read-only', route: 'main', more: 1 }, 'unknown option "routes.r.more"'],
    [{ type: 'replicate', routes: ['main'], mode: 'none' }, 'option "routes.r.mode"'],
  ])('of a route are refused by name: %j', (spec, complaint) => refused(route(spec), complaint));

  it('refuse routes that form a cycle, and names that are taken', () => {
    refused(route('s', { s: { type: 'read-only', route: 'r' } }), 'routes form a cycle: r → s → r');
    refused(route('r'), 'routes form a cycle: r → r');
    refused({ ...base, routes: { main: 'spare' } }, '"main" is the name of both a route and a cluster');
  });

  it('take routes inside routes, and names of names', () => {
    const spec: RouteSpec = {
      type: 'prefix',
      strip: true,
      routes: {
        'a:': { type: 'failover', routes: ['main', { type: 'read-only', route: 'spare' }], ttl: 60 },
        'b:': { type: 'replicate', routes: ['main', 'spare'], mode: 'fastest-read' },
      },
      otherwise: { type: 'rate-limit', route: 'again', perSecond: 100 },
    };
    createProxy({ ...base, listeners: [{ port: 0, route: 'r' }], routes: { r: spec, again: 'main' } });
  });
});
