/** The meta protocol: what works. See transcript.ts. */
import { metaWriteTranscripts } from './meta-writes.ts';
import { ask, type Transcript } from './transcript.ts';

/** `a key` and `\r\n` in base64: keys that a plain line cannot carry. */
const spaced = 'YSBrZXk=';
const lineEnd = 'DQo=';
const longest = 'A'.repeat(248);

const get: Transcript = {
  name: 'mg',
  protocol: 'meta',
  exchanges: [
    ask('mg a\n', 'EN\n'),
    ask('mg a v\n', 'EN\n'),
    ask('mg a v O1 k t\n', 'EN O1 ka\n', { note: 'opaque and key come back on a miss, the rest cannot' }),
    ask('mg a k O1\n', 'EN ka O1\n', { note: 'in the order of the request' }),
    ask('set a 7 0 3\nfoo\n', 'STORED\n'),
    ask('mg a\n', 'HD\n'),
    ask('mg a v\n', 'VA 3\nfoo\n'),
    ask('mg a f\n', 'HD f7\n'),
    ask('mg a s\n', 'HD s3\n'),
    ask('mg a t\n', 'HD t-1\n'),
    ask('mg a c\n', 'HD c{cas}\n'),
    ask('gets a\n', 'VALUE a 7 3 {cas}\nfoo\nEND\n'),
    ask('mg a k\n', 'HD ka\n'),
    ask('mg a O\n', 'HD O\n'),
    ask('mg a Oabc\n', 'HD Oabc\n'),
    ask(`mg a O${'o'.repeat(31)}\n`, `HD O${'o'.repeat(31)}\n`),
    ask('mg a f t s v c k O1\n', 'VA 3 f7 t-1 s3 c{cas} ka O1\nfoo\n'),
    ask('mg a O1 k c v s t f\n', 'VA 3 O1 ka c{cas} s3 t-1 f7\nfoo\n'),
    ask('mg   a   v  f\n', 'VA 3 f7\nfoo\n'),
    ask('mg a P1 Lx v\n', 'VA 3\nfoo\n', { note: 'left to proxies' }),
    ask('mg a v S\n', 'CLIENT_ERROR invalid flag\n'),
    ask('mg a v F1 D2 J3 MS I\n', 'VA 3\nfoo\n', { note: 'flags of other verbs are accepted and say nothing' }),
    ask('set e 0 0 0\n\n', 'STORED\n'),
    ask('mg e v s f\n', 'VA 0 s0 f0\n\n'),
    ask('mg a v\nmg none v\nmg e v\nmn\n', 'VA 3\nfoo\nEN\nVA 0\n\nMN\n', { note: 'pipelined' }),
  ],
};

const access: Transcript = {
  name: 'mg h, l, u',
  protocol: 'meta',
  exchanges: [
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('mg a h l\n', 'HD h0 l{l}\n', { note: 'as it was before this command' }),
    ask('mg a h\n', 'HD h1\n'),
    ask('set b 0 0 1\n1\n', 'STORED\n'),
    ask('mg b u v\n', 'VA 1\n1\n'),
    ask('mg b h u\n', 'HD h0\n', { note: 'u does not count as a hit' }),
    ask('mg b h u\n', 'HD h0\n'),
    ask('mg b h\n', 'HD h0\n'),
    ask('mg b h u\n', 'HD h1\n'),
    ask('get a\n', 'VALUE a 0 1\n1\nEND\n'),
    ask('mg a l h t\n', 'HD l{l2} h1 t-1\n'),
  ],
};

const touch: Transcript = {
  name: 'mg T',
  protocol: 'meta',
  exchanges: [
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('mg a t T100 v\n', 'VA 1 t-1\n1\n', { note: 't before T tells the old time' }),
    ask('mg a T1000 t\n', 'HD t1000\n', { note: 't behind T tells the new one' }),
    ask('mg a T0 t\n', 'HD t-1\n'),
    ask('mg none T10\n', 'EN\n'),
    ask('mg a T-1\n', 'HD\n'),
    ask('mg a\n', 'EN\n'),
  ],
};

/** 1.6.18 accepts C and ignores it. */
const known = (answer: string): { newer: string; memfleet: string } => ({ newer: answer, memfleet: answer });

