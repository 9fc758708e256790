/** A cluster of nodes in a configuration: the options of the library's fleets, in the library's names. */
import type { FleetSettings } from 'memfleet/proxy';
import { z } from 'zod';
import type { ReadContext } from './context.ts';
import { fileText, nodeTls, secret } from './secrets.ts';
import { listOf, table } from './tables.ts';
import { chosen, decimal, flag, isTable, ms, oneOf, text, whole } from './values.ts';

const port = whole(1, 65_535);

const node = table({
  host: text.optional(),
  port: port.optional(),
  path: text.optional(),
  weight: whole(1).optional(),
  id: text.optional(),
});

type Nodes = Exclude<FleetSettings['nodes'], (() => unknown) | undefined>;
type Node = Exclude<Nodes, string>[number];

const nodes: z.ZodType<Nodes> = chosen<Nodes>((value) => {
  if (typeof value === 'string') return text;
  if (!Array.isArray(value)) return 'a list of nodes';
  return listOf(
    chosen<Node>((entry) =>
      isTable(entry) ? node : typeof entry === 'string' ? text : 'a node: host:port, or a table with host',
    ),
    1,
  );
});

const backoff = table({
  initial: ms(0).exactOptional(),
  max: ms(0).exactOptional(),
  factor: decimal(1).exactOptional(),
  jitter: decimal(0, 1).exactOptional(),
});

const pool = table({
  min: whole(0).optional(),
  max: whole(1).optional(),
  warmUp: flag.optional(),
  exclusive: flag.optional(),
  maxInFlight: whole(1).optional(),
  maxWaiting: whole(0).optional(),
  acquireTimeout: ms(0).optional(),
  idleTimeout: ms(0).optional(),
  maxLifetime: ms(0).optional(),
  backoff: backoff.optional(),
});

const retry = table({
  attempts: whole(0).optional(),
  delay: ms(0).optional(),
  jitter: decimal(0, 1).optional(),
  budget: decimal(0).optional(),
});

/** A bucket of Couchbase or Membase. `map` is a table, JSON, or the name of a file with it. */
function couchbase(context: ReadContext): z.ZodType<NonNullable<FleetSettings['couchbase']>> {
  const file = fileText(context);
  return table({
    bucket: text.optional(),
    username: text.optional(),
    password: secret(context).optional(),
    bootstrap: oneOf('auto', 'data', 'rest').optional(),
    urls: chosen<string | string[]>((value) => (typeof value === 'string' ? text : listOf(text, 1))).optional(),
    map: chosen<object | string>((value) => {
      if (isTable(value)) return z.looseObject({});
      return typeof value === 'string' && value.trimStart().startsWith('{') ? text : file;
    }).optional(),
    network: text.optional(),
    pollInterval: ms(100).optional(),
    mechanisms: listOf(text, 1).optional(),
    hello: flag.optional(),
  });
}

/** The schema of a cluster of nodes. */
export function fleetSchema(context: ReadContext): z.ZodType<FleetSettings> {
  const fleet = table({
    nodes: nodes.optional(),
    locator: text.optional(),
    hashTag: text.optional(),
    protocol: oneOf('auto', 'meta', 'text', 'binary').optional(),
    timeout: ms(1).optional(),
    connectTimeout: ms(1).optional(),
    ejectTime: ms(1).optional(),
    ejectAfter: whole(1).optional(),
    ejectGrowth: decimal(1).optional(),
    ejectTimeMax: ms(1).optional(),
    ejectShare: decimal(0, 1).optional(),
    failure: oneOf('fail', 'miss', 'redistribute').optional(),
    couchbase: couchbase(context).optional(),
    replica: oneOf('never', 'on-error').optional(),
    pool: pool.optional(),
    retry: chosen<FleetSettings['retry'] & {}>((value) =>
      value === false ? z.literal(false) : isTable(value) ? retry : 'a table or false',
    ).optional(),
    coalesce: flag.optional(),
    username: text.optional(),
    password: secret(context).optional(),
    tls: nodeTls(context).optional(),
    keepAliveDelay: ms(0).optional(),
    refreshInterval: ms(0).optional(),
  });
  return fleet.superRefine((value, issues) => {
    if (value.nodes === undefined && value.couchbase === undefined)
      issues.addIssue({ code: 'custom', path: ['nodes'], message: 'is missing: a list of nodes' });
  });
}
