import { expect, test } from 'vitest';
import { Agenda, noOwner, rank } from '../../../src/testing/world/agenda.ts';
import { runAgenda } from '../../../src/testing/world/run-agenda.ts';
import { VirtualClock } from '../../../src/testing/world/virtual-clock.ts';

/** Runs all that is planned. */
async function runAll(agenda: Agenda): Promise<void> {
  const problems: unknown[] = [];
  expect(
    await runAgenda(
      agenda,
      () => false,
      (error) => problems.push(error),
    ),
  ).toBe('nothing left');
  expect(problems).toEqual([]);
}

test('events happen in the order of their time, and time moves to each', async () => {
  const agenda = new Agenda();
  const seen: number[] = [];
  for (const due of [7, 1, 5, 3, 3, 9, 2, 8]) agenda.plan(due, rank.timer, noOwner, () => seen.push(agenda.now));
  await runAll(agenda);
  expect(seen).toEqual([1, 2, 3, 3, 5, 7, 8, 9]);
  expect(agenda.events).toBe(8);
});

test('events of one moment happen by rank, then as they were planned', async () => {
  const agenda = new Agenda();
  const seen: string[] = [];
  const plan = (name: string, of: 0 | 1 | 2): void => void agenda.plan(4, of, noOwner, () => seen.push(name));
  plan('turn', rank.afterTurn);
  plan('read 1', rank.read);
  plan('timer', rank.timer);
  plan('read 2', rank.read);
  await runAll(agenda);
  expect(seen).toEqual(['timer', 'read 1', 'read 2', 'turn']);
});

test('a process that stands still does what is due when it goes on, timers first', async () => {
  const agenda = new Agenda();
  const owner = { isGone: false, standsStillUntil: 100 };
  const seen: string[] = [];
  agenda.plan(20, rank.read, owner, () => seen.push(`read ${agenda.now}`));
  agenda.plan(90, rank.timer, owner, () => seen.push(`timer ${agenda.now}`));
  agenda.plan(50, rank.timer, noOwner, () => seen.push(`other ${agenda.now}`));
  await runAll(agenda);
  expect(seen).toEqual(['other 50', 'timer 100', 'read 100']);
});

test('what a process planned does not happen after its end', async () => {
  const agenda = new Agenda();
  const owner = { isGone: false, standsStillUntil: 0 };
  const seen: string[] = [];
  agenda.plan(1, rank.timer, owner, () => seen.push('before'));
  agenda.plan(2, rank.timer, noOwner, () => {
    owner.isGone = true;
  });
  agenda.plan(3, rank.timer, owner, () => seen.push('after'));
  await runAll(agenda);
  expect(seen).toEqual(['before']);
});

test('promises settle before the next event is taken, so that they can cancel it', async () => {
  const agenda = new Agenda();
  const clock = new VirtualClock(agenda, noOwner, () => 0);
  const seen: string[] = [];
  const later = clock.setTimer(2, () => seen.push('later'));
  clock.setTimer(1, () => {
    void (async () => {
      await Promise.resolve();
      await Promise.resolve();
      later.clear();
    })();
  });
  await runAll(agenda);
  expect(seen).toEqual([]);
  expect(clock.timers).toBe(0);
});

test('thousands of cancelled events leave nothing behind, and do not change the order', async () => {
  const agenda = new Agenda();
  const seen: number[] = [];
  for (let due = 1; due <= 5000; due++) {
    const planned = agenda.plan((due * 7919) % 5003, rank.timer, noOwner, () => seen.push(agenda.now));
    if (due % 10 !== 0) agenda.cancel(planned);
  }
  expect(agenda.plannedBy(noOwner)).toBe(500);
  await runAll(agenda);
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  expect(seen).toHaveLength(500);
});

test('an error in a callback is reported, and the rest happens', async () => {
  const agenda = new Agenda();
  const seen: string[] = [];
  const problems: unknown[] = [];
  agenda.plan(1, rank.timer, noOwner, () => {
    throw new Error('broken');
  });
  agenda.plan(2, rank.timer, noOwner, () => seen.push('next'));
  await runAgenda(
    agenda,
    () => false,
    (error) => problems.push(error),
  );
  expect(problems).toEqual([new Error('broken')]);
  expect(seen).toEqual(['next']);
});

test('the end of a turn comes within 0.05 ms, for all that wait for it', async () => {
  const agenda = new Agenda();
  const clock = new VirtualClock(agenda, noOwner, () => 0.5);
  const seen: string[] = [];
  clock.afterTurn(() => seen.push(`one ${clock.now()}`));
  clock.afterTurn(() => seen.push(`two ${clock.now()}`));
  await runAll(agenda);
  expect(seen).toEqual(['one 0.025', 'two 0.025']);
});
