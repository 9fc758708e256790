/** Do the limits of clients and nodes fit? */
import { statOf } from '../../fleet/node-sample.ts';
import { formatSize } from '../../sizes.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';

/** The largest item of the clients, and of each node. */
export const itemSize: Check = ({ nodes, clients: { maxItemSize } }) => {
  if (maxItemSize === undefined) return [];
  return nodes.flatMap(({ node, settings }): readonly Finding[] => {
    const own = statOf(settings, 'item_size_max');
    if (own === undefined || own === maxItemSize) return [];
    return own < maxItemSize
      ? [
          {
            severity: 'warning',
            code: 'item-size',
            node,
            message: `clients send items of up to ${formatSize(maxItemSize)}, and the node refuses those above ${formatSize(own)}`,
            advice: `set maxItemSize to ${own}, or start the node with -I ${maxItemSize}`,
          },
        ]
      : [
          {
            severity: 'note',
            code: 'item-size',
            node,
            message: `the node takes items of up to ${formatSize(own)}, and clients send none above ${formatSize(maxItemSize)}`,
            advice: `set maxItemSize to ${own}, if larger values are wanted`,
          },
        ];
  });
};

/** From this share of its limit on, a node is close to it. */
const close = 0.8;

/** The connections of all clients, and the limit of each node. */
export const connections: Check = ({ nodes, clients }) =>
  nodes.flatMap(({ node, stats, settings }): readonly Finding[] => {
    const limit = statOf(stats, 'max_connections') ?? statOf(settings, 'maxconns');
    const found: Finding[] = [];
    const refused = Math.max(statOf(stats, 'rejected_connections') ?? 0, statOf(stats, 'listen_disabled_num') ?? 0);
    if (refused > 0)
      found.push({
        severity: 'warning',
        code: 'refused-connections',
        node,
        message: `it was at its limit of connections and turned clients away, ${refused} times since it started`,
        advice: 'start it with a larger -c, lower pool.max of the clients, or put memfleet proxy in between',
      });
    if (limit === undefined || limit === 0) return found;
    const { connections: pool, processes } = clients;
    const wanted = pool * processes;
    const now = statOf(stats, 'curr_connections') ?? 0;
    const reckoning = `${pool} connections × ${processes} ${processes === 1 ? 'process' : 'processes'} = ${wanted}`;
    if (wanted > limit)
      found.push({
        severity: 'error',
        code: 'connections',
        node,
        message: `clients may open ${reckoning}, and the node accepts ${limit}`,
        advice: `start it with -c ${roundUp(wanted)}, lower pool.max, or put memfleet proxy in between`,
      });
    else if (wanted > limit * close || now > limit * close)
      found.push({
        severity: 'warning',
        code: 'connections',
        node,
        message: `of ${limit} connections ${now} are open, and clients may open ${reckoning}`,
        advice: `start it with -c ${roundUp(Math.max(wanted, now))}, or lower pool.max`,
      });
    return found;
  });

/** A quarter more, as a round number. */
function roundUp(connectionCount: number): number {
  return Math.ceil((connectionCount * 1.25) / 1024) * 1024;
}
