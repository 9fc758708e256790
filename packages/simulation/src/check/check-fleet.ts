/** What must hold for the keys of a fleet of memcached nodes, by its `failure` mode. */
import type { Operation } from '../history.ts';
import type { Problem } from '../problem.ts';
import { checkKeys, type KeyReport, type KeyRules } from './check-keys.ts';
import { byNode, checkHome, type Ejection, overlaps, withoutEjected } from './ejections.ts';
import { inBoth, without } from './order.ts';

/** What is known of the run. */
export interface FleetFacts {
  readonly failure: 'fail' | 'miss' | 'redistribute';
  /** All nodes, `host:port`. */
  readonly nodes: readonly string[];
  /** The home of a key, `host:port`. */
  readonly homeOf: (key: string) => string | undefined;
  readonly ejections: readonly Ejection[];
  readonly timeout: number;
  readonly rules: Omit<KeyRules, 'rule'>;
}

type Keys = ReadonlyMap<string, readonly Operation[]>;

const checks: Readonly<Record<FleetFacts['failure'], (keys: Keys, facts: FleetFacts) => KeyReport>> = {
  fail: (keys, { rules }) => checkKeys(keys, { ...rules, rule: 'M1' }),
  miss(keys, { ejections, homeOf, rules }) {
    const known = [...keys].map(([key, list]) => [key, withoutEjected(list, homeOf(key), ejections)] as const);
    return checkKeys(new Map(known), { ...rules, rule: 'M3' });
  },
  redistribute(keys, { ejections, homeOf, nodes, rules, timeout }) {
    const problems: Problem[] = [];
    const parts = new Map<string, readonly Operation[]>();
    for (const [key, list] of keys) {
      problems.push(...checkHome(list, homeOf(key), ejections, 2 * timeout));
      for (const [node, part] of byNode(list, nodes)) parts.set(`${key} on ${node}`, part);
    }
    const inOrder = without((caller, beginAt, endAt) =>
      ejections.some((each) => overlaps({ beginAt, caller, endAt }, each, 2 * timeout)),
    );
    const report = checkKeys(parts, { ...rules, keepsOrder: inBoth(rules.keepsOrder, inOrder), rule: 'M4' });
    return { ...report, problems: [...problems, ...report.problems] };
  },
};

/** Checks the history of each key. */
export function checkFleet(keys: Keys, facts: FleetFacts): KeyReport {
  return checks[facts.failure](keys, facts);
}
