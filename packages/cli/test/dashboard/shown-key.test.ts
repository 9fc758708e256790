import { expect, test } from 'vitest';
import { shownKey } from '../../src/dashboard/shown-key.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

test.each([
  ['user:1', 'user:1'],
  ['with blanks', 'with blanks'],
  [bytes('größe'), 'größe'],
  ['a\r\nb', String.raw`a\x0d\x0ab`],
  ['\u001B[31mred', String.raw`\x1b[31mred`],
  ['\u00FF\u00FEab', String.raw`\xff\xfeab`],
  [bytes('a\u202Eb'), String.raw`a\xe2\x80\xaeb`],
  ['<script>', '<script>'],
])('the key %j is shown as %j', (key, shown) => {
  expect(shownKey(key)).toBe(shown);
});
