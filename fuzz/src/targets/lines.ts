/** Requests of the text and meta protocols as they should be. */

const long = 'k'.repeat(250);
const value = (length: number): string => 'v'.repeat(length);

export const lines: Readonly<Record<'text' | 'meta', readonly string[]>> = {
  text: [
    'get a\r\n',
    'gets a b c\r\n',
    `get ${long}\r\n`,
    'gat 100 a\r\n',
    'gats 0 a b\r\n',
    'set a 5 100 3\r\nabc\r\n',
    'set a 0 -1 0\r\n\r\n',
    `set a 4294967295 2592001 5000\r\n${value(5000)}\r\nget a\r\n`,
    'add a 0 0 1 noreply\r\nx\r\nget a\r\n',
    'replace a 0 0 1\r\nx\r\nappend a 0 0 1\r\nx\r\nprepend a 0 0 1\r\nx\r\n',
    'cas a 1 2 3 18446744073709551615\r\nabc\r\n',
    'delete a\r\ndelete a 0\r\ndelete a noreply\r\n',
    'incr a 1\r\ndecr a 18446744073709551615\r\nincr a 5 noreply\r\n',
    'touch a 100\r\ntouch a 0 noreply\r\n',
    'flush_all\r\nflush_all 10 noreply\r\n',
    'version\r\nverbosity 1\r\nquit\r\n',
    'stats\r\nstats items\r\nstats reset\r\nstats cachedump 1 1\r\n',
    'set big 0 0 2000000\r\n',
    'get a\nget b\r\n\r\nnonsense here\r\n',
    `get ${'ab '.repeat(700)}\r\n`,
  ],
  meta: [
    'mg a v\r\n',
    'mg a v f k c t s h l O123 q\r\nmn\r\n',
    'mg YWJj b v k\r\n',
    'mg a N30 R10 T60 v\r\n',
    'ms a 3 T100 F5 C9 MS c k Oabc\r\nabc\r\n',
    'ms YQ== 2 b ME q\r\nab\r\nmn\r\n',
    'ms a 1 I MA N20 E77\r\nx\r\n',
    `ms a 5000\r\n${value(5000)}\r\n`,
    'md a q C5 I T30 x k O1\r\n',
    'ma a N0 J10 D5 MD v t c k q\r\nma a\r\n',
    'me a\r\nme YQ== b\r\n',
    'mn\r\n',
  ],
};

export const lineWords: readonly string[] = [
  '\r\n', '\n', ' ', 'get ', 'gets ', 'gat ', 'gats ', 'set ', 'add ', 'replace ', 'append ', 'prepend ', 'cas ', 'delete ', 'incr ', 'decr ',
  'touch ', 'flush_all', 'version', 'verbosity ', 'stats ', 'quit', ' noreply', 'mg ', 'ms ', 'md ', 'ma ', 'me ', 'mn', ' b', ' k', ' q', ' v',
  ' c', ' f', ' t', ' O1', ' T1', ' F1', ' C1', ' N1', ' J1', ' D1', ' MI', ' ME', ' I', ' E1', ' R1', ' x', 'a 0 0 1\r\nx\r\n', 'YQ==', 'shutdown',
  'cache_memlimit ', 'lru_crawler metadump all', 'slabs ', 'watch', '\x80', '\x81', 'VALUE a 0 1\r\nx\r\n', 'END\r\n',
]; // prettier-ignore
