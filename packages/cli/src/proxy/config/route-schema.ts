/** Routes in a configuration: a name, or a table with a `type`. */
import type { RouteSpec } from 'memfleet/proxy';
import { z } from 'zod';
import { listOf, named, table } from './tables.ts';
import { anyText, bytes, chosen, decimal, flag, isTable, list, ms, oneOf, seconds, text, whole } from './values.ts';

/** A route, wherever one can stand. */
export const route: z.ZodType<RouteSpec> = chosen<RouteSpec>((value) => {
  if (typeof value === 'string') return text;
  if (!isTable(value)) return wanted;
  const type = value['type'];
  if (typeof type === 'string' && Object.hasOwn(tables, type)) return tables[type as RouteType];
  return z.looseObject({ type: oneOf(...routeTypes) }) as never;
});

const several = listOf(route, 1);

type RouteTable = Exclude<RouteSpec, string>;
type RouteType = RouteTable['type'];

const tables: { readonly [Type in RouteType]: z.ZodType<RouteTable & { type: Type }> } = {
  prefix: table({
    type: z.literal('prefix'),
    routes: named(route),
    otherwise: route,
    strip: flag.optional(),
  }),
  failover: table({
    type: z.literal('failover'),
    routes: several,
    on: oneOf('error', 'error-or-miss').optional(),
    ttl: seconds(1).optional(),
  }),
  replicate: table({
    type: z.literal('replicate'),
    routes: several,
    mode: oneOf('all-sync', 'all-async', 'fastest-read').optional(),
  }),
  shadow: table({
    type: z.literal('shadow'),
    route: route,
    shadow: route,
    fraction: decimal(0, 1),
  }),
  'warm-up': table({
    type: z.literal('warm-up'),
    cold: route,
    warm: route,
    ttl: seconds(1).optional(),
  }),
  'front-cache': table({
    type: z.literal('front-cache'),
    route: route,
    prefixes: listOf(anyText, 1),
    lifespan: ms(1),
    maxItems: whole(1).optional(),
    maxBytes: bytes(1).optional(),
  }),
  'rate-limit': table({
    type: z.literal('rate-limit'),
    route: route,
    perSecond: decimal(0.001),
    burst: decimal(1).optional(),
  }),
  'read-only': table({ type: z.literal('read-only'), route: route }),
};

const routeTypes = Object.keys(tables) as RouteType[];
const wanted = `the name of a cluster or route, or a table with a type: ${list(routeTypes)}`;

/** Calls `visit` for every name of a route or cluster that a route mentions, with the keys that lead to it. */
export function visitNames(
  spec: RouteSpec,
  path: readonly (string | number)[],
  visit: (name: string, path: readonly (string | number)[]) => void,
): void {
  if (typeof spec === 'string') {
    visit(spec, path);
    return;
  }
  for (const field of ['route', 'shadow', 'cold', 'warm', 'otherwise'] as const) {
    const inner = (spec as Partial<Record<typeof field, RouteSpec>>)[field];
    if (inner !== undefined) visitNames(inner, [...path, field], visit);
  }
  if (!('routes' in spec)) return;
  const isList = Array.isArray(spec.routes);
  for (const [key, inner] of Object.entries(spec.routes as Readonly<Record<string, RouteSpec>>))
    visitNames(inner, [...path, 'routes', isList ? Number(key) : key], visit);
}