const condition: Transcript = {
  name: 'mg C',
  protocol: 'meta',
  exchanges: [
    ask('ms n 5 T60\nhello\n', 'HD\n'),
    ask('mg n c\n', 'HD c{cas}\n'),
    ask('mg n C{cas} v c f t\n', 'VA 5 c{cas} f0 t{about60}\nhello\n', {
      ...known('HD c{cas} f0 t{about60}\n'),
      note: 'the client has this value',
    }),
    ask('mg n C9999999999 v c f t\n', 'VA 5 c{cas} f0 t{about60}\nhello\n'),
    ask('mg n C0 v\n', 'VA 5\nhello\n', { note: 'no item has cas 0' }),
    ask('mg n v C{cas} k O1 s q\nmn\n', 'VA 5 kn O1 s5\nhello\nMN\n', known('HD kn O1 s5\nMN\n')),
    ask('mg n C{cas} T90 v t\n', 'VA 5 t90\nhello\n', { ...known('HD t90\n'), note: 'the other flags act' }),
    ask('mg n C{cas} c\n', 'HD c{cas}\n', { note: 'without v there is no difference' }),
    ask('mg none C{cas} v\n', 'EN\n'),
    ask('ms n 3\nnew\n', 'HD\n'),
    ask('mg n C{cas} v\n', 'VA 3\nnew\n'),
    ask('mg n Cx v\n', 'CLIENT_ERROR bad token in command line format\n'),
  ],
};

const conditionAndRefresh: Transcript = {
  name: 'mg C with N, R, E, X',
  protocol: 'meta',
  exchanges: [
    ask('mg n N30 C9999999999 v c\n', 'VA 0 c{made} W\n\n'),
    ask('mg n N30 C{made} v c\n', 'VA 0 c{made} Z\n\n', known('HD c{made} Z\n')),
    ask('ms r 1 T20 c\n1\n', 'HD c{cas}\n'),
    ask('mg r C{cas} R30 v c\n', 'VA 1 c{cas} W\n1\n', {
      ...known('HD c{cas} W\n'),
      note: 'the right to refresh is won',
    }),
    ask('mg r C{cas} R30 v\n', 'VA 1 Z\n1\n', known('HD Z\n')),
    ask('md r I\n', 'HD\n'),
    ask('mg r c\n', 'HD c{stale} X W\n'),
    ask('mg r C{stale} v\n', 'VA 1 Z X\n1\n', known('HD Z X\n')),
    ask('mg m N30 E7 C7 v c\n', 'CLIENT_ERROR invalid flag\n', {
      ...known('HD c7 W\n'),
      note: 'the cas of the item that was made is compared; E is newer than 1.6.18',
    }),
  ],
};

const quiet: Transcript = {
  name: 'q',
  protocol: 'meta',
  exchanges: [
    ask('set a 0 0 1\n1\n', 'STORED\n'),
    ask('mg none v q\nmg a v q\nmg none q k O1\nmn\n', 'VA 1\n1\nMN\n', { note: 'mg: only hits are told' }),
    ask('mg a q\nmg a q k O7\nmn\n', 'HD\nHD ka O7\nMN\n', { note: 'a hit without value too' }),
    ask('ms a 1 q\n2\nms none 1 q MR\n2\nms a 1 q C1\n3\nms none 1 q C1\n3\nmn\n', 'NS\nEX\nNF\nMN\n', {
      note: 'ms: what did not work is told',
    }),
    ask('md a q\nmd a q O9\nmd a q\nmn\n', 'NF O9\nNF\nMN\n'),
    ask('ms n 1 q\n5\nma n q\nma n q v\nma none q\nmn\n', 'NF\nMN\n'),
    ask('md n q C1\nmg n v\n', 'EX\nVA 1\n7\n'),
    ask(
      'ms t 1 q\nx\nma t q\nmg a q v v\nms t x q\nmn\n',
      'CLIENT_ERROR cannot increment or decrement non-numeric value\nCLIENT_ERROR duplicate flag\nCLIENT_ERROR bad command line format\nMN\n',
      { note: 'errors always appear' },
    ),
    ask('ms t 3 q\nabcdef\nmn\n', 'CLIENT_ERROR bad data chunk\nERROR\nMN\n'),
    ask('mn q\nmn k O1\n', 'MN\nMN\n'),
  ],
};

