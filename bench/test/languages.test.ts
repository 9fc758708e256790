/** Requests to programs in other languages, their replies, and the message for those that a machine does not have. */
import { describe, expect, test } from 'vitest';
import type { Medians } from '../src/client/result.ts';
import { judge } from '../src/client/target.ts';
import { workloadNamed } from '../src/client/workload.ts';
import { parseReply, requestLine } from '../src/languages/foreign-contestant.ts';
import { foreignPrograms, skippedBecause } from '../src/languages/foreign-programs.ts';

test('a request is the operation, the calls in flight and the times', () => {
  const times = { warmUp: 250, measure: 500, serverPids: [] };
  expect(requestLine(workloadNamed('get100-256'), times)).toBe('get 256 250 500\n');
  expect(requestLine(workloadNamed('getarray100-1'), times)).toBe('getArray 1 250 500\n');
});

test('a reply has the calls and the seconds; an error of the program, or another line, is thrown', () => {
  expect(parseReply('{"calls":10,"seconds":0.5,"cpu":0.25}')).toEqual({ calls: 10, seconds: 0.5, cpu: 0.25 });
  expect(parseReply('{}')).toEqual({});
  expect(() => parseReply('{"error":"a wrong value"}')).toThrow('a wrong value');
  expect(() => parseReply('Segmentation fault')).toThrow('printed "Segmentation fault"');
});

test('a client that is missing is named, with the reason and the command that installs it', () => {
  const [gomemcache] = foreignPrograms.filter(({ name }) => name === 'gomemcache');
  expect(skippedBecause(gomemcache as (typeof foreignPrograms)[number], 'there is no go')).toBe(
    'gomemcache (there is no go): sudo apt-get install --no-install-recommends golang-go golang-github-bradfitz-gomemcache-dev',
  );
});

describe('targets', () => {
  const medians: Medians = { rate: 1, cpu: 1, serverCpu: 1, p50: 1, p99: 1, resident: 1 };
  const spread = (median: number) => ({ median, min: median, max: median });

  test('of many gets at once bound the CPU as a share of that of the other', () => {
    const line = {
      workload: 'get100-256',
      other: 'gomemcache',
      rounds: 1,
      rateRatio: spread(10),
      p50Ratio: spread(Number.NaN),
      ours: medians,
      theirs: medians,
      noisyPairs: 0,
    };
    expect(judge([{ ...line, cpuRatio: spread(10) }])).toMatchObject([
      { wanted: '≤0.15×', measured: '0.10× CPU', isReached: true },
    ]);
    expect(judge([{ ...line, cpuRatio: spread(5) }])).toMatchObject([{ measured: '0.20× CPU', isReached: false }]);
  });
});
