/** Checks routes before any is built: types, options, names, cycles. */
import { InvalidOptionError } from '../../core/errors.ts';
import { fail, memberOf } from '../../core/option-checks.ts';
import { checkOptions } from '../../core/option-table.ts';
import { type RouteSpec, routeTypes } from '../routes/registry.ts';
import type { AnyRouteType } from '../routes/route-type.ts';

type Specs = Readonly<Record<string, RouteSpec>>;

/** All faults of the routes. `clusters`: the names of the clusters. */
export function routeProblems(routes: Specs, clusters: ReadonlySet<string>): InvalidOptionError[] {
  const problems: InvalidOptionError[] = [];
  for (const name of Object.keys(routes)) {
    const place = memberOf('routes', name);
    if (clusters.has(name))
      problems.push(new InvalidOptionError(`"${name}" is the name of both a route and a cluster`, place));
    try {
      checkSpec(routes[name], place);
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) throw error;
      problems.push(error);
    }
  }
  // Only valid routes can be followed.
  return problems.length > 0 ? problems : [...unknownNames(routes, clusters), ...cycles(routes, clusters)];
}

/** The error about a name that neither a route nor a cluster has. */
export function unknownName(name: string, place: string, known: Iterable<string>): InvalidOptionError {
  const names = [...known].map((one) => `"${one}"`).join(', ');
  const cause = new InvalidOptionError(`there is no route or cluster "${name}"; known: ${names || 'none'}`, '');
  return new InvalidOptionError(`${place}: ${cause.message}`, place, { cause });
}

function unknownNames(routes: Specs, clusters: ReadonlySet<string>): InvalidOptionError[] {
  const known = new Set([...clusters, ...Object.keys(routes)]);
  return Object.entries(routes).flatMap(([route, spec]) =>
    namesIn(spec, memberOf('routes', route)).flatMap(([name, place]) =>
      known.has(name) ? [] : unknownName(name, place, known),
    ),
  );
}

function cycles(routes: Specs, clusters: ReadonlySet<string>): InvalidOptionError[] {
  const problems: InvalidOptionError[] = [];
  const done = new Set<string>();
  const follow = (name: string, trail: readonly string[]): void => {
    const begin = trail.indexOf(name);
    if (begin >= 0) {
      const cycle = [...trail.slice(begin), name].join(' → ');
      problems.push(new InvalidOptionError(`routes form a cycle: ${cycle}`, memberOf('routes', name)));
      return;
    }
    if (done.has(name) || clusters.has(name) || !Object.hasOwn(routes, name)) return;
    for (const [next] of namesIn(routes[name] as RouteSpec, '')) follow(next, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(routes)) follow(name, []);
  return problems;
}

function checkSpec(spec: unknown, place: string): void {
  if (typeof spec === 'string') return;
  const { type, ...options } = (spec ?? {}) as Record<string, unknown>;
  const known = typeof type === 'string' && Object.hasOwn(routeTypes, type) ? routeTypes[type] : undefined;
  if (known === undefined) {
    if (type === undefined) fail(place, spec, 'a name or an object with "type"');
    fail(`${place}.type`, type, `one of ${Object.keys(routeTypes).join(', ')}`);
  }
  checkOptions(known.options, options, place);
  for (const [child, at] of childrenOf(known, options, place)) checkSpec(child, at);
}

/** The routes within the options of a route, each with its path. */
function childrenOf(
  { options }: AnyRouteType,
  given: Readonly<Record<string, unknown>>,
  place: string,
): (readonly [spec: unknown, place: string])[] {
  return Object.entries(options).flatMap(([name, { kind }]) => {
    const child = given[name];
    const at = `${place}.${name}`;
    if (child === undefined) return [];
    if (kind.name === 'route') return [[child, at] as const];
    if (kind.item?.name !== 'route') return [];
    return Object.entries(child as object).map(
      ([key, entry]) => [entry, kind.name === 'list' ? `${at}[${key}]` : memberOf(at, key)] as const,
    );
  });
}

/** The names of routes and clusters to which a checked route refers, each with its path. */
function namesIn(spec: RouteSpec, place: string): (readonly [name: string, place: string])[] {
  if (typeof spec === 'string') return [[spec, place]];
  const { type, ...options } = spec;
  return childrenOf(routeTypes[type] as AnyRouteType, options, place).flatMap(([child, at]) =>
    namesIn(child as RouteSpec, at),
  );
}

/** The names of the clusters that the route or cluster of this name leads to, each once. The routes were checked. */
export function clustersOf(name: string, routes: Specs): readonly string[] {
  const found = new Set<string>();
  const walk = (spec: RouteSpec): void => {
    for (const [next] of namesIn(spec, ''))
      if (Object.hasOwn(routes, next)) walk(routes[next] as RouteSpec);
      else found.add(next);
  };
  walk(name);
  return [...found];
}
