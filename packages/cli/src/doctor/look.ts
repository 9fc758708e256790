/**
 * Looks at a fleet, in a bounded time:
 *
 *   stats, settings, items ─▶ probes, one after the other ─▶ stats again      certificates beside it
 */
import type { ClientOptions } from 'memfleet';
import { askNodes, askStats, problemOf } from '../fleet/ask-nodes.ts';
import { Fleet } from '../fleet/fleet.ts';
import type { NodeFacts, TlsFacts } from './fleet-facts.ts';
import { tlsFactsOf } from './tls-facts.ts';

/** What was seen. */
export interface Sight {
  readonly problem: string | undefined;
  readonly nodes: readonly NodeFacts[];
  /** Seconds between the first `stats` and the last. */
  readonly seconds: number;
}

const probes = 20;
/** A fleet that is fast is watched for so many milliseconds, so that it is seen whether it evicts. */
const watched = 1000;

type Lines = Map<string, Map<string, string>>;

/** Looks at every node. Fulfils whatever the nodes do. */
export async function look(options: ClientOptions<never>, timeout: number): Promise<Sight> {
  const fleet = new Fleet({ ...options, pool: { ...options.pool, min: 0, max: 1 } }, true);
  const problems = new Map<string, string>();
  // Not every node knows every group.
  const ask = (group: string): Promise<Lines> =>
    askStats(fleet, group, timeout, (node, error) => group === '' && problems.set(node, problemOf(node, error)));
  try {
    const before = await ask('');
    const startedAt = performance.now();
    const clocks = clocksOf(before);
    const names = fleet.client.stats().nodes.map(({ node }) => node);
    const certificates = tlsOf(names, options, timeout);
    const settings = await ask('settings');
    const items = await ask('items');
    const times = await probe(fleet, timeout);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, watched - (performance.now() - startedAt))));
    const stats = await ask('');
    const seconds = (performance.now() - startedAt) / 1000;
    const tls = await certificates;
    const none: ReadonlyMap<string, string> = new Map();
    const nodes = names.map((node): NodeFacts => {
      const problem = problems.get(node);
      return {
        node,
        problem,
        before: before.get(node) ?? none,
        stats: stats.get(node) ?? before.get(node) ?? none,
        settings: settings.get(node) ?? none,
        items: items.get(node) ?? none,
        times: times.get(node) ?? [],
        clockAhead: clocks.get(node),
        tls: tls.get(node),
      };
    });
    return { problem: undefined, nodes, seconds };
  } catch (error) {
    return { problem: (error as Error).message, nodes: [], seconds: 0 };
  } finally {
    fleet.client.destroy();
  }
}

/** Seconds by which the nodes' clocks are ahead, as of now: the replies have just come. */
function clocksOf(stats: Lines): ReadonlyMap<string, number> {
  const clocks = new Map<string, number>();
  const now = Date.now() / 1000;
  for (const [node, values] of stats) {
    const time = Number(values.get('time') ?? Number.NaN);
    // A node tells whole seconds.
    if (Number.isFinite(time)) clocks.set(node, time + 0.5 - now);
  }
  return clocks;
}

/** Round trips of every node, one at a time. The first has the connecting in it and does not count. */
async function probe(fleet: Fleet, timeout: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>();
  const away = new Set<string>();
  for (let round = 0; round <= probes; round++) {
    const sentAt = performance.now();
    await askNodes(fleet, undefined, timeout, {
      onItem: (node) => {
        const known = times.get(node) ?? [];
        if (round > 0) known.push(performance.now() - sentAt);
        times.set(node, known);
      },
      onFailure: (node) => away.add(node),
    });
    // A node that does not reply takes the whole timeout each time.
    if (away.size > 0 && round >= 3) break;
  }
  return times;
}

async function tlsOf(
  names: readonly string[],
  { tls }: ClientOptions<never>,
  timeout: number,
): Promise<ReadonlyMap<string, TlsFacts>> {
  const facts = new Map<string, TlsFacts>();
  if (tls === undefined || tls === false) return facts;
  await Promise.all(
    names.map(async (node) => {
      const one = await tlsFactsOf(node, tls === true ? {} : tls, timeout);
      if (one !== undefined) facts.set(node, one);
    }),
  );
  return facts;
}
