/** Does every node reply, in time, and with the right time? */
import { percentileOf } from '../../fleet/latency.ts';
import { statOf } from '../../fleet/node-sample.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { NodeFacts } from '../fleet-facts.ts';

/** Nodes that do not reply, and lists that are not known. */
export const unreachable: Check = ({ problem, nodes }) => [
  ...(problem === undefined
    ? []
    : [
        {
          severity: 'error' as const,
          code: 'no-nodes',
          message: problem,
          advice: 'look whether the name or configuration endpoint is right and can be reached from here',
        },
      ]),
  ...nodes
    .filter((node) => node.problem !== undefined)
    .map(({ node, problem: reason = '' }) => ({
      severity: 'error' as const,
      code: 'unreachable',
      node,
      message: reason,
      advice: 'look whether it runs, whether a firewall is in between, and whether TLS and login are those of the node',
    })),
];

/** A node this much slower than the middle of the others is named; below so many milliseconds nobody is. */
const slowFactor = 5;
const fastEnough = 2;

/** Nodes that are slow, for the timeout of the clients or beside the others. */
export const latency: Check = ({ nodes, clients: { timeout } }) => {
  const middles = nodes.map(({ times }) => percentileOf(times, 0.5)).filter((ms) => ms !== undefined);
  return nodes.flatMap(({ node, times }): readonly Finding[] => {
    const [p50, p99] = [percentileOf(times, 0.5), percentileOf(times, 0.99)];
    if (p50 === undefined || p99 === undefined) return [];
    const figures = `half of ${times.length} round trips took ${ms(p50)}, 99 % at most ${ms(p99)}`;
    if (p99 >= timeout / 2)
      return [
        {
          severity: p50 >= timeout / 2 ? 'error' : 'warning',
          code: 'latency',
          node,
          message: `${figures}; calls have ${timeout} ms`,
          advice: 'look at its CPU, swap and network, or raise the timeout of the clients',
        },
      ];
    const others = percentileOf(middles, 0.5) ?? p50;
    if (middles.length < 2 || p50 < fastEnough || p50 < others * slowFactor) return [];
    return [
      {
        severity: 'warning',
        code: 'latency',
        node,
        message: `${figures}; the node in the middle takes ${ms(others)}`,
        advice: 'look whether it is in another zone, overloaded, or swaps',
      },
    ];
  });
};

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
}

/** memcached tells whole seconds, and counts them itself. */
const clockTolerance = 2;
const clockError = 60;

/** Clocks that are wrong. A time to live of more than 30 days is sent as a date. */
export const clock: Check = ({ nodes }) =>
  nodes.flatMap(({ node, clockAhead = 0 }): readonly Finding[] => {
    const off = Math.abs(clockAhead);
    if (off <= clockTolerance) return [];
    return [
      {
        severity: off >= clockError ? 'error' : 'warning',
        code: 'clock',
        node,
        message: `its clock is ${Math.round(off)} s ${clockAhead > 0 ? 'ahead of' : 'behind'} the one here; items with a date to expire at live too ${clockAhead > 0 ? 'short' : 'long'}`,
        advice: 'set the clock by NTP, here or there, and restart memcached, which counts the seconds itself',
      },
    ];
  });

/** A node that began less than so many seconds ago has not its items yet. */
const young = 600;

/** Nodes that restarted while the others ran. */
export const restart: Check = ({ nodes }) => {
  const uptimes = nodes.map((node) => uptimeOf(node) ?? 0);
  const oldest = Math.max(0, ...uptimes);
  return nodes.flatMap((node): readonly Finding[] => {
    const uptime = uptimeOf(node);
    if (uptime === undefined || uptime >= young || oldest < young * 6) return [];
    return [
      {
        severity: 'note',
        code: 'restarted',
        node: node.node,
        message: `it started ${uptime} s ago and the others earlier: its items of before are gone`,
        advice: 'nothing, if that was planned; otherwise look why it ended (the log of the system, out of memory)',
      },
    ];
  });
};

function uptimeOf({ stats }: NodeFacts): number | undefined {
  return statOf(stats, 'uptime');
}
