/** What every type of route says of itself holds: its options are checked, its children found, and it can be built. */
import { expect, test } from 'vitest';
import type { Kind, Option } from '../../../src/core/option-kinds.ts';
import { createProxy, proxyProblems, type RouteSpec, routeTypes } from '../../../src/proxy/index.ts';
import { clustersOf } from '../../../src/proxy/options/check-routes.ts';
import { Routes } from '../../../src/proxy/routes/build-routes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeRoute } from './fake-route.ts';

/** A value that fits; routes are the names of clusters, each another. */
function valueOf(kind: Kind, names: string[]): unknown {
  const next = (): string => {
    names.push(`cluster-${names.length}`);
    return names.at(-1) as string;
  };
  if (kind.name === 'route') return next();
  if (kind.item?.name === 'route') return kind.name === 'list' ? [next(), next()] : { 'a:': next(), 'b:': next() };
  if (kind.name === 'list') return ['x'];
  return kind.choices?.[0] ?? (kind.name === 'flag' ? true : (kind.min ?? 0));
}

/** A spec of a type with all options, or those that it needs, and the clusters that it leads to. */
function example(type: string, isFull: boolean): { spec: RouteSpec; names: string[] } {
  const names: string[] = [];
  const options: [string, Option][] = Object.entries(routeTypes[type]?.options ?? {});
  const fields = options
    .filter(([, { isRequired }]) => isFull || isRequired === true)
    .map(([name, { kind }]) => [name, valueOf(kind, names)]);
  return { spec: { type, ...Object.fromEntries(fields) } as RouteSpec, names };
}

const types = Object.keys(routeTypes);

test.each(types)('a %s route is known by its type', (type) => {
  expect(routeTypes[type]?.type).toBe(type);
});

test.each(types.flatMap((type) => [[type, true] as const, [type, false] as const]))(
  'a %s route is taken and built with all options: %s',
  (type, isFull) => {
    const { spec, names } = example(type, isFull);
    const clusters = Object.fromEntries(names.map((name) => [name, { nodes: 'a' }]));
    expect(proxyProblems({ listeners: [{ port: 0, route: 'r' }], clusters, routes: { r: spec } })).toEqual([]);
    expect(clustersOf('r', { r: spec })).toEqual(names);
    const below = new Map(names.map((name) => [name, new FakeRoute()]));
    const route = new Routes({ r: spec }, below, new FakeClock()).named('r');
    expect(route.dispatch).toBeTypeOf('function');
  },
);

test.each(types)('a %s route is refused without an option that it needs, and with one that it has not', (type) => {
  const { spec, names } = example(type, false);
  const clusters = Object.fromEntries(names.map((name) => [name, { nodes: 'a' }]));
  const refused = (route: object): string[] =>
    proxyProblems({ listeners: [{ port: 0, route: 'r' }], clusters, routes: { r: route as RouteSpec } }).map(
      ({ option }) => option,
    );
  expect(refused({ ...(spec as object), colour: 1 })).toEqual(['routes.r.colour']);
  for (const name of Object.keys(spec as object).filter((key) => key !== 'type'))
    expect(refused({ ...(spec as object), [name]: undefined })).toEqual([`routes.r.${name}`]);
});

test.each(types)('an unknown name within a %s route is found at its place', (type) => {
  const { spec, names } = example(type, false);
  const clusters = Object.fromEntries(names.slice(1).map((name) => [name, { nodes: 'a' }]));
  const problems = proxyProblems({ listeners: [{ port: 0, route: 'r' }], clusters, routes: { r: spec } });
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('there is no route or cluster "cluster-0"'),
  ]);
  expect(problems[0]?.option).toMatch(/^routes\.r\.\w+/);
});

test('everything that is wrong with a configuration is listed, and the first of it is thrown', () => {
  const wrong = {
    listeners: [
      { port: 0, route: 'nowhere' },
      { port: 0, route: 'r', maxKey: 999 },
    ],
    clusters: { a: { nodes: 'x', timeout: 0 }, b: { nodes: 'y,y' } },
    routes: { r: 's', s: { type: 'read-only', route: 'r' } },
  } as const;
  expect(proxyProblems(wrong).map(({ option }) => option)).toEqual([
    'clusters.a.timeout',
    'clusters.b.nodes',
    'routes.r',
    'listeners[1].maxKey',
    'listeners[0].route',
  ]);
  expect(() => createProxy(wrong)).toThrow('option "clusters.a.timeout"');
});

test('a wrong option of a route within a route does not compile', () => {
  // @ts-expect-error: `strip` is no option of a route of type read-only.
  const spec: RouteSpec = { type: 'prefix', routes: {}, otherwise: { type: 'read-only', route: 'c', strip: true } };
  expect(proxyProblems({ listeners: [{ port: 0, route: 'r' }], clusters: {}, routes: { r: spec } })).not.toEqual([]);
});
