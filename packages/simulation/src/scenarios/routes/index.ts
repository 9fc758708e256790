import { type Client, createClient } from 'memfleet';
import { unwellTimes } from '../../check/unwell.ts';
import { numberIn, type Options, type Plan } from '../../plan.ts';
import type { Scenario } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { valueOf } from '../../values.ts';
import { closeAll, startClients, startNodes } from '../fleet/cast.ts';
import { connectTimeout, ejectTimeMax, nodeAt } from '../fleet/fleet-options.ts';
import { nodeNames } from '../fleet/plan.ts';
import { type Gather, mayRetryGets, runFleet } from '../fleet/run.ts';
import { startProxy } from '../proxy/cast.ts';
import { proxyName } from '../proxy/plan.ts';
import { clientOptions, directClient, isRefused, keysOf, kindOf, probe, proxyOptions } from './cast.ts';
import * as checks from './checks.ts';
import { calm, type Kind, nodesOfRoute, planRoutes, replicated, type Strikes } from './plan.ts';
import { type Settling, settle } from './settle.ts';

const checkOf: Readonly<Record<Kind, (typeof checks)['plain']>> = {
  prefix: checks.plain,
  strip: checks.plain,
  'read-only': checks.first,
  'rate-limit': checks.first,
  shadow: checks.first,
  failover: checks.failover,
  'failover-ttl': checks.failover,
  'warm-up': checks.warmUp,
  'all-sync': checks.replicate(false, false),
  'all-async': checks.replicate(false, true),
  'fastest-read': checks.replicate(true, false),
};

/** From the end of a fault until the first route is used again: the longest ejection, a dial, back-off, a timeout. */
const tail = ejectTimeMax + connectTimeout + 2000;

/** The first number of what the warm cluster has. */
const warmNumbers = 1_000_000;

function warmOf(keys: readonly string[], key: string): number {
  return warmNumbers + keys.indexOf(key);
}

/** What the warm cluster has at first: all items, and no counters. */
async function warm(stage: Stage, client: Client<string>, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    if (key.startsWith('n')) continue;
    const number = warmOf(keys, key);
    const operation = stage.history.begin({ caller: 'warmed', key, verb: 'set', number });
    await client.set(key, valueOf(key, { number, length: 40 }));
    stage.history.end(operation, 'done', { result: { applied: true } });
  }
}

/** The nodes of a key: one of each route that may have it. */
function locating(stage: Stage, options: Options): (key: string) => readonly string[] {
  const [first, second] = ([0, 1] as const).map((route) =>
    createClient({
      nodes: nodesOfRoute(options, route).map((index) => nodeAt(index)),
      ...stage.world.host('locating').options,
    }),
  ) as [Client, Client];
  const kind = kindOf(options);
  return (key) => {
    if (kind === 'prefix') return [(key.startsWith('n') ? second : first).nodeOf(key) ?? ''];
    if (kind === 'strip') return [(key.startsWith('n') ? second : first).nodeOf(key.slice(1)) ?? ''];
    return [first.nodeOf(key) ?? '', second.nodeOf(key) ?? ''];
  };
}

function routeOfNode(options: Options): (node: string) => 0 | 1 {
  const seconds = nodesOfRoute(options, 1).map((index) => nodeAt(index));
  return (node) => (seconds.includes(node) ? 1 : 0);
}

function unwellOf(plan: Plan, begin: number): ReturnType<typeof unwellTimes> {
  const names = nodeNames(plan.options);
  const nodes = nodesOfRoute(plan.options, 0).map((index) => names[index] as string);
  const isNear = plan.options['strikes'] === 'all';
  return isNear ? unwellTimes(plan.faults, { nodes, proxy: proxyName }, begin, tail) : [];
}

const gather: Gather = async (stage, plan) => {
  const { options } = plan;
  const kind = kindOf(options);
  const keys = keysOf(plan);
  stage.count(`route ${kind}`);
  const servers = await startNodes(stage, options);
  const directs = [directClient(stage, options, 0), directClient(stage, options, 1)] as const;
  if (kind === 'warm-up') await warm(stage, directs[1], keys);
  const proxies = await startProxy(stage, options, (on) => proxyOptions(options, on));
  const clients = await startClients(stage, options, (on) => clientOptions(options, on));
  const nodesOf = locating(stage, options);
  const routeOf = routeOfNode(options);
  const unwell = unwellOf(plan, stage.world.now);
  if (replicated.includes(kind)) probe({ stage, plan }, directs, checks.directCallers);
  const settling: Settling = { stage, plan, clients, directs, keys, unwell, warmOf: (key) => warmOf(keys, key) };
  return {
    clients,
    homeOf: (key) => nodesOf(key)[0],
    keysOf: (node) => keys.filter((key) => nodesOf(key).includes(node)),
    isLively: !clients.has('c2') || !isRefused(options, 'c2'),
    settled: () => settle(settling),
    check: (of) =>
      checkOf[kind](of, {
        strikes: options['strikes'] as Strikes,
        routeOf,
        warmOf: (key) => warmOf(keys, key),
        unwell,
        rules: {
          canEvict: false,
          areGetsRetried: mayRetryGets(options) || numberIn(options, 'proxy retries') > 0,
          // Commands that wait for a copy are passed by others.
          keepsOrder: kind !== 'warm-up',
        },
      }),
    closers: [closeAll(clients), closeAll(proxies), ...directs.map((each) => () => each.close()), closeAll(servers)],
  };
};

/** Clients on a proxy whose route has two clusters behind it. */
export const routes: Scenario = {
  name: 'routes',
  about: 'clients on a proxy with each kind of route, in front of two fleets',
  sometimes: [
    'refused by the route',
    'on the second route after a failover',
    'copied from warm',
    'shadowed',
    'read after the loss of the first route',
    'ERR_SERVER',
    'ERR_TIMEOUT',
  ],
  calm,
  plan: planRoutes,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
