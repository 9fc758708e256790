import { expect, test } from 'vitest';
import { counterOf } from '../../src/check/counter.ts';
import { linearize } from '../../src/check/linearize.ts';
import type { Model } from '../../src/check/model.ts';
import { callOrder } from '../../src/check/order.ts';
import { registerOf } from '../../src/check/register.ts';
import type { Predecessors } from '../../src/check/search.ts';
import { Draw } from '../../src/draw.ts';
import type { Operation, Result, Verb } from '../../src/history.ts';
import { call, get, set } from '../support/histories.ts';

/** Tries every order, one operation after the other. */
function hasOrder<State>(operations: readonly Operation[], model: Model<State>, before: Predecessors): boolean {
  const from = (state: State, left: readonly Operation[]): boolean => {
    const due = Math.min(...left.map(({ end }) => end));
    if (due === Infinity) return true;
    return left.some((operation) => {
      if (operation.begin > due || before(operation).some((other) => left.includes(other))) return false;
      const rest = left.filter((other) => other !== operation);
      return model.step(state, operation).some((next) => from(next, rest));
    });
  };
  return from(model.initial, operations);
}

const itemVerbs = ['get', 'get', 'get', 'set', 'set', 'add', 'replace', 'append', 'delete', 'cas', 'wipe'] as const;
const countVerbs = ['incr', 'incr', 'incr', 'add', 'delete', 'wipe'] as const;

type Item = readonly number[] | undefined;

/** What a call of a register does to the item, and returns. */
function execute(item: Item, { expected, number = -1, verb }: Operation): { item: Item; result?: Result } {
  if (verb === 'get') return { item, result: { value: item } };
  if (verb === 'wipe') return { item: undefined };
  if (verb === 'delete') return { item: undefined, result: { applied: item !== undefined } };
  const applied =
    verb === 'set' ||
    (verb === 'cas'
      ? item !== undefined && String(item) === String(expected)
      : (item === undefined) === (verb === 'add'));
  if (!applied) return { item, result: { applied } };
  return { item: verb === 'append' ? [...(item ?? []), number] : [number], result: { applied } };
}

/** The same of a counter. */
function count(number: number | undefined, { verb }: Operation): { number: number | undefined; result?: Result } {
  if (verb === 'wipe') return { number: undefined };
  if (verb === 'delete') return { number: undefined, result: { applied: number !== undefined } };
  if (verb === 'add') return { number: number ?? 1, result: { applied: number === undefined } };
  const next = (number ?? 0) + 1;
  return { number: next, result: { count: next } };
}

/** A run of some callers, in which calls overlap, and some have no end. */
function drawHistory(draw: Draw, isCounter: boolean): Operation[] {
  const operations: Operation[] = [];
  const pending: { operation: Operation; result?: Result; hasRun: boolean }[] = [];
  let moment = 0;
  let item: Item;
  let number: number | undefined;
  const most = draw.whole(2, 7);
  while (operations.length < most || pending.length > 0) {
    if (operations.length < most && pending.length < 4 && draw.chance(0.6)) {
      const verb: Verb = draw.pick<Verb>(isCounter ? countVerbs : itemVerbs);
      const begin = ++moment;
      const writes = isCounter
        ? { initial: 1, delta: 1 }
        : { number: begin, ...(verb === 'cas' ? { expected: item ?? [1] } : {}) };
      const operation = call(begin, undefined, { verb, caller: draw.pick(['a', 'b']), ...writes });
      operations.push(operation);
      pending.push({ operation, hasRun: false });
      continue;
    }
    const at = draw.whole(0, pending.length - 1);
    const one = pending[at];
    if (one === undefined) continue;
    const { operation } = one;
    const isWipe = operation.verb === 'wipe';
    if (!one.hasRun) {
      one.hasRun = true;
      if (!isWipe && draw.chance(0.15)) continue;
      const came = isCounter ? count(number, operation) : execute(item, operation);
      if ('item' in came) ({ item } = came);
      else ({ number } = came);
      if (came.result !== undefined) one.result = came.result;
      continue;
    }
    pending.splice(at, 1);
    if (!isWipe && (one.result === undefined || draw.chance(0.1))) continue;
    Object.assign(operation, { end: ++moment, endAt: moment, fate: 'done', result: one.result });
  }
  return operations.filter(({ fate, verb }) => fate === 'done' || verb !== 'get');
}

/** Half of the histories get a result that may be wrong. */
function spoil(draw: Draw, operations: readonly Operation[]): void {
  const operation = draw.pick(operations);
  const { result } = operation;
  if (result === undefined || draw.chance(0.5)) return;
  if ('count' in result) operation.result = { count: draw.whole(1, 3) };
  else if ('applied' in result) operation.result = { applied: !result.applied };
  else operation.result = { value: draw.chance(0.3) ? undefined : [draw.whole(1, 9)] };
}

test('the search finds an order where there is one, and none where there is none', () => {
  const found = { yes: 0, no: 0 };
  const wrong: string[] = [];
  for (let seed = 0; seed < 600; seed++) {
    const draw = new Draw(seed, 'histories');
    const isCounter = draw.chance(0.3);
    const operations = drawHistory(draw, isCounter);
    if (operations.length === 0) continue;
    spoil(draw, operations);
    const before: Predecessors | undefined = draw.chance(0.4)
      ? callOrder(operations, { areGetsRetried: draw.chance(0.5) })
      : undefined;
    const canEvict = draw.chance(0.2);
    const check = <State>(model: Model<State>): void => {
      const expected = hasOrder(operations, model, before ?? (() => []));
      found[expected ? 'yes' : 'no']++;
      if (linearize(operations, model, before).isLinearizable !== expected)
        wrong.push(`seed ${seed}: ${JSON.stringify(operations)}`);
    };
    if (isCounter) check(counterOf(canEvict));
    else check(registerOf(operations, canEvict));
  }
  expect(wrong).toEqual([]);
  expect(found.yes).toBeGreaterThan(100);
  expect(found.no).toBeGreaterThan(100);
});

/** So many overlapping writes, and as many reads that overlap all of them. */
function burst(count: number): Operation[] {
  const writes = Array.from({ length: count }, (_, at) => set(1 + at, 200 + at, at, { caller: `c${at}` }));
  const reads = Array.from({ length: count }, (_, at) => get(100 + at, 300 + at, [at], { caller: `r${at}` }));
  return [...writes, ...reads];
}

test('a history with a burst of overlapping writes is decided', () => {
  const right = burst(60);
  expect(linearize(right, registerOf(right))).toEqual({ isLinearizable: true, isUndecided: false });
});

test('of two values that are read after a burst, one after the other, one is wrong', () => {
  const wrong = [...burst(8), get(400, 401, [3]), get(402, 403, [5])];
  expect(linearize(wrong, registerOf(wrong))).toMatchObject({ isLinearizable: false, isUndecided: false });
});
