import { beforeEach, expect, test } from 'vitest';
import { Ledger } from '../src/ledger.ts';
import { Tally } from '../src/tally.ts';

const key = 'views';
let ledger: Ledger;
let tally: Tally;

beforeEach(() => {
  ledger = new Ledger();
  tally = new Tally(ledger);
});

test('calls that count one after the other get one more each time', () => {
  const first = tally.count(key);
  expect(tally.counted(first, first.initial)).toBeUndefined();
  expect(tally.counted(tally.count(key), first.initial + 1)).toBeUndefined();
  expect(tally.counted(tally.count(key), first.initial + 2)).toBeUndefined();
});

test('two calls that get the same number are noticed', () => {
  const first = tally.count(key);
  tally.counted(first, first.initial);
  const [one, two] = [tally.count(key), tally.count(key)];
  expect(tally.counted(one, first.initial + 1)).toBeUndefined();
  expect(tally.counted(two, first.initial + 1)?.problem).toBe('two calls counted to 1');
});

test('a counter that was lost is made anew by a later call, and its old self must not come back', () => {
  const first = tally.count(key);
  tally.counted(first, first.initial);
  const second = tally.count(key);
  expect(tally.counted(second, second.initial)).toBeUndefined();
  expect(tally.counted(tally.count(key), first.initial + 1)?.problem).toMatch(/stale/);
});

test('a number that no call can have made is noticed', () => {
  const first = tally.count(key);
  tally.counted(first, first.initial);
  expect(tally.counted(tally.count(key), first.initial + 7)?.problem).toBe('was counted 7 times by 2 calls');
  expect(tally.counted(tally.count(key), 41)?.problem).toMatch(/never written/);
});

test('the call that makes the counter gets its initial value, exactly', () => {
  const first = tally.count(key);
  expect(tally.counted(first, first.initial + 1)?.problem).toMatch(/1 more than its initial value/);
});

test('a read gives at least what was counted before it began', () => {
  const first = tally.count(key);
  tally.counted(first, first.initial);
  const early = ledger.begin();
  tally.counted(tally.count(key), first.initial + 1);
  expect(tally.read(key, first.initial, early)).toBeUndefined();
  expect(tally.read(key, first.initial, ledger.begin())?.problem).toMatch(/was at 0 after/);
  expect(tally.read(key, first.initial + 1, ledger.begin())).toBeUndefined();
  expect(tally.read(key, Number('x'), ledger.begin())?.problem).toBe('is no counter');
});

test('a call whose reply was lost may have counted', () => {
  const first = tally.count(key);
  tally.counted(first, first.initial);
  tally.count(key);
  expect(tally.counted(tally.count(key), first.initial + 2)).toBeUndefined();
});
