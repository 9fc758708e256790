import { expect, test } from 'vitest';
import { OutageLog } from '../src/outages.ts';

test('an outage has its times, and the duration of its first ejection', () => {
  let now = 0;
  const log = new OutageLog(() => ++now);
  log.stopped('b:1');
  log.ejected('b:1', 4000);
  log.ejected('b:1', 8000);
  log.restarted('b:1');
  log.readmitted('b:1');
  expect(log.outages).toEqual([
    {
      node: 'b:1',
      stoppedAt: 1,
      ejectedAt: 2,
      ejectedFor: 4,
      ejections: 2,
      restartedAt: 3,
      readmittedAt: 4,
    },
  ]);
});

test('a node is down until it was restarted, and back until it was readmitted', () => {
  const log = new OutageLog(() => 5);
  const stages = [log.stageOf('b:1')];
  for (const change of [() => log.stopped('b:1'), () => log.restarted('b:1'), () => log.readmitted('b:1')]) {
    change();
    stages.push(log.stageOf('b:1'));
  }
  expect(stages).toEqual([undefined, 'down', 'back', undefined]);
});

test('a node that is ejected without having been stopped has an outage of its own, and the next one is another', () => {
  const log = new OutageLog(() => 5);
  log.ejected('a:1', 4000);
  log.readmitted('a:1');
  log.stopped('a:1');
  expect(log.outages.map(({ stoppedAt, ejectedAt }) => [stoppedAt, ejectedAt])).toEqual([
    [undefined, 5],
    [5, undefined],
  ]);
});
