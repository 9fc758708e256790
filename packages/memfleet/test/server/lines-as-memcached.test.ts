/**
 * The real memcached is the judge of lines: every spelling of a number in every place where one stands, and storage
 * lines of every wrong form with something behind them. The embedded server and the proxy answer as it does. Lengths
 * are left out: they are read strictly (`test/transcripts/numbers.ts`).
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { openProxy, type ProxyRig, simpleOptions } from '../support/proxy-rig.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

/** Of a number, the low 32 bits. None that may be over within this test when it is a time. */
const low = fc.constantFrom(0n, 7n, 100n, 2_592_000n, 2_592_001n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ff9cn);
const high = fc.oneof(
  fc.constantFrom(0n, 0n, 0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n),
  fc.bigInt(0n, 0x1_ffff_ffffn),
);
const spelled = fc
  .tuple(
    fc.constantFrom('', '', '', '\t', '\r\v\f'),
    fc.constantFrom('', '', '', '+', '-'),
    fc.constantFrom('', '', '0', '0'.repeat(25)),
    high,
    low,
    fc.constantFrom('', '', '', '\t', '\r', '\tx', 'x', '.5'),
  )
  .map(([blank, sign, zeros, upper, lower, end]) => `${blank}${sign}${zeros}${(upper << 32n) + lower}${end}`);
const secondsOf = (number: string): bigint => {
  const digits = /^[\t-\r]*\+?(-?\d+)/.exec(number)?.[1] ?? '0';
  return BigInt.asIntN(32, BigInt(digits));
};
/** A time that may come within this test. */
const isSoon = (number: string): boolean => secondsOf(number) > 0n && secondsOf(number) < 60n;
/** A flush at a time before it was started is none to memcached; memfleet flushes. */
const isEarly = (line: string, number: string): boolean =>
  line.startsWith('flush_all') && secondsOf(number) === 2_592_001n;
const none = fc.constantFrom('x', '-', '+', '+-1', '--1', '0x10', '1e3', '\t', '\x80');
const number = fc.oneof({ weight: 5, arbitrary: spelled }, { weight: 1, arbitrary: none });

const times: readonly string[] = [
  'set a 0 # 1\r\nv\r\n',
  'touch a #\r\n',
  'gat # a\r\n',
  'gats # a n\r\n',
  'flush_all #\r\n',
  'mg a T# v\r\n',
  'mg a R# v\r\n',
  'mg new N#\r\n',
  'ms a 1 T# F3\r\nv\r\n',
  'ma new N# J3 v\r\n',
  'ma n T# v\r\n',
];
const counts: readonly string[] = [
  'set a # 0 1\r\nv\r\n',
  'add new # 0 1\r\nv\r\n',
  'cas a 0 0 1 #\r\nv\r\n',
  'incr n #\r\n',
  'decr n #\r\n',
  'verbosity #\r\nverbosity 0\r\n',
  'ms a 1 F#\r\nv\r\n',
  'ms a 1 C#\r\nv\r\n',
  'md a C#\r\n',
  'ma n D# v\r\n',
  'ma new N0 J# v\r\n',
];
const prepared = 'flush_all\r\nset a 5 0 3\r\nold\r\nset n 0 0 2\r\n50\r\n';
// memcached removes flushed items later, and a flush in the future takes back the one before it.
const looked = 'get a n new\r\nmg a f\r\nmg new v\r\ndelete new\r\nflush_all\r\n';

describeReal('lines, to the real memcached, the embedded server and the proxy', () => {
  let nodes: RealMemcached[];
  let server: Server;
  let rig: ProxyRig;
  let clients: TcpClient[];
  let ends = 0;

  beforeAll(async () => {
    nodes = await Promise.all([startMemcached(), startMemcached()]);
    server = createServer({ port: 0 });
    const own = await server.listen();
    rig = await openProxy(simpleOptions({ nodes: [`127.0.0.1:${nodes[1]!.port}`], protocol: 'meta' }));
    const at = (port: number) => TcpClient.connect({ host: '127.0.0.1', port });
    clients = await Promise.all([at(nodes[0]!.port), TcpClient.connect(own), at(rig.port)]);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all([server.destroy(), rig.proxy.destroy()]);
    await Promise.all(nodes.map((node) => node.stop()));
  });

  async function answers(request: string): Promise<string[]> {
    const end = `EN O${ends++}\r\n`;
    const all = await Promise.all(clients.map((client) => client.ask(`${request}mg nothing ${end.slice(3)}`, end)));
    // No two have the same cas.
    return all.map((answer) => answer.replaceAll(/^(VALUE \S+ \d+ \d+) \d+(?=\r$)/gm, '$1 #'));
  }

  const place = fc.oneof(
    fc.tuple(fc.constantFrom(...times), number).filter(([line, text]) => !isSoon(text) && !isEarly(line, text)),
    fc.tuple(fc.constantFrom(...counts), number),
  );

  it('have the same numbers', async () => {
    await fc.assert(
      fc.asyncProperty(place, async ([line, text]) => {
        const [real, ...ours] = await answers(prepared + line.replace('#', text) + looked);
        // A refused storage line: its data block is a command to memcached 1.6.18 alone.
        const ownReal = line.endsWith('v\r\n') ? real!.replace('\r\nERROR\r\n', '\r\n') : real;
        expect(ours).toEqual([ownReal, ownReal]);
      }),
      { numRuns: 600 },
    );
  });

  /**
   * Is it a refused line that says nevertheless how long its data block is? memfleet skips that, memcached 1.6.18 reads
   * it as a command.
   */
  function isSkipped(words: readonly string[]): boolean {
    const wanted = words[0] === 'cas' ? 6 : 5;
    const isQuiet = words.at(-1) === 'noreply';
    return words.length === wanted + (isQuiet ? 1 : 0) && /^\d{1,9}$/.test(words[4]!);
  }

  const verbs = ['set', 'add', 'replace', 'append', 'prepend', 'cas'];
  const wrongs: readonly (readonly [string, (word: string) => readonly string[]])[] = [
    ['missing', () => []],
    ['doubled', (word) => [word, word]],
    ['not a number', () => ['x']],
    ['negative', () => ['-1']],
    ['too long', () => ['9'.repeat(251)]],
  ];
  const followers = ['get a\r\n', 'mn\r\nmn\r\n', 'set b 0 0 3\r\nget\r\nget b\r\n', 'incr n 1\r\nversionx\r\n'];

  it.each(verbs.flatMap((verb) => wrongs.map(([name, wrong]) => [verb, name, wrong] as const)))(
    'of %s with a word %s eat nothing that follows',
    async (verb, _name, wrong) => {
      const line = [verb, 'a', '0', '0', '4', ...(verb === 'cas' ? ['77'] : [])];
      for (const form of [line, [...line, 'noreply']]) {
        for (let index = 1; index < form.length; index++) {
          const words = form.flatMap((word, i) => (i === index ? wrong(word) : [word]));
          // The data block is a command whose answer nothing else has.
          for (const block of ['mg n\r\n', ''])
            for (const follower of followers) {
              if (block === '' && isSkipped(words)) continue;
              const request = `${prepared}${words.join(' ')}\r\n${block}${follower}`;
              const [real, ...ours] = await answers(request);
              const expected = isSkipped(words) ? real!.replace('\nHD\r\n', '\n') : real!;
              expect({ request, ours }).toEqual({ request, ours: [expected, expected] });
            }
        }
      }
    },
  );
});
