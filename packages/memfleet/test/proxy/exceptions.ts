/**
 * Where a client of the proxy receives another reply than from memcached itself, because the node behind cannot say
 * what was asked. The transcripts are played with these differences, so that this is all there is.
 *
 *   meta behind      the flag `b` of an item is not kept where its key needs no base64
 *   text behind      no key with control bytes; from meta: no N R I E x, no T of ma and md, no cas of md, ma and of
 *                    the modes, no me, no base64 keys that are not plain; t h l are left out, so is the cas of ms
 *                    and ma; the C of mg is ignored
 *   binary behind    from meta: no N R I E x, no T of ma and md, no me; t h l are left out; the C of mg is ignored
 */
import type { Transcript } from '../../src/testing/transcripts/index.ts';

/** What stands behind the proxy. */
export type Behind = 'meta' | 'text' | 'binary';

/**
 * By what is sent, with `\n` for CR LF (the second time: with `#2` behind it): the answer, or null where there is
 * nothing to compare because of an earlier difference.
 */
type Answers = Readonly<Record<string, string | null>>;

/** Answers that differ, or why the whole transcript says nothing. */
type Exceptions = Readonly<Record<string, Answers | string>>;

const metaOnly = 'is about what only the meta protocol has';
const cannotSay = (what: string, flag: string): string =>
  `SERVER_ERROR the ${what} protocol cannot express the meta flag ${flag}\n`;
const refusedKey = (shown: string): string =>
  `CLIENT_ERROR key "${shown}" has a space or control byte, which the text protocol cannot carry\n`;

const base64: Answers = { 'mg a k\n': 'HD ka\n', 'mg YQ== b k v\n#2': 'VA 1 kYQ== b\n2\n' };

/** What a node that does not know the C of mg replies: the value. */
const unconditional: Answers = {
  'mg n C{cas} v c f t\n': 'VA 5 c{cas} f0\nhello\n',
  'mg n v C{cas} k O1 s q\nmn\n': 'VA 5 kn O1 s5\nhello\nMN\n',
  'mg n C{cas} T90 v t\n': 'VA 5\nhello\n',
};

/** What neither the text nor the binary protocol can express. */
function classic(what: string): Exceptions {
  return {
    mg: {
      'mg a t\n': 'HD\n',
      'mg a f t s v c k O1\n': 'VA 3 f7 s3 c{cas} ka O1\nfoo\n',
      'mg a O1 k c v s t f\n': 'VA 3 O1 ka c{cas} s3 f7\nfoo\n',
      'mg a v F1 D2 J3 MS I\n': cannotSay(what, 'I (invalidate) of get'),
    },
    'mg h, l, u': metaOnly,
    'mg T': { 'mg a t T100 v\n': 'VA 1\n1\n', 'mg a T1000 t\n': 'HD\n', 'mg a T0 t\n': 'HD\n' },
    'mg C': { ...unconditional, 'mg n C9999999999 v c f t\n': 'VA 5 c{cas} f0\nhello\n' },
    'mg C with N, R, E, X': metaOnly,
    ms: {
      'mg a v f t\n': null,
      'ms a 4 s\nfour\n': 'HD\n',
    },
    'ms M': {
      'mg a v f t\n': 'VA 3 f5\n345\n',
      'ms new 1 MA N30\n1\n': cannotSay(what, 'N (vivify) of append'),
    },
    'ms C, md C': metaOnly,
    md: { 'md a x\n': cannotSay(what, 'x (clear value) of delete') },
    'stale items: md I, ms I, mg R': metaOnly,
    'mg N': metaOnly,
    ma: metaOnly,
    'me, mn': metaOnly,
    'flags refused': { 'mg a E5\n': cannotSay(what, 'E (new cas) of get') },
    'exptimes of 64 bits behind N and R': metaOnly,
  };
}

const exceptions: Readonly<Record<Behind, Exceptions>> = {
  meta: { b: base64 },
  text: {
    ...classic('classic text'),
    'keys of all bytes': {
      'set \x01\x7f\xff\xc3\xa9 0 0 1\nx\n': refusedKey('\\u0001 \xff\xc3\xa9'),
      'get \x01\x7f\xff\xc3\xa9\n': refusedKey('\\u0001 \xff\xc3\xa9'),
      'set a\tb 0 0 1\nx\n': refusedKey('a\\tb'),
      'get a\tb a\n': refusedKey('a\\tb'),
      'set a\rb 0 0 1\nx\n': refusedKey('a\\rb'),
      'get a\rb\n': refusedKey('a\\rb'),
    },
    q: { 'md n q C1\nmg n v\n': 'SERVER_ERROR the classic text protocol has no delete with a cas\nVA 1\n7\n' },
    ms: {
      ...(classic('classic text')['ms'] as Answers),
      'ms a 1 c\n1\n': 'HD\n',
      'mg a c\n': null,
      'ms a 1 O5 c k\n1\n': 'HD O5 ka\n',
    },
    'ms M': { ...(classic('classic text')['ms M'] as Answers), 'ms a 1 ME k O1 c\n2\n': 'HD ka O1\n' },
    b: 'is about keys that the classic protocol cannot carry',
  },
  binary: { ...classic('binary'), b: base64 },
};

/** What memcached 1.6.18 does not know yet, which memfleet's own server does. */
const older: Exceptions = {
  'mg C': {
    ...unconditional,
    'mg n C{cas} v c f t\n': 'VA 5 c{cas} f0 t{about60}\nhello\n',
    'mg n C{cas} T90 v t\n': 'VA 5 t90\nhello\n',
  },
  'mg C with N, R, E, X': {
    'mg n N30 C{made} v c\n': 'VA 0 c{made} Z\n\n',
    'mg r C{cas} R30 v c\n': 'VA 1 c{cas} W\n1\n',
    'mg r C{cas} R30 v\n': 'VA 1 Z\n1\n',
    'mg r C{stale} v\n': 'VA 1 Z X\n1\n',
    'mg m N30 E7 C7 v c\n': 'CLIENT_ERROR invalid flag\n',
  },
  ms: { 'ms a 4 s\nfour\n': 'HD\n' },
  'ms M': { 'ms new 1 MA N30\n1\n': 'NS\n' },
  md: { 'md a x\n': 'CLIENT_ERROR invalid or duplicate flag\n' },
  'flags refused': { 'mg a E5\n': 'CLIENT_ERROR invalid flag\n' },
};

const lineEnds = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n');

/** The transcript as it runs through the proxy; a text says why it does not. `isOld`: the node is memcached 1.6.18. */
export function throughProxy(transcript: Transcript, behind: Behind, isOld: boolean): Transcript | string {
  const found = exceptions[behind][transcript.name] ?? (isOld ? older[transcript.name] : undefined);
  if (found === undefined || typeof found === 'string') return found ?? transcript;
  const answers = new Map(Object.entries(found).map(([send, answer]) => [lineEnds(send), answer]));
  const seen = new Map<string, number>();
  const exchanges = transcript.exchanges.flatMap((exchange) => {
    const { send } = exchange;
    const time = (seen.get(send) ?? 0) + 1;
    seen.set(send, time);
    const answer = answers.get(`${send}#${time}`) ?? answers.get(send);
    if (answer === null) return [];
    return [typeof answer === 'string' ? { ...exchange, memfleet: lineEnds(answer) } : exchange];
  });
  return { ...transcript, exchanges };
}