const stale: Transcript = {
  name: 'stale items: md I, ms I, mg R',
  protocol: 'meta',
  exchanges: [
    ask('ms a 1 T100 c\n1\n', 'HD c{first}\n'),
    ask('md a I T30\n', 'HD\n'),
    ask('mg a v c t\n', 'VA 1 c{stale} t{about30} X W\n1\n', { note: 'stale, and this reader wins the refresh' }),
    ask('mg a v c\n', 'VA 1 c{stale} Z X\n1\n', { note: 'stale, and somebody else refreshes it' }),
    ask('mg a k O1\n', 'HD ka O1 Z X\n'),
    ask('ms a 1 C{first} I\n2\n', 'HD\n', { note: 'a lower cas with I is stored, but stale' }),
    ask('mg a v t\n', 'VA 1 t{about30} Z X\n2\n', { note: 'who refreshes it stays, the ttl as well' }),
    ask('mg a c\n', 'HD c{now} Z X\n'),
    ask('ms a 1 C{now} I\n3\n', 'HD\n', { note: 'the cas of the item: fresh' }),
    ask('mg a v\n', 'VA 1\n3\n'),
    ask('ms a 1 C18446744073709551615 I\n4\n', 'EX\n', { note: 'a higher one is none that was ever given' }),
    ask('md a I C1\n', 'EX\n'),
    ask('md none I\n', 'NF\n'),
    ask('ms d 1 c\n1\n', 'HD c{older}\n'),
    ask('ms d 1 F5\n2\n', 'HD\n'),
    ask('ms d 1 C{older} I F6\n3\n', 'HD\n'),
    ask('mg d v f\n', 'VA 1 f6 X W\n3\n'),
    ask('mg d v\n', 'VA 1 Z X\n3\n'),
    ask('ms n 2 c\n98\n', 'HD c{counter}\n'),
    ask('ms n 2\n98\n', 'HD\n'),
    ask('ms n 2 C{counter} I\n98\n', 'HD\n'),
    ask('ma n v\n', 'VA 2\n99\n', { note: 'a counter that is written in its place stays stale' }),
    ask('mg n v h\n', 'VA 2 h0 X W\n99\n'),
    ask('ma n v\n', 'VA 3\n100\n', { note: 'one that becomes longer is a new item: fresh, and not fetched' }),
    ask('mg n v h\n', 'VA 3 h0\n100\n'),
    ask('ms d 1\n4\n', 'HD\n'),
    ask('mg d v\n', 'VA 1\n4\n', { note: 'a plain set makes it fresh' }),
    ask('ms b 1 T20\n1\n', 'HD\n'),
    ask('mg b R10 v\n', 'VA 1\n1\n', { note: 'more than 10 s left' }),
    ask('mg b R30 v t\n', 'VA 1 t{about20} W\n1\n', { note: 'less than 30 s left: refresh it' }),
    ask('mg b R30 v\n', 'VA 1 Z\n1\n'),
    ask('mg b v\n', 'VA 1 Z\n1\n'),
    ask('ms b 1 T20\n2\n', 'HD\n'),
    ask('mg b v\n', 'VA 1\n2\n'),
    ask('ms c 1\n1\n', 'HD\n'),
    ask('mg c R30\n', 'HD\n', { note: 'an item that does not expire is never refreshed' }),
  ],
};

const vivify: Transcript = {
  name: 'mg N',
  protocol: 'meta',
  exchanges: [
    ask('mg a v N30 t\n', 'VA 0 t30 W\n\n', { note: 'made on the miss' }),
    ask('mg a v N30 t\n', 'VA 0 t{about30} Z\n\n'),
    ask('mg d v t N30\n', 'VA 0 t-1 W\n\n', { note: 't before N tells the time before' }),
    ask('mg a v\n', 'VA 0 Z\n\n'),
    ask('ms a 1 T30\n1\n', 'HD\n'),
    ask('mg a v N30\n', 'VA 1\n1\n'),
    ask('mg b N0 t k O1\n', 'HD t-1 kb O1 W\n'),
    ask('mg b N0 f s\n', 'HD f0 s0 Z\n'),
    ask('mg b T-1 t\n', 'HD t{past} Z\n', { note: 'a time that is over, as a number of 32 bits' }),
    ask('ms n 1\n1\n', 'HD\n'),
    ask('ms bg== 1 MA b\nx\n', 'HD\n'),
    ask('mg n k\n', 'HD kn\n', { note: 'what is joined is not marked as base64' }),
  ],
};

