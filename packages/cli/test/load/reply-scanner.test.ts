/** The replies that the generator reads. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTable } from '../../src/load/key-table.ts';
import { readSizes } from '../../src/load/load-options.ts';
import { type ReplyEvents, ReplyScanner } from '../../src/load/reply-scanner.ts';
import type { LoadRequest } from '../../src/load/request-source.ts';
import { type Workload, workloadDefaults } from '../../src/load/workload.ts';

const workload = (given: Partial<Workload> = {}): Workload => ({ ...workloadDefaults, ...given });

/** What a scanner tells of these bytes, in pieces. */
function scanned(
  requests: readonly LoadRequest[],
  bytes: Buffer,
  piece: number,
  verify: boolean,
  table: KeyTable,
): string[] {
  const told: string[] = [];
  let at = 0;
  const events: ReplyEvents = {
    awaited: () => requests[at],
    done: (hits, misses) => void told.push(`${requests[at++]?.verb} ${hits}/${misses}`),
    refused: (message) => void (at++, told.push(message)),
    wrong: (message) => void told.push(`wrong: ${message}`),
    lost: (message) => void told.push(`lost: ${message}`),
  };
  const scanner = new ReplyScanner(events, table, verify);
  const chunk = Buffer.alloc(piece);
  for (let from = 0; from < bytes.length; from += piece) {
    const count = bytes.copy(chunk, 0, from, from + piece);
    scanner.read(chunk, count);
    chunk.fill(0x0a);
  }
  return told;
}

describe('replies', () => {
  const table = new KeyTable(workload({ sizes: readSizes('0-300') }));
  const valueOf = (n: number): string =>
    `VALUE ${table.key(n)} ${table.flags(n)} ${table.size(n)}\r\n${table.value(n)}\r\n`;
  const requests: LoadRequest[] = [
    { verb: 'get', n: 1 },
    { verb: 'get', n: 2 },
    { verb: 'mget', n: 3, numbers: [3, 4, 3, 5] },
    { verb: 'set', n: 1 },
    { verb: 'add', n: 1 },
    { verb: 'incr', n: 1 },
    { verb: 'delete', n: 1 },
    { verb: 'touch', n: 1 },
    { verb: 'get', n: 7 },
    { verb: 'get', n: 8 },
  ];
  const bytes = Buffer.from(
    `${valueOf(1)}END\r\nEND\r\n${valueOf(3)}${valueOf(3)}${valueOf(5)}END\r\nSTORED\r\nNOT_STORED\r\n12\r\nNOT_FOUND\r\n` +
      `TOUCHED\r\nSERVER_ERROR out of memory\r\n${valueOf(8)}END\r\n`,
  );
  const expected = [
    'get 1/0',
    'get 0/1',
    'mget 3/1',
    'set 1/0',
    'add 0/1',
    'incr 1/0',
    'delete 0/1',
    'touch 1/0',
    'SERVER_ERROR out of memory',
    'get 1/0',
  ];

  test.each([false, true])('are read in any pieces (verified: %s)', (verify) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), (piece) => {
        expect(scanned(requests, bytes, piece, verify, table)).toEqual(expected);
      }),
    );
  });

  const get: LoadRequest[] = [{ verb: 'get', n: 9 }];
  const right = valueOf(9);
  test.each([
    ['another value', right.replace(/:000/, ':100').replace(/\n(.)/, '\nX'), /^wrong: /],
    ['a value that is cut', `VALUE ${table.key(9)} ${table.flags(9)} 5\r\nmemfl\r\n`, /has 5 bytes in place of \d+/],
    ['other flags', right.replace(` ${table.flags(9)} `, ' 4711 '), /has the flags 4711 in place of 9/],
    ['the value of another key', valueOf(10), /^wrong: a value of .*10 came for .*9$/],
  ])('with %s are found by --verify, and not without', (_, text, message) => {
    const reply = Buffer.from(`${text}END\r\n`);
    expect(scanned(get, reply, 50, true, table)[0]).toMatch(message);
    expect(scanned(get, reply, 50, false, table)).toEqual(['get 1/0']);
  });

  test('of a length that nobody stored are wrong at once, and are not kept', () => {
    const claimed = Buffer.from(`VALUE ${table.key(9)} 0 900000000\r\n${'x'.repeat(5000)}`);
    expect(scanned(get, claimed, 1000, true, table)).toEqual([
      'wrong: a value of 900000000 bytes came, and none has so many',
    ]);
  });

  test('that are malformed close the connection', () => {
    expect(scanned(get, Buffer.from('HTTP/1.1 200 OK\r\n'), 5, false, table)).toEqual([
      'lost: an unexpected reply came: "HTTP/1.1 200 OK"',
    ]);
    expect(scanned([], Buffer.from('END\r\n'), 5, false, table)).toEqual(['lost: a reply came that no request is for']);
    expect(scanned(get, Buffer.alloc(5000, 'x'), 1000, false, table)).toEqual(['lost: a reply line has no end']);
  });
});
