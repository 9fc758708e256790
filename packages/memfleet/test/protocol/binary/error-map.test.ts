import { describe, expect, test } from 'vitest';
import { isTemporary, parseErrorMap } from '../../../src/protocol/binary/error-map.ts';

describe('the error map of a node', () => {
  test('is read by hexadecimal code; entries that are none are left out', () => {
    const errors = {
      '1': { name: 'KEY_ENOENT', desc: 'Not Found', attrs: ['item-only'] },
      f0: { name: 'NEW', attrs: ['retry-later', 7] },
      xyz: { name: 'NO_CODE', attrs: [] },
      '2': { name: 'NO_ATTRS' },
      '3': null,
    };
    expect(parseErrorMap(JSON.stringify({ version: 2, revision: 9, errors }))).toEqual(
      new Map([
        [1, { name: 'KEY_ENOENT', attributes: ['item-only'] }],
        [0xf0, { name: 'NEW', attributes: ['retry-later'] }],
      ]),
    );
  });

  test.each(['', '<html>', 'null', '[]', '{"errors":7}'])('%j is not an error map', (text) => {
    expect(parseErrorMap(text)?.size ?? 0).toBe(0);
  });

  test('says of new statuses that they are temporary', () => {
    const map = new Map([
      [0xf0, { name: 'NEW', attributes: ['temp', 'retry-later'] }],
      [0xf1, { name: 'NEWER', attributes: ['support'] }],
    ]);
    expect([0xf0, 0xf1, 0xf2].map((code) => isTemporary(code, map))).toEqual([true, false, false]);
  });

  test('busy, temporary failure and out of memory are temporary without a map; not my vBucket is not', () => {
    expect([0x82, 0x85, 0x86, 0x09].every((code) => isTemporary(code))).toBe(true);
    expect([0x01, 0x02, 0x07, 0x20, 0x81].some((code) => isTemporary(code))).toBe(false);
  });
});
