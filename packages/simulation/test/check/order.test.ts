/** M5 where the order of some calls is not promised: breaches by hand. */
import { expect, test } from 'vitest';
import { checkFleet } from '../../src/check/check-fleet.ts';
import { checkKeys, type KeyRules } from '../../src/check/check-keys.ts';
import { inListOrder } from '../../src/check/lists.ts';
import { betweenReloads, bothAre, inBoth, type InOrder } from '../../src/check/order.ts';
import type { Operation } from '../../src/history.ts';
import { warmUp } from '../../src/scenarios/routes/checks.ts';
import { get, set } from '../support/histories.ts';

/** The rules that the history of one key breaks. */
function broken(operations: readonly Operation[], keepsOrder: boolean | InOrder): string[] {
  const rules: KeyRules = { rule: 'M1', canEvict: false, keepsOrder };
  return checkKeys(new Map([['k', operations]]), rules).problems.map(({ rule }) => rule);
}

/** Two sets without a wait between them, and a read of the first. */
const swapped = [set(10, 20, 7), set(11, 21, 8), get(30, 31, [7])];

test('two calls in the wrong order break M5, unless a reload of the proxy came between their begin and end', () => {
  const reload = (from: number, to: number): string[] => broken(swapped, betweenReloads([{ from, to }]));
  expect(reload(1, 2)).toEqual(['M5']);
  expect(reload(22, 23)).toEqual(['M5']);
  expect(reload(1, Infinity)).toEqual([]);
  expect(reload(15, 16)).toEqual([]);
});

test('two calls in the wrong order break M5, unless the list of their client was replaced meanwhile', () => {
  const homeOf = (): string => 'n1';
  const changed = (caller: string, from: number): string[] =>
    broken(
      swapped,
      inListOrder([
        { caller: 'a', from: 0, homeOf },
        { caller, from, homeOf },
      ]),
    );
  expect(changed('a', 5)).toEqual(['M5']);
  expect(changed('a', 25)).toEqual(['M5']);
  expect(changed('a', 15)).toEqual([]);
  expect(changed('b', 15)).toEqual(['M5']);
});

test('with redistribute, two calls in the wrong order break M5, unless their client had a node ejected', () => {
  const ejected = (from: number, to: number, caller = 'a'): string[] =>
    checkFleet(new Map([['k', swapped.map((operation) => ({ ...operation, node: 'n1' }))]]), {
      failure: 'redistribute',
      nodes: ['n1', 'n2'],
      homeOf: () => 'n1',
      ejections: [{ caller, node: 'n2', from, to }],
      timeout: 100,
      rules: { canEvict: false, keepsOrder: true },
    }).problems.map(({ rule }) => rule);
  expect(ejected(15, 16)).toEqual([]);
  expect(ejected(-300, -200)).toEqual(['M5']);
  expect(ejected(-300, -190)).toEqual([]);
  expect(ejected(15, 16, 'b')).toEqual(['M5']);
});

test('a call follows the last one before it with which it has an order', () => {
  const among = (numbers: readonly number[]): string[] =>
    broken(
      [...swapped.slice(0, 2), get(12, 40, [7])],
      bothAre(({ number = 7 }) => numbers.includes(number)),
    );
  expect(among([7, 8])).toEqual(['M5']);
  expect(among([8])).toEqual([]);
  // The read is behind 8 and 7; without 8 it is right.
  expect(among([7])).toEqual([]);
  expect(
    broken(
      [set(10, 20, 7), set(11, 21, 8), get(12, 40)],
      bothAre(({ number }) => number !== 8),
    ),
  ).toEqual(['M5']);
});

test('orders may be narrowed together', () => {
  const never: InOrder = () => false;
  const always: InOrder = () => true;
  expect(inBoth(false, always)).toBe(false);
  expect(broken(swapped, inBoth(true, always))).toEqual(['M5']);
  expect(broken(swapped, inBoth(always, always))).toEqual(['M5']);
  expect(broken(swapped, inBoth(always, never))).toEqual([]);
  expect(broken(swapped, inBoth(never, always))).toEqual([]);
});

test('on a warm-up route, calls behind a set or a delete have an order, and those behind others have none', () => {
  const check = (operations: readonly Operation[]): string[] =>
    warmUp(new Map([['k', operations]]), {
      strikes: 'none',
      routeOf: () => 0,
      warmOf: () => 1000,
      unwell: [],
      rules: { canEvict: false, keepsOrder: true },
    }).problems.map(({ rule }) => rule);
  expect(check(swapped)).toEqual(['M5']);
  expect(check([set(1, 2, 6), get(10, 20, [8]), set(11, 21, 8)])).toEqual([]);
});
