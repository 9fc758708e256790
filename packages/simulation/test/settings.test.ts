import { expect, test } from 'vitest';
import { settingsOf } from '../src/settings.ts';

test('the default is 100 seeds in one process, from a random first seed', () => {
  expect(settingsOf([], 7)).toMatchObject({ first: 7, seeds: 100, jobs: 1, share: { at: 0, of: 1 } });
});

test('the arguments that --jobs appends for a process override those of the command', () => {
  const given = ['--jobs', '2', '--seeds', '50', '--from', '3', '--from', '9', '--jobs', '1', '--share', '1/2'];
  expect(settingsOf(given, 7)).toMatchObject({ first: 9, seeds: 50, jobs: 1, share: { at: 1, of: 2 } });
});
