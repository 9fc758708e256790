/**
 * The admin requests, in the order of memcached 1.6.18 (`proto_text.c`), with its replies. `cache_memlimit`,
 * `lru_crawler` and `shutdown` take effect; settings of slab pages, the segments of the LRU or extstore are stored for
 * `stats settings` (see `tuning.ts`).
 */
import { byteStringOf } from '../base/bytes.ts';
import { clientError, type Flow, sendAdminReply, type AdminReply, unknown } from './admin-reply.ts';
import { dumpedItems } from './dump.ts';
import type { Engine, Execute } from './engine.ts';
import { replyInSteps } from './flow.ts';
import { lastClass, maxClasses } from './slab-classes.ts';
import type { Tuning } from './tuning.ts';
import { fractionWord, signedWord, unsignedWord } from './words.ts';

/** `words`: the words after the verb. */
type Request = (engine: Engine, words: readonly string[]) => AdminReply | Flow;

const done: AdminReply = { line: 'OK' };
const badFormat = clientError('bad command line format');
const mebibyte = 1024 * 1024;
const leastMemory = 8;
/** A larger number can only be bytes, mistaken for megabytes. */
const mostMemory = 1_000_000_000;

const memoryLimit: Request = ({ store }, [limit]) => {
  const megabytes = unsignedWord(limit);
  if (megabytes === undefined) return unknown;
  if (megabytes < leastMemory) return { line: 'MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m' };
  if (megabytes > mostMemory) return { line: 'MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes' };
  store.maxBytes = megabytes * mebibyte;
  return done;
};

/** Class 0 is where memcached keeps pages of no class. */
function isClass(number: number): boolean {
  return number >= 0 && number <= lastClass;
}

const reassign: Request = (_engine, [from, to]) => {
  const source = signedWord(from);
  const destination = signedWord(to);
  if (source === undefined || destination === undefined) return badFormat;
  if (source === destination) return { line: 'SAME src and dst class are identical' };
  if (!isClass(source) || !isClass(destination)) {
    return { line: 'BADCLASS invalid src or dst class id' };
  }
  // There are no pages, so none is spare.
  return { line: 'NOSPARE source class has no spare pages' };
};

const automove: Request = ({ tuning }, [level, ratio]) => {
  if (level === 'ratio') {
    const value = fractionWord(ratio);
    if (value === undefined) return unknown;
    tuning.slabAutomoveRatio = value;
    return done;
  }
  const value = unsignedWord(level);
  if (value === undefined) return badFormat;
  if (value > 2) return unknown;
  tuning.slabAutomove = value;
  return done;
};

const slabs: Request = (engine, [what, ...words]) => {
  if (what === 'reassign' && words.length === 2) return reassign(engine, words);
  return what === 'automove' && words.length > 0 ? automove(engine, words) : unknown;
};

const lruModes: ReadonlyMap<string | undefined, boolean> = new Map([
  ['flat', false],
  ['segmented', true],
]);

const lruParts: Readonly<Record<string, Request>> = {
  tune: ({ tuning }, words) => {
    const [hot, warm] = words.slice(0, 2).map(unsignedWord);
    const [hotFactor, warmFactor] = words.slice(2, 4).map(fractionWord);
    if (hot === undefined || warm === undefined || hotFactor === undefined || warmFactor === undefined) return unknown;
    if (hot + warm > 80) return { line: 'ERROR hot and warm pcts must not exceed 80' };
    if (warmFactor <= 0 || hotFactor <= 0) return { line: 'ERROR hot/warm age factors must be greater than 0' };
    Object.assign(tuning, {
      hotLruPct: hot,
      warmLruPct: warm,
      hotMaxFactor: hotFactor,
      warmMaxFactor: warmFactor,
    } satisfies Partial<Tuning>);
    return done;
  },
  mode: ({ tuning }, [mode]) => {
    const isSegmented = lruModes.get(mode);
    if (isSegmented === undefined) return unknown;
    tuning.lruSegmented = isSegmented;
    return done;
  },
  temp_ttl: ({ tuning }, [ttl]) => {
    const seconds = signedWord(ttl);
    if (seconds === undefined) return unknown;
    tuning.tempLru = seconds >= 0;
    if (seconds >= 0) tuning.temporaryTtl = seconds;
    return done;
  },
};

/** The classes of `all`, `hash` or a list of numbers; null = one of them is not a class. */
function classesOf(text: string): ReadonlySet<number> | undefined | null {
  if (text === 'all' || text === 'hash') return undefined;
  const numbers = text.split(',').filter((word) => word !== '');
  const classes = numbers.map(unsignedWord);
  const areClasses = classes.every((number) => number !== undefined && number >= 1 && number < maxClasses);
  return areClasses ? new Set(classes as number[]) : null;
}

const badClass: AdminReply = { line: 'BADCLASS invalid class id' };

/** A request that needs the crawler to be enabled. */
const crawling =
  (request: Request): Request =>
  (engine, words) =>
    engine.crawler.isEnabled ? request(engine, words) : clientError('lru crawler disabled');

