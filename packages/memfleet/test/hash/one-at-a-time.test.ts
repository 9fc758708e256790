import { expect, test } from 'vitest';
import { oneAtATime } from '../../src/hash/one-at-a-time.ts';

test.each([
  ['', '0'],
  ['a', 'ca2e9442'],
  ['foo', '238678dd'],
  ['hello', 'c8fd181b'],
  ['key', 'e9806307'],
  ['key1', 'bef4dc2c'],
  ['user:1', 'a556ff4b'],
  ['test', '3f75ccc1'],
])('one-at-a-time of %j is %s', (key, hex) => {
  expect(oneAtATime(key).toString(16)).toBe(hex);
});

test('one-at-a-time extends the sign of bytes from 0x80 on, as signed char does on x86', () => {
  expect(oneAtATime(Buffer.from('héllo').toString('latin1')).toString(16)).toBe('5bd53431');
});