const base64: Transcript = {
  name: 'b',
  protocol: 'meta',
  exchanges: [
    ask('ms YQ== 1 b\n1\n', 'HD\n'),
    ask('mg a v\n', 'VA 1\n1\n', { note: 'one name space' }),
    ask('mg a k\n', 'HD kYQ== b\n', { note: 'told as it was stored' }),
    ask('mg YQ== b k v\n', 'VA 1 kYQ== b\n1\n'),
    ask('mg YQ== k b O1\n', 'HD kYQ== b O1\n'),
    ask('set a 0 0 1\n2\n', 'STORED\n'),
    ask('mg YQ== b k v\n', 'VA 1 ka\n2\n'),
    ask('mg Yg== b k O1\n', 'EN kYg== b O1\n'),
    ask('md Yg== b k O1\n', 'NF kYg== b O1\n'),
    ask('ma Yg== b k O1\n', 'NF kYg== b O1\n'),
    ask('md YQ== b k\n', 'HD kYQ== b\n'),
    ask(`ms ${spaced} 1 b k c\n3\n`, `HD k${spaced} b c{cas}\n`),
    ask(`mg ${spaced} b v k\n`, `VA 1 k${spaced} b\n3\n`),
    ask(`ms ${lineEnd} 1 b k\n4\n`, `HD k${lineEnd} b\n`),
    ask(`ma ${lineEnd} b k v\n`, `VA 1 k${lineEnd} b\n5\n`),
    ask(`ms ${longest} 1 b\n6\n`, 'HD\n'),
    ask(`mg ${longest} b k v\n`, `VA 1 k${longest} b\n6\n`),
    ask(`mg ${'A'.repeat(252)} b\n`, 'CLIENT_ERROR bad command line format\n', {
      note: 'the encoded text is what is limited to 250',
    }),
    ask('ms YQ== 1 b\n7\n', 'HD\n'),
    ask('mg Y-Q!== b k v\n', 'VA 1 kYQ== b\n7\n', { note: 'bytes outside the alphabet are skipped' }),
    ask('mg YQ==Yg== b v\n', 'VA 1\n7\n', { note: 'nothing counts behind a padding' }),
    ask('mg YQ=a b k\n', 'EN kYQA= b\n'),
    ask('mg =YQ= b k\n', 'EN kAQ== b\n'),
    ask('mg Y=== b\n', 'CLIENT_ERROR error decoding key\n'),
    ask('mg YQ==Y b\n', 'CLIENT_ERROR error decoding key\n'),
    ask('me Y=== b\n', 'CLIENT_ERROR bad command line format\n'),
    ask('mg YQ b\n', 'CLIENT_ERROR error decoding key\n'),
    ask('mg === b\n', 'CLIENT_ERROR error decoding key\n'),
    ask('ms YQ 1 b\n1\n', 'CLIENT_ERROR error decoding key\n'),
    ask('md YQ b\n', 'CLIENT_ERROR invalid or duplicate flag\n'),
  ],
};

const debug: Transcript = {
  name: 'me, mn',
  protocol: 'meta',
  exchanges: [
    ask('me a\n', 'EN\n'),
    ask('ms a 1\n1\n', 'HD\n'),
    ask('me a\n', 'ME a exp=-1 la={la} cas={cas} fetch=no cls={cls} size={size}\n'),
    ask('mg a v\n', 'VA 1\n1\n'),
    ask('me a\n', 'ME a exp=-1 la={la2} cas={cas} fetch=yes cls={cls} size={size}\n'),
    ask('me a k O1\n', 'ME a {*}\n', { note: 'other words are ignored' }),
    ask(`ms ${spaced} 1 b\n1\n`, 'HD\n'),
    ask(`me ${spaced} b\n`, `ME ${spaced} exp=-1 {*}\n`, { newer: 'EN\n', memfleet: `ME ${spaced} exp=-1 {*}\n` }),
    ask('me YQ b\n', 'CLIENT_ERROR bad command line format\n'),
    ask('me\n', 'CLIENT_ERROR bad command line format\n'),
    ask('mn\n', 'MN\n'),
    ask('mn a b c\n', 'MN\n'),
  ],
};

/** What works. */
export const metaTranscripts: readonly Transcript[] = [
  get,
  access,
  touch,
  condition,
  conditionAndRefresh,
  quiet,
  ...metaWriteTranscripts,
  stale,
  vivify,
  base64,
  debug,
];
