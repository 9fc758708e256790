/**
 * The real memcached is the judge: random conversations, in all three protocols, get the same bytes from it and from
 * the embedded server. Left out is what the transcripts document as another answer on purpose.
 */
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { noopAnswer, packet, storeExtras, words } from '../support/packets.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

const key = fc.constantFrom('a', 'b', 'c', 'long'.repeat(60));
/**
 * memcached counts beyond the end of a value, in what the memory held before (`safe_strtoull` of `util.c`): a value of
 * blanks may be a number there, and one of 2^63 or more is none if a `-` follows somewhere. So there are no such values
 * of blanks, and no `-` is stored.
 */
const isCountedAlone = (text: string): boolean => !text.includes('-') && !/^[ \t-\r]+$/.test(text);
const value = fc.oneof(
  fc.constantFrom('', '0', '9', '10', '99', '007', ' 5', '5 ', '18446744073709551615', 'abc', '\r\nEND\r\n', '5x'),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }).filter(isCountedAlone),
  fc.constantFrom('x'.repeat(4096), 'y'.repeat(4097), 'z'.repeat(20_000)),
);
const exptime = fc.constantFrom(0, 0, 100, -1, 1000);
const flags = fc.constantFrom(0, 1, 4_294_967_295);
const delta = fc.constantFrom('0', '1', '5', '100', '18446744073709551615', 'x', '-1');
const noreply = fc.constantFrom('', '', '', ' noreply');

const text = fc.oneof(
  fc
    .tuple(fc.constantFrom('set', 'add', 'replace', 'append', 'prepend'), key, flags, exptime, value, noreply)
    .map(([verb, k, f, e, v, q]) => `${verb} ${k} ${f} ${e} ${v.length}${q}\r\n${v}\r\n`),
  fc.tuple(key, value).map(([k, v]) => `cas ${k} 0 0 ${v.length} 1\r\n${v}\r\n`),
  fc
    .tuple(fc.constantFrom('get', 'gets', 'gat 100', 'gats 0', 'gat -1'), fc.array(key, { minLength: 1, maxLength: 4 }))
    .map(([verb, keys]) => `${verb} ${keys.join(' ')}\r\n`),
  fc.tuple(fc.constantFrom('incr', 'decr'), key, delta, noreply).map(([verb, k, d, q]) => `${verb} ${k} ${d}${q}\r\n`),
  fc.tuple(key, exptime, noreply).map(([k, e, q]) => `touch ${k} ${e}${q}\r\n`),
  fc.tuple(key, noreply).map(([k, q]) => `delete ${k}${q}\r\n`),
  fc.constantFrom('flush_all\r\n', 'verbosity 0\r\n', 'bogus\r\n', 'get\r\n', '\r\n'),
);

const some = (...choices: string[]): fc.Arbitrary<string> =>
  fc.shuffledSubarray(choices).map((list) => list.map((flag) => ` ${flag}`).join(''));
const time = fc.constantFrom('T100', 'T0', 'T-1', 'T1000');
const meta = fc.oneof(
  fc
    .tuple(key, some('v', 'f', 'c', 's', 'h', 'k', 'Oabc', 'q', 'u', 'R500', 'N200'), fc.option(time))
    .map(([k, list, t]) => `mg ${k}${list}${t === null ? '' : ` ${t}`}\r\n`),
  fc
    .tuple(
      key,
      value,
      some('c', 'k', 'q', 'F5', 'O1', 'I'),
      fc.constantFrom('', ' MS', ' ME', ' MA', ' MP', ' MR', ' mx'),
      fc.constantFrom('', ' C1', ' C99999999'),
    )
    .map(([k, v, list, mode, cas]) => `ms ${k} ${v.length}${list}${mode}${cas}\r\n${v}\r\n`),
  fc
    .tuple(key, some('k', 'q', 'O2', 'I', 'T300'), fc.constantFrom('', ' C1'))
    .map(([k, list, cas]) => `md ${k}${list}${cas}\r\n`),
  fc
    .tuple(
      key,
      fc.oneof(some('v', 'c', 't', 'k', 'q', 'D3'), some('v', 'c', 't', 'k', 'J7', 'D3', 'N300')),
      fc.constantFrom('', ' MD', ' MI', ' C1'),
    )
    .map(([k, list, mode]) => `ma ${k}${list}${mode}\r\n`),
  fc.constant('mn\r\n'),
);

