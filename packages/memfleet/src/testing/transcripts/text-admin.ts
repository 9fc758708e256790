/**
 * The requests of administrators. They concern one server, so the proxy has its own answers to most of them. See
 * transcript.ts.
 */
import { ask, type Transcript } from './transcript.ts';

const badFormat = 'CLIENT_ERROR bad command line format\n';
const badLine = 'CLIENT_ERROR bad command line\n';
const usage = 'CLIENT_ERROR usage: stats detail on|off|dump\n';

const groups: Transcript = {
  name: 'groups of stats',
  protocol: 'text',
  exchanges: [
    ask('set a 0 0 3\nabc\n', 'STORED\n'),
    ask('stats items\n', '{stats}END\n'),
    ask('stats items and more\n', '{stats}END\n', { note: 'a word behind a group that is known does not count' }),
    ask('stats slabs\n', '{stats}END\n'),
    ask('stats slabs automove\n', '{stats}END\n'),
    ask('stats settings more\n', '{stats}END\n'),
    ask('stats conns\n', '{stats}END\n'),
    ask('stats extstore\n', 'END\n'),
    ask('stats reset more\n', 'RESET\n'),
    ask('stats nonesuch more\n', 'ERROR\n'),
    ask('stats ITEMS\n', 'ERROR\n'),
  ],
};

const sizes: Transcript = {
  name: 'stats sizes',
  protocol: 'text',
  exchanges: [
    ask('set before 0 0 1\nx\n', 'STORED\n'),
    ask('stats sizes\n', 'STAT sizes_status disabled\nEND\n'),
    ask('stats sizes_enable\n', 'STAT sizes_status enabled\n', { note: 'memcached says no END here' }),
    ask('stats sizes_enable\n', 'STAT sizes_status enabled\n'),
    ask('stats sizes\n', 'END\n', { note: 'what was stored before is not counted' }),
    ask('set a 0 0 1\nx\n', 'STORED\n'),
    ask('set b 0 0 1\nx\n', 'STORED\n'),
    ask('set c 1 0 40\n0123456789012345678901234567890123456789\n', 'STORED\n'),
    ask('stats sizes\n', 'STAT 64 2\nSTAT 128 1\nEND\n'),
    ask('delete a\n', 'DELETED\n'),
    ask('delete before\n', 'DELETED\n'),
    ask('set b 0 0 40\n0123456789012345678901234567890123456789\n', 'STORED\n'),
    ask('stats sizes\n', 'STAT 128 2\nEND\n'),
    ask('stats sizes_disable\n', 'STAT sizes_status disabled\n'),
    ask('stats sizes more\n', 'STAT sizes_status disabled\nEND\n'),
  ],
};

const detail: Transcript = {
  name: 'stats detail',
  protocol: 'text',
  exchanges: [
    ask('stats detail dump\n', 'END\n'),
    ask('stats detail\n', usage),
    ask('stats detail foo\n', usage),
    ask('get foo:1\n', 'END\n'),
    ask('stats detail on\n', 'OK\n'),
    ask('set foo:1 0 0 1\nx\n', 'STORED\n'),
    ask('stats detail dump\n', 'PREFIX foo get 0 hit 0 set 1 del 0\nEND\n'),
    ask('get foo:1 foo:2 foo:1\n', 'VALUE foo:1 0 1\nx\nVALUE foo:1 0 1\nx\nEND\n'),
    ask('gets foo:2\n', 'END\n'),
    ask('gat 0 foo:1\n', 'VALUE foo:1 0 1\nx\nEND\n'),
    ask('stats detail dump more\n', 'PREFIX foo get 5 hit 3 set 1 del 0\nEND\n'),
    ask('add foo:1 0 0 1\ny\n', 'NOT_STORED\n', { note: 'a store that does not store counts' }),
    ask('delete foo:2\n', 'NOT_FOUND\n', { note: 'and a delete that deletes nothing' }),
    ask('get nothing\n', 'END\n', { note: 'keys without a colon do not count' }),
    ask('mg foo:1\n', 'HD\n', { note: 'nor do meta commands' }),
    ask('touch foo:1 0\n', 'TOUCHED\n'),
    ask('stats detail dump\n', 'PREFIX foo get 5 hit 3 set 2 del 1\nEND\n'),
    ask('stats reset\n', 'RESET\n'),
    ask('stats detail dump\n', 'END\n'),
    ask('get foo:1\n', 'VALUE foo:1 0 1\nx\nEND\n'),
    ask('stats detail off\n', 'OK\n'),
    ask('get foo:1\n', 'VALUE foo:1 0 1\nx\nEND\n'),
    ask('stats detail dump\n', 'PREFIX foo get 1 hit 1 set 0 del 0\nEND\n'),
    ask('stats reset\n', 'RESET\n'),
  ],
};

