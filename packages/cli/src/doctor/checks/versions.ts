/** Do the nodes run the same program with the same settings? */
import { settingsThatDiffer } from '../../fleet/settings-differ.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { NodeFacts } from '../fleet-facts.ts';

/** memcached below this runs code of whoever can reach it (CVE-2016-8704, -8705, -8706). */
const safeVersion = [1, 4, 33] as const;
/** The meta protocol is there from this one on. */
const metaVersion = [1, 6, 0] as const;

/** Versions that differ, and old ones. */
export const versions: Check = ({ nodes }) => {
  const known = nodes.flatMap(({ node, stats }) => {
    const version = stats.get('version');
    return version === undefined ? [] : [{ node, version, isOurs: stats.has('memfleet') }];
  });
  const found: Finding[] = [];
  const distinct = new Set(known.map(({ version }) => version));
  if (distinct.size > 1)
    found.push({
      severity: 'warning',
      code: 'versions-differ',
      message: listOf(known.map(({ node, version }): [string, string] => [node, version])),
      advice:
        'upgrade the older ones: clients take the features that each node has, so that calls differ from node to node',
    });
  for (const { node, version, isOurs } of known) {
    if (isOurs || !/^\d+\.\d+/.test(version)) continue;
    if (isBelow(version, safeVersion))
      found.push({
        severity: 'error',
        code: 'unsafe-version',
        node,
        message: `memcached ${version} runs code of whoever can send it requests (CVE-2016-8704 to 8706)`,
        advice: 'upgrade it now; 1.4.33 is the first without these faults',
      });
    else if (isBelow(version, metaVersion))
      found.push({
        severity: 'note',
        code: 'no-meta',
        node,
        message: `memcached ${version} has no meta protocol`,
        advice: 'upgrade to 1.6: leases, stale values and exact counters of rate limits need it',
      });
  }
  return found;
};

function isBelow(version: string, least: readonly [number, number, number]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  for (const [index, wanted] of least.entries()) {
    const own = parts[index] ?? 0;
    if (own !== wanted) return own < wanted;
  }
  return false;
}

/** Settings that decide what is stored, who may come, and what is refused. */
const weighty: ReadonlySet<string> = new Set([
  'maxbytes',
  'maxconns',
  'evictions',
  'cas_enabled',
  'binding_protocol',
  'auth_enabled_sasl',
  'auth_enabled_ascii',
  'item_size_max',
  'flush_enabled',
  'idle_timeout',
  'ssl_enabled',
  'growth_factor',
  'slab_automove',
  'lru_maintainer_thread',
  'lru_crawler',
]);

/** Settings that differ. */
export const settings: Check = ({ nodes }) => {
  const told = new Map(nodes.filter(hasSettings).map(({ node, settings: own }) => [node, own]));
  return settingsThatDiffer(told).map(({ name, values, usual }): Finding => ({
    severity: weighty.has(name) ? 'warning' : 'note',
    code: 'settings-differ',
    message: `${name}: ${listOf([...values], usual)}`,
    advice: 'start all nodes with the same options, unless that is on purpose (weights for memory)',
  }));
};

function hasSettings({ settings: own }: NodeFacts): boolean {
  return own.size > 0;
}

/** `1 on a, b; 2 on c`; a value that most have without its nodes. */
function listOf(values: readonly (readonly [node: string, value: string])[], usual?: string): string {
  const byValue = new Map<string, string[]>();
  for (const [node, value] of values) byValue.set(value, [...(byValue.get(value) ?? []), node]);
  return [...byValue]
    .map(
      ([value, nodes]) =>
        `${value} on ${value === usual && nodes.length > 1 ? `${nodes.length} nodes` : nodes.join(', ')}`,
    )
    .join('; ');
}
