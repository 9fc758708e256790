import { ConnectError } from 'memfleet';
import { expect, test, vi } from 'vitest';
import { OutageLog } from '../src/outage-log.ts';

const refused = new ConnectError('cannot connect to b:1', { cause: new Error('connect ECONNREFUSED') });

test('an outage has its times, its reason, and the calls that failed because of it', () => {
  vi.useFakeTimers();
  try {
    let now = 1;
    let failures = 10;
    const log = new OutageLog(
      () => now,
      () => failures,
      1000,
    );
    log.stopped('b:1');
    now = 2;
    log.ejected('b:1', refused, 4000);
    now = 3;
    log.ejected('b:1', refused, 8000);
    log.restarted('b:1');
    failures = 25;
    now = 4;
    log.readmitted('b:1');
    failures = 27;
    vi.advanceTimersByTime(1000);
    failures = 99;
    log.end();
    expect(log.outages).toEqual([
      {
        node: 'b:1',
        stoppedAt: 1,
        ejectedAt: 2,
        ejectedFor: 4,
        reason: 'connect ECONNREFUSED',
        ejections: 2,
        restartedAt: 3,
        readmittedAt: 4,
        failedCalls: 17,
      },
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('a node is down until it was restarted, and back until it was readmitted', () => {
  const log = new OutageLog(
    () => 5,
    () => 0,
    0,
  );
  const stages = [log.stageOf('b:1')];
  for (const change of [() => log.stopped('b:1'), () => log.restarted('b:1'), () => log.readmitted('b:1')]) {
    change();
    stages.push(log.stageOf('b:1'));
  }
  expect(stages).toEqual([undefined, 'down', 'back', undefined]);
});

test('a node that is ejected without having been stopped has an outage of its own, and the next one is another', () => {
  const log = new OutageLog(
    () => 5,
    () => 0,
    0,
  );
  log.ejected('a:1', refused, 4000);
  log.readmitted('a:1');
  log.stopped('a:1');
  log.end();
  expect(log.outages.map(({ stoppedAt, ejectedAt }) => [stoppedAt, ejectedAt])).toEqual([
    [undefined, 5],
    [5, undefined],
  ]);
});
