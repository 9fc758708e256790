import { expect, test } from 'vitest';
import { RecentLog } from '../../src/dashboard/recent-log.ts';

const line = (fields: object): string =>
  JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.000Z', pid: 1, message: 'm', ...fields });
const at = Date.parse('2026-01-02T03:04:05.000Z');

test('a line has its time, its level, its message, and its other fields as text', () => {
  const log = new RecentLog();
  log.add(line({ level: 'warn', message: 'node ejected', node: 'a:1', duration: 40, nodes: ['a', 'b'] }));
  expect(log.takeNew()).toEqual([
    { at, level: 'warn', message: 'node ejected', fields: 'node=a:1 duration=40 nodes=["a","b"]' },
  ]);
});

test('a line is reported as new once, and kept from then on', () => {
  const log = new RecentLog();
  log.add(line({ message: 'one' }));
  expect(log.takeNew().map(({ message }) => message)).toEqual(['one']);
  expect(log.takeNew()).toEqual([]);
  log.add(line({ message: 'two' }));
  expect(log.taken(at).map(({ message }) => message)).toEqual(['one']);
  expect(log.takeNew().map(({ message }) => message)).toEqual(['two']);
  expect(log.taken(at).map(({ message }) => message)).toEqual(['one', 'two']);
});

test('what is kept is bounded: 500 lines, 15 minutes, 2000 characters of a message and of fields', () => {
  const log = new RecentLog();
  for (let index = 0; index < 700; index++) log.add(line({ message: String(index), long: 'x'.repeat(10_000) }));
  const all = log.takeNew();
  expect([all.length, all[0]?.message, all[0]?.fields.length]).toEqual([500, '200', 2000]);
  expect(log.taken(at)).toHaveLength(500);
  expect(log.taken(at + 15 * 60_000)).toEqual([]);
});

test('text that is not a line of the log is left out', () => {
  const log = new RecentLog();
  log.add('nonsense');
  expect(log.takeNew()).toEqual([]);
});