const opaque = fc.nat(0xffff);
const binaryCas = fc.constantFrom(0n, 0n, 0n, 1n);
const binary = fc.oneof(
  fc.tuple(fc.constantFrom(0x00, 0x09, 0x0c, 0x0d), key, opaque).map(([op, k, o]) => packet(op, { key: k, opaque: o })),
  fc
    .tuple(fc.constantFrom(0x1d, 0x1e, 0x23, 0x24, 0x1c), key, opaque)
    .map(([op, k, o]) => packet(op, { key: k, extras: words(100), opaque: o })),
  fc
    .tuple(fc.constantFrom(1, 2, 3, 0x11, 0x12, 0x13), key, flags, value, binaryCas, opaque)
    .map(([op, k, f, v, cas, o]) => packet(op, { key: k, extras: storeExtras(f, 100), value: v, cas, opaque: o })),
  fc
    .tuple(fc.constantFrom(0x0e, 0x0f, 0x19, 0x1a), key, value, binaryCas, opaque)
    .map(([op, k, v, cas, o]) => packet(op, { key: k, value: v, cas, opaque: o })),
  fc
    .tuple(fc.constantFrom(0x04, 0x14), key, binaryCas, opaque)
    .map(([op, k, cas, o]) => packet(op, { key: k, cas, opaque: o })),
  fc
    .tuple(
      fc.constantFrom(5, 6, 0x15, 0x16),
      key,
      fc.constantFrom(1, 0xffffffff),
      fc.constantFrom(0, 100, 0xffffffff),
      opaque,
    )
    .map(([op, k, d, e, o]) => packet(op, { key: k, extras: words(0, d, 0, 7, e), opaque: o })),
  fc.tuple(fc.constantFrom(0x0a, 0x08, 0x18, 0x0b), opaque).map(([op, o]) => packet(op, { opaque: o })),
);

/**
 * A cas depends on everything that was ever stored, so any is like any other; a ttl may be a second less. The versions
 * are not the same either.
 */
function withoutCas(bytes: string): string {
  if (bytes.charCodeAt(0) !== 0x81) {
    return bytes
      .replaceAll(/^(VALUE \S+ \d+ \d+) \d+(?=\r$)/gm, '$1 #')
      .replaceAll(/^((?:VA|HD|EX|NS|NF)[^\r\n]*) c\d+/gm, '$1 c#')
      .replaceAll(/ t(\d+)/g, (_, ttl: string) => ` t${Math.round(Number(ttl) / 10) * 10}`);
  }
  const buffer = Buffer.from(bytes, 'latin1');
  let normal = '';
  for (let at = 0; at + 24 <= buffer.length;) {
    const end = at + 24 + buffer.readUInt32BE(at + 8);
    const hasCas = buffer.readBigUInt64BE(at + 16) !== 0n;
    const body = buffer[at + 1] === 0x0b ? 'version' : buffer.toString('latin1', at + 24, end);
    normal += `${buffer.toString('hex', at, at + 8)} ${buffer.toString('hex', at + 12, at + 16)} cas:${hasCas} ${body}\n`;
    at = end;
  }
  return normal;
}

describeReal('the embedded server and the real memcached', () => {
  let real: RealMemcached;
  let server: Server;
  let clients: TcpClient[];

  beforeAll(async () => {
    real = await startMemcached();
    server = createServer({ port: 0 });
    const own = await server.listen();
    // The first item of a server has cas 1. Requests below compare with 1, and must find an item of that cas on
    // neither.
    for (const address of [{ host: '127.0.0.1', port: real.port }, own]) {
      const client = await TcpClient.connect(address);
      await client.ask('set first 0 0 1\r\n1\r\n', 'STORED\r\n');
      client.close();
    }
  });
  afterAll(async () => {
    await server.destroy();
    await real.stop();
  });
  beforeEach(async () => {
    const own = server.address;
    if (own === undefined) throw new Error('does not listen');
    clients = [await TcpClient.connect({ host: '127.0.0.1', port: real.port }), await TcpClient.connect(own)];
  });
  afterEach(() => {
    for (const client of clients) client.close();
  });

  let ends = 0;

  /**
   * Sends the same to both, each piece followed by a request whose answer no other has, and compares what came. One by
   * one where memcached counts in another way while an answer with the item is still on its way: then it cannot write
   * into it, and a shorter number is not filled up with spaces.
   */
  async function compare(
    pieces: readonly string[],
    mark: (id: number) => [request: string, answer: string],
  ): Promise<void> {
    const marked = pieces.map((piece) => ({ piece, mark: mark(ends++) }));
    const answers = await Promise.all(
      clients.map(async (client) => {
        let all = '';
        for (const {
          piece,
          mark: [request, answer],
        } of marked)
          all += await client.ask(piece + request, answer);
        return all;
      }),
    );
    expect(withoutCas(answers[1] as string)).toBe(withoutCas(answers[0] as string));
  }

  const lineMark = (id: number): [string, string] => [`mg nothing O${id}\r\n`, `EN O${id}\r\n`];
  const packetMark = (id: number): [string, string] => [
    packet(0x0a, { opaque: 0x10000 + id }),
    noopAnswer(0x10000 + id),
  ];

  it('give the same replies to the text protocol', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 25 }), (requests) =>
        compare([`flush_all\r\n${requests.join('')}`], lineMark),
      ),
      { numRuns: 200 },
    );
  });

  it('give the same replies to the meta protocol', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(meta, meta, meta, text), { maxLength: 25 }), (requests) =>
        compare(['flush_all\r\n', ...requests], lineMark),
      ),
      { numRuns: 100 },
    );
  });

  it('give the same replies to the binary protocol', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(binary, { maxLength: 25 }), (requests) =>
        compare([packet(0x08), ...requests], packetMark),
      ),
      { numRuns: 100 },
    );
  });
});
