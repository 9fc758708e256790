/** What each route of the proxy promises in docs/proxy.md, as checks of a history. */
import { checkKeys, type KeyReport, type KeyRules } from '../../check/check-keys.ts';
import { asCopies } from '../../check/copies.ts';
import { withFills } from '../../check/fills.ts';
import type { InOrder } from '../../check/order.ts';
import { isUnwell, markForeign, onFirstRoute, type Unwell } from '../../check/unwell.ts';
import type { Operation } from '../../history.ts';
import { isCounterKey } from '../../plan.ts';
import type { Strikes } from './plan.ts';

/** What is known of a run. */
export interface RouteFacts {
  readonly strikes: Strikes;
  /** The route of a node, `host:port`. */
  readonly routeOf: (node: string) => 0 | 1;
  /** The number of what the warm cluster had of a key. */
  readonly warmOf: (key: string) => number;
  /** When the first route may have failed. */
  readonly unwell: readonly Unwell[];
  readonly rules: Omit<KeyRules, 'rule'>;
}

type Keys = ReadonlyMap<string, readonly Operation[]>;
type Check = (keys: Keys, facts: RouteFacts) => KeyReport;

/** The caller of reads after the first route was lost. */
export const survivor = 'survivor';
/** The callers that speak to the nodes of one route. */
export const directCallers = ['direct 0', 'direct 1'] as const;

function mapped(keys: Keys, change: (operations: readonly Operation[]) => Operation[]): Keys {
  return new Map([...keys].map(([key, operations]) => [key, change(operations)]));
}

/** Without what happened to the second route. */
function ofFirst(keys: Keys, { routeOf }: RouteFacts): Keys {
  return mapped(keys, (list) =>
    list.filter(
      ({ caller, node, verb }) => caller !== directCallers[1] && (verb !== 'wipe' || routeOf(node ?? '') === 0),
    ),
  );
}

/** Each key has one route, which is a fleet. */
export const plain: Check = (keys, { rules }) => checkKeys(keys, { ...rules, rule: 'M1' });

/** The second route has no part in what callers see. */
export const first: Check = (keys, facts) => checkKeys(ofFirst(keys, facts), { ...facts.rules, rule: 'M9' });

/** While the first route is well, it is a fleet of its own. */
export const failover: Check = (keys, facts) => {
  const seen = mapped(ofFirst(keys, facts), (list) => onFirstRoute(list, facts.unwell));
  return checkKeys(seen, { ...facts.rules, rule: 'M9' });
};

function routeOfCaller(caller: string): 0 | 1 | undefined {
  if (caller === directCallers[0]) return 0;
  return caller === directCallers[1] || caller === survivor ? 1 : undefined;
}

/** Both routes have what was acknowledged. With `isAsync`, the first has; reads may be of any with `isRace`. */
export function replicate(isRace: boolean, isAsync: boolean): Check {
  return (keys, facts) => {
    const { routeOf, rules, unwell } = facts;
    const mayReadAny = (get: Operation): boolean => isRace || isUnwell(get, unwell);
    const copies = mapped(keys, (list) => asCopies(markForeign(list, unwell), { routeOf, mayReadAny, routeOfCaller }));
    if (!isAsync) return checkKeys(copies, { ...rules, rule: 'M8', hasTwoCopies: true });
    const firsts = mapped(copies, (list) => list.filter(({ replica }) => replica === 0));
    return checkKeys(firsts, { ...rules, rule: 'M8', hasTwoCopies: true });
  };
}

/** Calls behind one that may wait for a copy have no order. */
const behindWrites: InOrder = ({ verb }) => verb === 'set' || verb === 'delete';

/**
 * The cold cluster and the warm one are one fleet, but for copies that a delete in progress meets. Where nodes fail, an
 * item of the warm cluster may be there, or not, as long as nothing newer is on the cold one.
 */
export const warmUp: Check = (keys, facts) => {
  const { rules, strikes, warmOf } = facts;
  const isStrict = strikes === 'none' || strikes === 'clients';
  const seen = new Map(
    [...ofFirst(keys, facts)].map(([key, list]) => [key, isCounterKey(key) ? list : withFills(list, warmOf(key))]),
  );
  return checkKeys(seen, { ...rules, keepsOrder: behindWrites, rule: 'M9', ...(isStrict ? {} : { warm: warmOf }) });
};
