/** Replies to lookups and mutations of parts of documents, also those that no honest node sends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkLookups } from '../../src/client/bucket/lookup-specs.ts';
import { checkMutations } from '../../src/client/bucket/mutation-specs.ts';
import { Command } from '../../src/core/command.ts';
import { MemcacheError, SubDocumentError, UndecodableError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { status } from '../../src/core/status.ts';
import { subStatus } from '../../src/core/sub-status.ts';
import { readLookups, readMutations } from '../../src/couchbase/sub-document-replies.ts';
import { u32Text } from '../../src/protocol/binary/integers.ts';

const command = new Command('packet', 'k');
const lookups = checkLookups(['a', { exists: 'b' }, { count: 'c' }]);
const mutations = checkMutations([{ incr: 'n' }, { set: 'a', value: 1 }]);

function replyOf(body: string, code: number = status.success): Reply {
  const reply = new Reply().reset('ok');
  reply.code = code;
  reply.setText(body);
  return reply;
}

const u16 = (value: number): string => String.fromCharCode(value >>> 8, value & 0xff);
const found = (value: string, code: number = status.success): string => u16(code) + u32Text(value.length) + value;
const counted = (index: number, value: string): string => String.fromCharCode(index) + found(value);

describe('a reply to lookups', () => {
  test('has a value for each path', () => {
    const { pathNotFound, pathMismatch } = subStatus;
    expect(readLookups(lookups, replyOf(found('[1]') + found('') + found('2')), command)).toEqual([[1], true, 2]);
    const missing = found('', pathNotFound) + found('', pathMismatch) + found('', pathNotFound);
    expect(readLookups(lookups, replyOf(missing, subStatus.multiPathFailure), command)).toEqual([
      undefined,
      false,
      undefined,
    ]);
  });

  test.each([
    ['too few values', found('1') + found('')],
    ['too many', found('1') + found('') + found('2') + found('3')],
    ['a length beyond the end', found('1') + found('') + u16(0) + u32Text(0xffff_ffff)],
    ['a head that is cut off', found('1') + found('') + u16(0)],
    ['a value that is no JSON', found('{') + found('') + found('2')],
    ['nothing', ''],
  ])('with %s cannot be decoded', (_, body) => {
    expect(() => readLookups(lookups, replyOf(body), command)).toThrow(UndecodableError);
  });

  test('names the path that failed', () => {
    const body = found('1') + found('', subStatus.notJson) + found('2');
    const read = (): unknown => readLookups(lookups, replyOf(body, subStatus.multiPathFailure), command);
    expect(read).toThrow(SubDocumentError);
    expect(read).toThrow(expect.objectContaining({ index: 1, path: 'b', reason: 'notJson', status: 0xc6 }));
  });
});

describe('a reply to mutations', () => {
  test('has the numbers that were counted', () => {
    expect(readMutations(mutations, replyOf(counted(0, '42')), command)).toEqual([42, undefined]);
    expect(readMutations(mutations, replyOf(''), command)).toEqual([undefined, undefined]);
  });

  test.each([
    ['the index of no change', counted(7, '42'), status.success],
    ['a length beyond the end', `\0${u16(0)}${u32Text(99)}1`, status.success],
    ['a text where a number was expected', counted(0, '"x"'), status.success],
    ['a fraction', counted(0, '1.5'), status.success],
    ['a failure of no change', `\x07${u16(subStatus.pathExists)}`, subStatus.multiPathFailure],
    ['a failure that is cut off', '\0', subStatus.multiPathFailure],
    ['a failure without a change', '', subStatus.multiPathFailure],
  ])('with %s cannot be decoded', (_, body, code) => {
    expect(() => readMutations(mutations, replyOf(body, code), command)).toThrow(UndecodableError);
  });
});

test('any bytes are results, or an error of memfleet', () => {
  const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(body, fc.constantFrom(status.success, subStatus.multiPathFailure), (bytes, code) => {
      for (const read of [
        () => readLookups(lookups, replyOf(bytes, code), command),
        () => readMutations(mutations, replyOf(bytes, code), command),
      ]) {
        try {
          expect(read().length).toBeGreaterThan(1);
        } catch (error) {
          expect(error).toBeInstanceOf(MemcacheError);
        }
      }
    }),
  );
});
