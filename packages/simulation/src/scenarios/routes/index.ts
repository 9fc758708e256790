import { type Client, createClient } from 'memfleet';
import { unwellTimes } from '../../check/unwell.ts';
import { keysOf, type Options, type Plan } from '../../plan.ts';
import type { Scenario } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { closeAll, startClients, startNodes } from '../fleet/cast.ts';
import { filledNumber, fill } from '../fleet/fill.ts';
import { connectTimeout, ejectTimeMax } from '../fleet/fleet-options.ts';
import { halfOf, nodeNames, nodesOf } from '../fleet/plan.ts';
import { type Gather, mayRetryGets, runFleet } from '../fleet/run.ts';
import { startProxy } from '../proxy/cast.ts';
import { proxyName } from '../proxy/plan.ts';
import { clientOptions, directClient, isRefused, kindOf, probe, proxyOptions } from './cast.ts';
import * as checks from './checks.ts';
import { calm, type Kind, planRoutes, replicated, type Strikes } from './plan.ts';
import { type Settling, settle, watchFailover } from './settle.ts';

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

/** The nodes of a key: one of each route that may have it. */
function locating(stage: Stage, options: Options): (key: string) => readonly string[] {
  const [first, second] = ([0, 1] as const).map((route) =>
    createClient({ nodes: halfOf(nodesOf(options), route), ...stage.world.host('locating').options }),
  ) as [Client, Client];
  const kind = kindOf(options);
  return (key) => {
    if (kind === 'prefix') return [(key.startsWith('n') ? second : first).nodeOf(key) ?? ''];
    if (kind === 'strip') return [(key.startsWith('n') ? second : first).nodeOf(key.slice(1)) ?? ''];
    return [first.nodeOf(key) ?? '', second.nodeOf(key) ?? ''];
  };
}

function routeOfNode(options: Options): (node: string) => 0 | 1 {
  const seconds = halfOf(nodesOf(options), 1);
  return (node) => (seconds.includes(node) ? 1 : 0);
}

function unwellOf(plan: Plan, begin: number): ReturnType<typeof unwellTimes> {
  const nodes = halfOf(nodeNames(plan.options), 0);
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
  if (kind === 'warm-up') await fill(stage, directs[1], 'warmed', keys);
  const proxies = await startProxy(stage, options, (on) => proxyOptions(options, on));
  const clients = await startClients(stage, options, (on) => clientOptions(options, on));
  const homesOf = locating(stage, options);
  const routeOf = routeOfNode(options);
  const unwell = unwellOf(plan, stage.world.now);
  if (replicated.includes(kind)) probe({ stage, plan }, directs, checks.directCallers);
  const warmOf = (key: string): number => filledNumber(keys, key);
  const settling: Settling = { stage, plan, clients, directs, keys, unwell, warmOf };
  watchFailover(settling);
  return {
    clients,
    homeOf: (key) => homesOf(key)[0],
    keysOf: (node) => keys.filter((key) => homesOf(key).includes(node)),
    isLively: !clients.has('c2') || !isRefused(options, 'c2'),
    settled: () => settle(settling),
    check: (of) =>
      checkOf[kind](of, {
        strikes: options['strikes'] as Strikes,
        routeOf,
        warmOf,
        unwell,
        rules: {
          canEvict: false,
          areGetsRetried: mayRetryGets(options),
          keepsOrder: true,
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
    'copied from warm',
    'shadowed',
    'read after the loss of the first route',
    'ERR_SERVER',
    'ERR_TIMEOUT',
  ],
  rarely: ['on the second route after a failover'],
  calm,
  plan: planRoutes,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
