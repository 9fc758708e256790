import { expect, test } from 'vitest';
import { PollingSource } from '../../src/cluster/discovery/polling-source.ts';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { NoNodesError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Found, settled } from './support.ts';

type Answer = string | Error | Promise<string>;

function started(answers: Answer[], fields: { interval?: number; random?: () => number } = {}) {
  const clock = new FakeClock();
  const found = new Found();
  const questions: number[] = [];
  const signals: AbortSignal[] = [];
  const source = new PollingSource(
    async (signal) => {
      questions.push(clock.now());
      signals.push(signal);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return parseNodes((await answer).split(' ').filter((part) => part !== ''));
    },
    'the oracle',
    { clock, interval: fields.interval ?? 60_000, timeout: 5000, random: fields.random ?? (() => 0.5) },
  );
  source.start(found);
  return { clock, found, questions, signals, source };
}

test('gives the first list and every later one', async () => {
  const { clock, found } = started(['a b', 'a b c', 'b a c']);
  await settled();
  expect(found.lists).toEqual([['a:11211', 'b:11211']]);
  for (let i = 0; i < 2; i++) {
    clock.advance(60_000);
    await settled();
  }
  expect(found.lists.slice(1)).toEqual([
    ['a:11211', 'b:11211', 'c:11211'],
    ['b:11211', 'a:11211', 'c:11211'],
  ]);
  expect(found.errors).toEqual([]);
});

test('an interval of 0 sends requests until there is a result, and none after it', async () => {
  const { clock, found } = started([new Error('not yet'), 'a'], { interval: 0 });
  await settled();
  expect(found.errors).toEqual(['the oracle failed: not yet']);
  clock.advance(2000);
  await settled();
  expect(found.lists).toEqual([['a:11211']]);
  expect(clock.timers).toBe(0);
});

test('an unusable list is an error, and the next one is requested', async () => {
  const { clock, found, questions } = started(['a', 'b', 'a c']);
  await settled();
  found.refuses = 'b:11211';
  clock.advance(60_000);
  await settled();
  expect(found.errors).toEqual(['the oracle failed: no place for b:11211']);
  clock.advance(2000);
  await settled();
  expect(questions).toHaveLength(3);
  expect(found.lists).toEqual([['a:11211'], ['a:11211', 'c:11211']]);
});

test('an empty result is an error, and the previous list stays', async () => {
  const { clock, found } = started(['a', '', 'a']);
  await settled();
  clock.advance(60_000);
  await settled();
  expect(found.errors).toEqual(['the oracle returned an empty list']);
  clock.advance(1000);
  await settled();
  expect(found.lists).toEqual([['a:11211'], ['a:11211']]);
});

test('errors of our own classes are passed on as they are', async () => {
  const error = new NoNodesError('nobody home');
  const { found } = started([error]);
  await settled();
  expect(found.failures).toEqual([error]);
});

test('waits longer and longer after failures, up to 30 s', async () => {
  const { clock, questions } = started([new Error('down')]);
  for (let i = 0; i < 7; i++) {
    await settled();
    clock.advance(30_000 * (i < 5 ? 2 ** (i - 5) : 1) * (1 / 0.9375));
  }
  await settled();
  const waits = questions.slice(1).map((at, i) => at - questions[i]!);
  expect(waits.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(waits[5]).toBe(30_000);
});

test('the interval is spread by 10 %', async () => {
  const random = [0, 1];
  const { clock, questions } = started(['a'], { random: () => random.shift()! });
  await settled();
  clock.advance(54_000);
  await settled();
  clock.advance(66_000);
  await settled();
  expect(questions).toEqual([1000, 55_000, 121_000]);
});

test('a reply that takes too long is a failure, and is ignored when it comes', async () => {
  let answer!: (list: string) => void;
  const late = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const { clock, found, signals } = started([late, 'b']);
  clock.advance(5000);
  expect(found.errors).toEqual(['the oracle did not respond within 5000 ms']);
  expect(signals[0]!.aborted).toBe(true);
  answer('a');
  await settled();
  expect(found.lists).toEqual([]);
  clock.advance(1000);
  await settled();
  expect(found.lists).toEqual([['b:11211']]);
});

test('after stop no request is sent and no listener is called', async () => {
  const { clock, found, questions, signals, source } = started(['a']);
  source.stop();
  await settled();
  clock.advance(600_000);
  expect({ lists: found.lists, questions: questions.length, timers: clock.timers }).toEqual({
    lists: [],
    questions: 1,
    timers: 0,
  });
  expect(signals[0]!.aborted).toBe(true);
});