const dumps: Transcript = {
  name: 'stats cachedump, lru_crawler metadump',
  protocol: 'text',
  exchanges: [
    ask('lru mode flat\n', 'OK\n', { note: 'cachedump tells the items of one segment only' }),
    ask('stats cachedump\n', badLine),
    ask('stats cachedump 1\n', badLine),
    ask('stats cachedump x 1\n', badFormat),
    ask('stats cachedump 1 x\n', badFormat),
    ask('stats cachedump 64 1\n', 'CLIENT_ERROR Illegal slab id\n'),
    ask('stats cachedump 63 1\n', 'END\n'),
    ask('stats cachedump 0 0\n', 'END\n'),
    ask('set a 0 0 3\nabc\n', 'STORED\n'),
    ask('set b:\xe9 7 0 0\n\n', 'STORED\n'),
    ask('set later 0 100 1\nx\n', 'STORED\n'),
    ask('set larger 0 0 100\n' + 'x'.repeat(100) + '\n', 'STORED\n'),
    ask('stats cachedump 1 0\n', 'ITEM later [1 b; {time} s]\nITEM b:\xe9 [0 b; 0 s]\nITEM a [3 b; 0 s]\nEND\n'),
    ask('stats cachedump 1 2 more\n', 'ITEM later [1 b; {time} s]\nITEM b:\xe9 [0 b; 0 s]\nEND\n'),
    // A class that no other transcript uses: the real one lists flushed items until its crawler has seen them.
    ask('stats cachedump 30 0\n', 'END\n'),
    ask('stats cachedump 4 +1\n', 'ITEM larger [100 b; 0 s]\nEND\n'),
    {
      send: 'lru_crawler metadump 4\r\n',
      expect: 'key=larger exp=-1 la={la} cas={cas} fetch=no cls=4 size=165\nEND\r\n',
      note: 'lines of a metadump end without a CR',
    },
    ask('lru_crawler metadump 3\n', 'END\n'),
    ask('lru_crawler metadump 64\n', 'BADCLASS invalid class id\n'),
    ask('lru_crawler metadump 0\n', 'BADCLASS invalid class id\n'),
    ask('lru_crawler metadump some\n', 'BADCLASS invalid class id\n'),
    ask('lru_crawler metadump 1 2\n', 'ERROR\n'),
    ask('lru_crawler metadump\n', 'ERROR\n'),
    ask('lru mode segmented\n', 'OK\n'),
  ],
};

const memory: Transcript = {
  name: 'cache_memlimit',
  protocol: 'text',
  exchanges: [
    ask('cache_memlimit 100\n', 'OK\n'),
    ask('cache_memlimit 100 200\n', 'OK\n'),
    ask('cache_memlimit +64\n', 'OK\n'),
    ask('cache_memlimit \t64\tx\n', 'OK\n'),
    ask('cache_memlimit 64 noreply\n', ''),
    ask('cache_memlimit 7\n', 'MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\n'),
    ask('cache_memlimit 0 noreply\n', ''),
    ask('cache_memlimit 1000000001\n', 'MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\n'),
    ask('cache_memlimit x\n', 'ERROR\n'),
    ask('cache_memlimit -1\n', 'ERROR\n'),
    ask('cache_memlimit\n', 'ERROR\n'),
    ask('cache_memlimit 64 noreply more\n', 'ERROR\n'),
  ],
};

