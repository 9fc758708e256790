import { InvalidOptionError } from '../../core/errors.ts';
/** Checks routes before any is built: kinds, options, names, circles. */
import * as check from '../../core/option-checks.ts';
import type { RouteSpec } from './options.ts';

type Walk = (spec: unknown, name: string) => void;

const spec = check.any;
const specs: check.Check = (value, name) => {
  if (!Array.isArray(value) || value.length === 0) check.fail(name, value, 'a list of routes that is not empty');
};
const prefixes: check.Check = (value, name) => {
  const fits = Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
  if (!fits) check.fail(name, value, 'a list of texts that is not empty');
};
const branches: check.Check = (value, name) => {
  check.object(value, name);
  const keys = Object.keys(value as object);
  if (keys.length === 0 || keys.includes('')) check.fail(name, value, 'an object of routes by prefix');
};

interface Kind {
  readonly checks: Readonly<Record<string, check.Check>>;
  readonly required: readonly string[];
  /** Where other routes stand: by themselves, in a list, in an object. */
  readonly children: readonly string[];
}

const kinds: Readonly<Record<string, Kind>> = {
  prefix: {
    checks: { routes: branches, otherwise: spec, strip: check.boolean },
    required: ['routes', 'otherwise'],
    children: ['routes', 'otherwise'],
  },
  failover: {
    checks: { routes: specs, on: check.oneOf('error', 'error-or-miss'), ttl: check.whole(1) },
    required: ['routes'],
    children: ['routes'],
  },
  replicate: {
    checks: { routes: specs, mode: check.oneOf('all-sync', 'all-async', 'fastest-read') },
    required: ['routes'],
    children: ['routes'],
  },
  shadow: {
    checks: { route: spec, shadow: spec, fraction: check.number(0, 1, 'a number from 0 to 1') },
    required: ['route', 'shadow', 'fraction'],
    children: ['route', 'shadow'],
  },
  'warm-up': {
    checks: { cold: spec, warm: spec, ttl: check.whole(1) },
    required: ['cold', 'warm'],
    children: ['cold', 'warm'],
  },
  'front-cache': {
    checks: { route: spec, prefixes, lifespan: check.ms(1), maxItems: check.whole(1), maxBytes: check.whole(1) },
    required: ['route', 'prefixes', 'lifespan'],
    children: ['route'],
  },
  'rate-limit': {
    checks: {
      route: spec,
      perSecond: check.number(0.001, Number.MAX_SAFE_INTEGER, 'a number above 0'),
      burst: check.number(1, Number.MAX_SAFE_INTEGER, 'a number from 1'),
    },
    required: ['route', 'perSecond'],
    children: ['route'],
  },
  'read-only': { checks: { route: spec }, required: ['route'], children: ['route'] },
};

/** Throws InvalidOptionError. */
export function checkRoutes(routes: Readonly<Record<string, RouteSpec>>, clusters: ReadonlySet<string>): void {
  for (const name of Object.keys(routes))
    if (clusters.has(name))
      throw new InvalidOptionError(
        `"${name}" is the name of both a route and a cluster`,
        check.memberOf('routes', name),
      );
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      const circle = [...trail, name].join(' → ');
      throw new InvalidOptionError(`routes go round in circles: ${circle}`, check.memberOf('routes', name));
    }
    if (done.has(name)) return;
    const walk: Walk = (value, where) => {
      if (typeof value !== 'string') checkSpec(value, where, walk);
      else if (Object.hasOwn(routes, value)) visit(value, [...trail, name]);
      else if (!clusters.has(value))
        throw new InvalidOptionError(`${where}: there is no route or cluster "${value}"`, where);
    };
    walk(routes[name], check.memberOf('routes', name));
    done.add(name);
  };
  for (const name of Object.keys(routes)) visit(name, []);
}

function checkSpec(value: unknown, where: string, walk: Walk): void {
  const { type, ...rest } = (value ?? {}) as Record<string, unknown>;
  const kind = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind === undefined) {
    if (type === undefined) check.fail(where, value, 'a name or an object with "type"');
    check.fail(`${where}.type`, type, `one of ${Object.keys(kinds).join(', ')}`);
  }
  check.options(kind.checks)(rest, where);
  for (const field of kind.required)
    if (rest[field] === undefined)
      throw new InvalidOptionError(`option "${where}.${field}" is missing`, `${where}.${field}`);
  for (const [child, at] of childrenOf(kind, rest)) walk(child, `${where}.${at}`);
}

/** The routes that stand in the fields of one, each with where it stands. */
function childrenOf(kind: Kind, fields: Readonly<Record<string, unknown>>): (readonly [unknown, string])[] {
  return kind.children.flatMap((field) => {
    const child = fields[field];
    if (Array.isArray(child)) return child.map((entry, index) => [entry, `${field}[${index}]`] as const);
    if (field !== 'routes') return [[child, field] as const];
    return Object.entries(child as object).map(([key, entry]) => [entry, check.memberOf(field, key)] as const);
  });
}

/** The names of the clusters that the route or cluster of this name leads to, each once. The routes were checked. */
export function clustersOf(name: string, routes: Readonly<Record<string, RouteSpec>>): readonly string[] {
  const found = new Set<string>();
  const walk = (route: unknown): void => {
    if (typeof route !== 'string') {
      const { type, ...fields } = route as Exclude<RouteSpec, string>;
      for (const [child] of childrenOf(kinds[type] as Kind, fields)) walk(child);
    } else if (Object.hasOwn(routes, route)) walk(routes[route]);
    else found.add(route);
  };
  walk(name);
  return [...found];
}
