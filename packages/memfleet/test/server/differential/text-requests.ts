/** Random requests of the text protocol. */
import { clientFlags, exptimes, keys, lastCas, type RequestKind, values } from './operands.ts';
import type { Random } from './random.ts';

const deltas = ['0', '1', '5', '100', '18446744073709551615', '18446744073709551616', 'z', '-1', ''];

/**
 * A get of so many keys that the line is longer than any other may be. memcached knows `gat` only if it comes whole.
 */
function longGet(random: Random, verb: string): string {
  const line = `${verb} ${Array.from({ length: 20 + random.below(40) }, () => random.of(keys)).join(' ')}`;
  const end = random.once(10) ? `\0 ${random.of(keys)}` : '';
  return `${verb.startsWith('gat') ? line.slice(0, 1700).replace(/ \S*$/, '') : line}${end}\r\n`;
}

const ending = (random: Random): string => (random.once(5) ? ' noreply' : '');

export const textRequests: readonly RequestKind[] = [
  (random) => {
    const value = random.of(values);
    const verb = random.of(['set', 'set', 'add', 'replace', 'append', 'prepend']);
    return `${verb} ${random.of(keys)} ${random.of(clientFlags)} ${random.of(exptimes)} ${value.length}${ending(random)}\r\n${value}\r\n`;
  },
  (random) => {
    const value = random.of(values);
    const cas = random.of([lastCas, lastCas, '0', '1', '18446744073709551615']);
    return `cas ${random.of(keys)} ${random.of(clientFlags)} ${random.of(exptimes)} ${value.length} ${cas}${ending(random)}\r\n${value}\r\n`;
  },
  (random) => {
    const verb = random.of(['get', 'gets', 'gets', `gat ${random.of(exptimes)}`, `gats ${random.of(exptimes)}`]);
    if (random.once(40)) return longGet(random, verb);
    return `${verb} ${Array.from({ length: 1 + random.below(4) }, () => random.of(keys)).join(' ')}\r\n`;
  },
  (random) => `${random.of(['incr', 'decr'])} ${random.of(keys)} ${random.of(deltas)}${ending(random)}\r\n`,
  (random) => `touch ${random.of(keys)} ${random.of(exptimes)}${ending(random)}\r\n`,
  (random) => `delete ${random.of(keys)}${random.of(['', '', '', ' 0', ' 5', ' z'])}${ending(random)}\r\n`,
  (random) =>
    random.of([
      'flush_all\r\n',
      'flush_all 0\r\n',
      'flush_all -1\r\n',
      'flush_all noreply\r\n',
      'flush_all z\r\n',
      'verbosity 0\r\n',
      'verbosity\r\n',
      'version\r\n',
      'bogus\r\n',
      'get\r\n',
      '\r\n',
      '\n',
      'get a\n',
      ' get a\r\n',
      'get  a\r\n',
      'get a\0 b\r\n',
      'get a \0b\r\n',
      'gets a\0\r\n',
      'get\0a\r\n',
      '\0get a\r\n',
      'mg a\0 v\r\n',
      'mn\0\r\n',
      'get a\r\0\n',
      'touch a 0\0 0\r\n',
      'incr n 1\x0000\r\n',
      'set a\0 0 0 1\r\n',
      'set a 0 0 1\0 noreply\r\nv\r\n',
      'ms a 1\0 MX\r\nv\r\n',
      `get ${'a b '.repeat(20)}\0${' c'.repeat(20)}\r\n`,
      'get a \r\n',
      'GET a\r\n',
      'mn\r\n',
      'mn z\r\n',
      'gat\r\n',
      'touch a\r\n',
      'incr a\r\n',
      'delete\r\n',
      'set\r\n',
      'set a\r\n',
      'stats bogus\r\n',
      'stats detail\r\n',
      'stats sizes\r\n',
      'stats cachedump\r\n',
      'stats cachedump 99 0\r\n',
      'lru\r\n',
      'lru tune 1 2\r\n',
      'lru bogus 1\r\n',
      'lru_crawler\r\n',
      'lru_crawler crawl z\r\n',
      'slabs\r\n',
      'slabs reassign 1 1\r\n',
      'cache_memlimit\r\n',
      'cache_memlimit z\r\n',
      'cache_memlimit 4\r\n',
      'shutdown\r\n',
      'mg\r\n',
      'ms\r\n',
      'md\r\n',
      'ma\r\n',
      `get ${'k'.repeat(251)}\r\n`,
      `mg ${'k'.repeat(251)} v\r\n`,
      `delete ${'k'.repeat(251)}\r\n`,
    ]),
];