const crawlerParts: Readonly<Record<string, Request>> = {
  crawl: crawling(({ crawler }, [which = '']) => {
    if (classesOf(which) === null) return badClass;
    crawler.crawl();
    return done;
  }),
  metadump: crawling(({ store, settings }, [which = '']) => {
    if (settings.dump_enabled === 'no') return { line: 'ERROR metadump not allowed' };
    const classes = classesOf(which);
    return classes === null ? badClass : { flow: dumpedItems(store, classes) };
  }),
  tocrawl: ({ tuning }, [count]) => {
    const value = unsignedWord(count);
    if (value === undefined) return badFormat;
    tuning.lruCrawlerToCrawl = value;
    return done;
  },
  sleep: ({ tuning }, [microseconds]) => {
    const value = unsignedWord(microseconds);
    if (value === undefined) return badFormat;
    if (value > 1_000_000) return clientError('sleep must be one second or less');
    tuning.lruCrawlerSleep = value;
    return done;
  },
};

const crawlerSwitches: Readonly<Record<string, Request>> = {
  enable: ({ crawler }) => {
    if (crawler.isEnabled) return { line: 'ERROR failed to start lru crawler thread' };
    crawler.enable();
    return done;
  },
  disable: ({ crawler }) => {
    if (!crawler.isEnabled) return { line: 'ERROR failed to stop lru crawler thread' };
    crawler.disable();
    return done;
  },
};

const lruCrawler: Request = (engine, [what = '', ...words]) => {
  const table = words.length === 1 ? crawlerParts : words.length === 0 ? crawlerSwitches : {};
  const part = Object.hasOwn(table, what) ? table[what] : undefined;
  return part === undefined ? unknown : part(engine, words);
};

const lru: Request = (engine, [what = '', ...words]) => {
  const least = what === 'tune' ? 4 : 1;
  const part = Object.hasOwn(lruParts, what) ? lruParts[what] : undefined;
  return part === undefined || words.length < least ? unknown : part(engine, words);
};

/** Settings of extstore that take a number. */
const extNumbers: Readonly<Record<string, (tuning: Tuning, value: number) => void>> = {
  item_size: (tuning, value) => (tuning.extItemSize = value),
  item_age: (tuning, value) => (tuning.extItemAge = value),
  low_ttl: (tuning, value) => (tuning.extLowTtl = value),
  recache_rate: (tuning, value) => (tuning.extRecacheRate = value),
  compact_under: (tuning, value) => (tuning.extCompactUnder = value),
  drop_under: (tuning, value) => (tuning.extDropUnder = value),
  max_sleep: (tuning, value) => (tuning.extMaxSleep = value),
  drop_unread: (tuning, value) => (tuning.extDropUnread = value !== 0),
};

/** There is no extstore; its settings can be changed, as in a memcached without one. */
const extstore: Request = ({ tuning }, [what = '', word, other]) => {
  const value = unsignedWord(word);
  if (what === 'free_memchunks') {
    return value !== undefined && value < maxClasses && unsignedWord(other) !== undefined ? done : unknown;
  }
  if (what === 'max_frag') {
    const fraction = fractionWord(word);
    if (fraction === undefined) return unknown;
    tuning.extMaxFrag = fraction;
    return done;
  }
  const set = Object.hasOwn(extNumbers, what) ? extNumbers[what] : undefined;
  if (set === undefined || value === undefined) return unknown;
  set(tuning, value);
  return done;
};

const shutdown: Request = (engine, words) => {
  if (engine.shutdown === undefined) return { line: 'ERROR: shutdown not enabled' };
  if (words.length > 1 || (words.length === 1 && words[0] !== 'graceful')) return clientError('invalid shutdown mode');
  engine.shutdown(words.length === 1);
  // memcached closes the connection without a reply.
  return { line: '' };
};

/** Moves the clock of the store by seconds, or stops it (`p`) and starts it again (`r`): for tests. */
const debugTime: Request = ({ movableClock }, [word]) => {
  if (movableClock === undefined) return unknown;
  if (word === 'p') movableClock.pause();
  else if (word === 'r') movableClock.resume();
  else {
    const seconds = signedWord(word);
    if (seconds === undefined) return unknown;
    movableClock.move(seconds);
  }
  return done;
};

const requests: Readonly<Record<string, Request>> = {
  cache_memlimit: memoryLimit,
  slabs,
  lru,
  lru_crawler: lruCrawler,
  extstore,
  shutdown,
  debugtime: debugTime,
  refresh_certs: () => ({ line: 'Error TLS not enabled' }),
};

/** Executes an admin command of memcached. */
export const executeAdminVerb: Execute = (engine, command, handler) => {
  const text = byteStringOf(command.value);
  const [verb = '', ...words] = text.split(' ');
  if (verb === 'watch') {
    if (engine.settings.watch_enabled === 'no') {
      sendAdminReply(engine.reply, handler, clientError('watch commands not allowed'));
      return;
    }
    if (!engine.watchers.add(words, command, handler)) sendAdminReply(engine.reply, handler, unknown);
    return;
  }
  const request = Object.hasOwn(requests, verb) ? requests[verb] : undefined;
  const content = request === undefined ? unknown : request(engine, words);
  if ('flow' in content)
    replyInSteps(engine.store.options.clock, engine.reply, content.flow[Symbol.iterator](), command, handler);
  else sendAdminReply(engine.reply, handler, content);
};
