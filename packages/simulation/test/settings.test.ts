import { expect, test } from 'vitest';
import { settingsOf } from '../src/settings.ts';

test('one process runs 100 seeds from a drawn one where nothing else is said', () => {
  expect(settingsOf([], 7)).toMatchObject({ first: 7, seeds: 100, jobs: 1, share: { at: 0, of: 1 } });
});

test('the arguments that a process of --jobs receives behind those of the command win', () => {
  const given = ['--jobs', '2', '--seeds', '50', '--from', '3', '--from', '9', '--jobs', '1', '--share', '1/2'];
  expect(settingsOf(given, 7)).toMatchObject({ first: 9, seeds: 50, jobs: 1, share: { at: 1, of: 2 } });
});
