/** M1, M2 and M5: each key of a fleet is a register or a counter, in the order of the calls. */
import type { Operation } from '../history.ts';
import type { Problem, Rule } from '../problem.ts';
import { coalesced } from './coalesced.ts';
import { counterOf } from './counter.ts';
import { linearize, type Verdict } from './linearize.ts';
import type { Model } from './model.ts';
import { callOrder, type InOrder } from './order.ts';
import { registerOf } from './register.ts';
import { ofReplicas, type ReplicaAge } from './replicas.ts';
import { withRollbacks } from './rollbacks.ts';
import { markStaleTokens } from './stale-tokens.ts';
import { twice } from './twice.ts';

/** How strict it is. */
export interface KeyRules {
  /** The rule of registers: M1, or that of the mode. */
  readonly rule: Rule;
  /** Items may go at any time: memory is short. */
  readonly canEvict: boolean;
  /** Gets may join others. */
  readonly coalesces?: boolean;
  /** A touch gives an item another cas token. */
  readonly touchesCount?: boolean;
  /** Gets are retried: they may come behind later writes. */
  readonly areGetsRetried?: boolean;
  /** Nodes refuse calls that they may execute later: gets may come before earlier writes as well. */
  readonly areGetsUnordered?: boolean;
  /** How old what a replica returns may be. */
  readonly replicas?: ReplicaAge;
  /** Calls of one caller take effect in the order in which they are made: all, none, or the pairs of the function. */
  readonly keepsOrder: boolean | InOrder;
  /** Two copies of each item: operations say which one they concern. */
  readonly hasTwoCopies?: boolean;
  /** An item that may be there wherever there is none: the number of its write. */
  readonly warm?: (key: string) => number | undefined;
}

/** What was found, and how much was given up. */
export interface KeyReport {
  readonly problems: readonly Problem[];
  readonly checked: number;
  readonly undecided: number;
}

function isCounter(operations: readonly Operation[]): boolean {
  return operations.some(({ verb }) => verb === 'incr');
}

function modelOf(operations: readonly Operation[], { canEvict, hasTwoCopies, warm }: KeyRules): Model<unknown> {
  const one = (
    isCounter(operations) ? counterOf(canEvict) : registerOf(operations, canEvict, warm?.(operations[0]?.key ?? ''))
  ) as Model<unknown>;
  return hasTwoCopies === true ? twice(one) : one;
}

function search(operations: readonly Operation[], rules: KeyRules, keepsOrder: KeyRules['keepsOrder']): Verdict {
  const { areGetsRetried, areGetsUnordered } = rules;
  const isInOrder = keepsOrder === true ? undefined : keepsOrder;
  const before =
    isInOrder === false ? undefined : callOrder(operations, { areGetsRetried, areGetsUnordered, isInOrder });
  const model = modelOf(operations, rules);
  return operations.some(({ verb }) => verb === 'rollback')
    ? linearize(operations, withRollbacks(model, operations), before)
    : linearize(operations, model, before);
}

/** Checks the history of each key by itself. */
export function checkKeys(keys: ReadonlyMap<string, readonly Operation[]>, rules: KeyRules): KeyReport {
  const problems: Problem[] = [];
  let checked = 0;
  let undecided = 0;
  for (const [key, all] of keys) {
    const evidence = markStaleTokens(all.filter(isEvidence), rules.touchesCount === true);
    const shared = rules.coalesces === true ? coalesced(evidence) : evidence;
    const operations = rules.replicas === undefined ? shared : ofReplicas(shared, rules.replicas);
    if (operations.length === 0) continue;
    checked++;
    const { keepsOrder } = rules;
    const verdict = search(operations, rules, keepsOrder);
    if (verdict.isUndecided) undecided++;
    const { culprit } = verdict;
    if (culprit === undefined) continue;
    // Right but for the order of the calls?
    const isOrder = keepsOrder !== false && search(operations, rules, false).isLinearizable;
    problems.push({
      rule: isOrder ? 'M5' : ruleOf(operations, rules),
      key,
      at: culprit.endAt,
      message: messageOf(culprit, verdict, isOrder),
    });
  }
  return { problems, checked, undecided };
}

function ruleOf(operations: readonly Operation[], rules: KeyRules): Rule {
  const others = operations.filter(({ isOfReplica }) => isOfReplica !== true);
  if (others.length < operations.length && search(others, rules, rules.keepsOrder).isLinearizable) return 'C3';
  if (operations.some(({ verb }) => verb === 'rollback')) return 'C2';
  return rules.rule === 'M1' && isCounter(operations) ? 'M2' : rules.rule;
}

/** Failed calls had no effect (G2 checks that), and reads without a reply show nothing. */
function isEvidence({ fate, verb }: Operation): boolean {
  return fate === 'done' || (fate === 'open' && verb !== 'get');
}

function messageOf(culprit: Operation, verdict: Verdict, isOrder: boolean): string {
  const { caller, id, verb, result } = culprit;
  const got = JSON.stringify(result);
  const possible = (verdict.possible ?? []).slice(0, 5).join(' or ');
  const why = isOrder ? 'in the order of the calls the item was' : 'the item was';
  return `${verb} ${id} of ${caller} returned ${got}, but ${why} ${possible}`;
}
