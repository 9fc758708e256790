/** Is there room for the items? */
import { statOf } from '../../fleet/node-sample.ts';
import { formatSize } from '../../sizes.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { NodeFacts } from '../fleet-facts.ts';

/** Items that go before their time. */
export const evictions: Check = ({ nodes, seconds }) =>
  nodes.flatMap((node): readonly Finding[] => {
    const ever = statOf(node.stats, 'evictions') ?? 0;
    if (ever === 0) return [];
    const now = (ever - (statOf(node.before, 'evictions') ?? ever)) / Math.max(seconds, 0.001);
    const unread = statOf(node.stats, 'evicted_unfetched') ?? 0;
    const share = unread === 0 ? '' : `, ${Math.round((unread / ever) * 100)} % of them never read`;
    const memory = memoryOf(node);
    if (now > 0)
      return [
        {
          severity: 'warning',
          code: 'evictions',
          node: node.node,
          message: `it evicts ${now < 10 ? now.toFixed(1) : Math.round(now)} items a second (${ever} since it started${share})${memory}`,
          advice:
            'give the fleet more memory, or store less and shorter: a time to live, compression, no values that nobody reads',
        },
      ];
    return [
      {
        severity: 'note',
        code: 'evicted',
        node: node.node,
        message: `it has evicted ${ever === 1 ? '1 item' : `${ever} items`} since it started${share}, none just now${memory}`,
        advice: 'watch it: memfleet top shows evictions a second',
      },
    ];
  });

function memoryOf({ stats }: NodeFacts): string {
  const [used, most] = [statOf(stats, 'bytes'), statOf(stats, 'limit_maxbytes')];
  return used === undefined || most === undefined ? '' : `; ${formatSize(used)} of ${formatSize(most)} are items`;
}

/** Stores that failed. */
export const refusedStores: Check = ({ nodes }) =>
  nodes.flatMap(({ node, stats, settings, items }): readonly Finding[] => {
    const found: Finding[] = [];
    const noRoom = Math.max(
      statOf(stats, 'store_no_memory') ?? 0,
      [...items].reduce((sum, [name, value]) => sum + (name.endsWith(':outofmemory') ? Number(value) || 0 : 0), 0),
    );
    if (noRoom > 0)
      found.push({
        severity: 'error',
        code: 'out-of-memory',
        node,
        message: `${noRoom} stores failed since it started, as there was no memory for items of their size`,
        advice:
          settings.get('evictions') === 'off'
            ? 'it runs with -M, which evicts nothing: give it more memory, or take -M away'
            : 'give it more memory (-m), and let it move pages between classes (-o slab_reassign,slab_automove)',
      });
    const tooLarge = statOf(stats, 'store_too_large') ?? 0;
    if (tooLarge > 0)
      found.push({
        severity: 'warning',
        code: 'too-large',
        node,
        message: `${tooLarge} stores were refused since it started, as the items were too large`,
        advice: 'store smaller values (compression, chunks), or start it with a larger -I',
      });
    return found;
  });