const tuning: Transcript = {
  name: 'slabs, lru, extstore',
  protocol: 'text',
  exchanges: [
    ask('slabs\n', 'ERROR\n'),
    ask('slabs reassign 1 2\n', 'NOSPARE source class has no spare pages\n'),
    ask('slabs reassign -1 2\n', 'BADCLASS invalid src or dst class id\n'),
    ask('slabs reassign 1 1\n', 'SAME src and dst class are identical\n'),
    ask('slabs reassign 1 40\n', 'BADCLASS invalid src or dst class id\n'),
    ask('slabs reassign 1 39\n', 'NOSPARE source class has no spare pages\n'),
    ask('slabs reassign x 2\n', badFormat),
    ask('slabs reassign 1 2 noreply\n', 'ERROR\n'),
    ask('slabs automove 1\n', 'OK\n'),
    ask('slabs automove 3\n', 'ERROR\n'),
    ask('slabs automove x\n', badFormat),
    ask('slabs automove 1 noreply\n', ''),
    ask('slabs automove ratio 0.8\n', 'OK\n'),
    ask('slabs automove ratio x\n', 'ERROR\n'),
    ask('slabs automove ratio\n', 'ERROR\n'),
    ask('lru\n', 'ERROR\n'),
    ask('lru mode\n', 'ERROR\n'),
    ask('lru mode segmented\n', 'OK\n'),
    ask('lru mode other\n', 'ERROR\n'),
    ask('lru mode segmented noreply\n', ''),
    ask('lru tune 10 25 0.1 2.0\n', 'OK\n'),
    ask('lru tune 50 50 0.1 2.0\n', 'ERROR hot and warm pcts must not exceed 80\n'),
    ask('lru tune 10 25 0 2.0\n', 'ERROR hot/warm age factors must be greater than 0\n'),
    ask('lru tune 10 25 x 2.0\n', 'ERROR\n'),
    ask('lru tune 10 25 0.1\n', 'ERROR\n'),
    ask('lru temp_ttl 61\n', 'OK\n'),
    ask('lru temp_ttl -1\n', 'OK\n'),
    ask('lru temp_ttl x\n', 'ERROR\n'),
    ask('extstore\n', 'ERROR\n'),
    ask('extstore item_age\n', 'ERROR\n'),
    ask('extstore item_age 4294967295\n', 'OK\n'),
    ask('extstore item_age x\n', 'ERROR\n'),
    ask('extstore max_frag 0.8\n', 'OK\n'),
    ask('extstore free_memchunks 1 2\n', 'OK\n'),
    ask('extstore nonesuch 1\n', 'ERROR\n'),
  ],
};

const crawler: Transcript = {
  name: 'lru_crawler',
  protocol: 'text',
  exchanges: [
    ask('lru_crawler\n', 'ERROR\n'),
    ask('lru_crawler nonesuch\n', 'ERROR\n'),
    ask('lru_crawler enable\n', 'ERROR failed to start lru crawler thread\n'),
    ask('lru_crawler sleep 100\n', 'OK\n'),
    ask('lru_crawler sleep 1000001\n', 'CLIENT_ERROR sleep must be one second or less\n'),
    ask('lru_crawler sleep x\n', badFormat),
    ask('lru_crawler tocrawl 0\n', 'OK\n'),
    ask('lru_crawler tocrawl x\n', badFormat),
    ask('lru_crawler crawl 64\n', 'BADCLASS invalid class id\n'),
    ask('lru_crawler crawl 1 2\n', 'ERROR\n'),
  ],
};

const others: Transcript = {
  name: 'shutdown, refresh_certs, watch, what only debug builds know',
  protocol: 'text',
  exchanges: [
    ask('shutdown\n', 'ERROR: shutdown not enabled\n'),
    ask('shutdown graceful\n', 'ERROR: shutdown not enabled\n'),
    ask('shutdown now please\n', 'ERROR: shutdown not enabled\n'),
    ask('refresh_certs\n', 'Error TLS not enabled\n'),
    ask('debugtime 1\n', 'ERROR\n'),
    ask('misbehave\n', 'ERROR\n'),
  ],
};

/** All of them. */
export const adminTranscripts: readonly Transcript[] = [groups, sizes, detail, dumps, memory, tuning, crawler, others];
