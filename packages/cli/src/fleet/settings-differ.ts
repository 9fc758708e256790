/** Settings that differ between the nodes of a fleet. */

/** Those that belong to one node, and those that change by themselves. */
const own: ReadonlySet<string> = new Set([
  'tcpport',
  'udpport',
  'inter',
  'domain_socket',
  'oldest',
  'lru_crawler_tocrawl',
  'num_napi_ids',
]);

/** One setting that is not the same everywhere. */
export interface DifferingSetting {
  readonly name: string;
  /** Node → value; a node that does not know the setting is not in it. */
  readonly values: ReadonlyMap<string, string>;
  /** What most nodes have. */
  readonly usual: string | undefined;
}

/**
 * Compares `stats settings` of the nodes. Left out are settings that only some nodes know, as versions differ in them,
 * and those of single listeners (`host:port:name`).
 */
export function settingsThatDiffer(
  settings: ReadonlyMap<string, ReadonlyMap<string, string>>,
): readonly DifferingSetting[] {
  const names = new Set([...settings.values()].flatMap((values) => [...values.keys()]));
  const differing: DifferingSetting[] = [];
  for (const name of names) {
    if (own.has(name) || name.includes(':')) continue;
    const values = new Map<string, string>();
    for (const [node, known] of settings) {
      const value = known.get(name);
      if (value !== undefined) values.set(node, value);
    }
    if (new Set(values.values()).size > 1) differing.push({ name, values, usual: usualOf(values) });
  }
  return differing;
}

/** Undefined where no value is more frequent than every other. */
function usualOf(values: ReadonlyMap<string, string>): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values.values()) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  return first === undefined || first[1] === second?.[1] ? undefined : first[0];
}
