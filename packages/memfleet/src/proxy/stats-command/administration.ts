/**
 * The admin requests to a listener: `stats` and the requests that memcached's tools send. The proxy replies for the
 * nodes that have its clients' keys:
 *
 *   stats, items, slabs, sizes, detail dump, cachedump     the nodes as one (stat-sums.ts); a node that does not reply
 *                                                          is left out, and counted in `nodes_failed`
 *   stats nodes [GROUP]                                    each node by itself
 *   stats settings                                         the listener's, where it has such a setting, else the nodes'
 *   stats proxy …                                          the proxy's own
 *   stats reset                                            the proxy's own counters and the nodes'
 *   lru_crawler metadump                                   the items of all nodes (node-dump.ts)
 *   what changes nodes                                     to all of them with `allowFlush`, else refused as memcached
 *                                                          refuses `flush_all`
 *   shutdown, watch, refresh_certs                         refused
 *
 * No request waits longer than the timeout of a fleet.
 */
import { byteStringOf } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import type { Handler } from '../../core/dispatcher.ts';
import { Reply } from '../../core/reply.ts';
import { isAdminRefusal } from '../../protocol/text/reply-lines.ts';
import { clientError, notFound, sendAdminReply, type AdminReply, unknown } from '../../store/admin-reply.ts';
import type { StatLine } from '../stats.ts';
import type { NodeDump } from './node-dump.ts';
import type { NodeReply, NodeReplies } from './node-replies.ts';
import { classSums, generalSums, oneLine, prefixSums, settingSums, sizeSums } from './stat-sums.ts';

/** The options of an Administration. */
export interface AdministrationOptions {
  /** The clusters that the listener leads to. */
  readonly clusters: readonly string[];
  readonly nodes: NodeReplies;
  readonly dump: NodeDump;
  readonly allowFlush: boolean;
  /** The largest value that the listener accepts. */
  readonly itemSizeMax: number;
  /** The statistics of the proxy, not of the nodes, under memcached's names. */
  readonly general: () => readonly StatLine[];
  readonly settings: () => readonly StatLine[];
  /** `stats proxy …`; undefined: there is no such group. */
  readonly proxyGroup: (words: readonly string[]) => readonly StatLine[] | undefined;
  /** Resets the proxy's own counters to 0. */
  readonly reset: () => void;
}

type Done = (reply: AdminReply) => void;
type Ask = (administration: Administration, words: readonly string[], done: Done) => void;
/** Merges the replies of the nodes. */
type Make = (replies: readonly NodeReply[], administration: Administration) => AdminReply;

const usage = clientError('usage: stats detail on|off|dump');

/** A group whose lines are merged from those of the nodes. */
function summed(sums: (nodes: Iterable<readonly StatLine[]>) => readonly StatLine[], nodeGroup: string): Ask {
  const make: Make = (replies) => ({ stats: sums(replies.map(({ lines }) => lines)) });
  return (administration, _words, done) => administration.askOnce('stats', nodeGroup, make, done);
}

const makeGeneral: Make = (replies, administration) => ({ stats: administration.generalLines(replies) });

const makeSettings: Make = (replies, { options: { itemSizeMax, settings } }) => {
  const own: readonly StatLine[] = [['item_size_max', itemSizeMax]];
  const sums = settingSums([...replies.map(({ lines }) => lines), own]);
  return { stats: new Map<string, string | number>([...sums, ...settings()]) };
};

const makeNodes: Make = (replies) => ({ stats: replies.flatMap(linesOfNode) });

const itemLine = /^ITEM [^\r\n]*\r\n$/;

/** The items of `stats cachedump`: lines without a name, and of no other kind. */
function dumpedItems(replies: readonly NodeReply[]): string[] {
  return replies.flatMap(({ lines }) =>
    lines.flatMap(([name, line]) => (name === '' && itemLine.test(String(line)) ? [String(line)] : [])),
  );
}

/** The groups of `stats nodes GROUP`: those that change nothing and have names. */
const nodeGroups: ReadonlySet<string> = new Set(['', 'settings', 'items', 'slabs', 'sizes']);

const groups: Readonly<Record<string, Ask>> = {
  '': (administration, _words, done) => administration.askOnce('stats', '', makeGeneral, done),
  settings: (administration, _words, done) => administration.askOnce('stats', 'settings', makeSettings, done),
  items: summed(classSums, 'items'),
  slabs: summed(classSums, 'slabs'),
  sizes: summed(sizeSums, 'sizes'),
  conns: (_administration, _words, done) => done({ stats: [] }),
  extstore: (_administration, _words, done) => done({ stats: [] }),
  // memcached's replies to these have no end, so they cannot be forwarded.
  sizes_enable: (_administration, _words, done) => done(clientError('stats sizes_enable not allowed')),
  sizes_disable: (_administration, _words, done) => done(clientError('stats sizes_disable not allowed')),
  detail: (administration, words, done) => {
    const [what] = words;
    if (what === 'on' || what === 'off') change('stats', 'detail')(administration, [what], done);
    else if (what === 'dump') administration.prefixes((lines) => done({ lines: lines.map((line) => `${line}\r\n`) }));
    else done(usage);
  },
  cachedump: cacheDump,
  reset: (administration, _words, done) => {
    administration.options.reset();
    administration.ask('stats', 'reset', () => done({ line: 'RESET' }));
  },
  nodes: (administration, [group = '', ...more], done) => {
    if (more.length > 0 || !nodeGroups.has(group)) done(notFound);
    else administration.askOnce('stats', group, makeNodes, done);
  },
  proxy: (administration, words, done) => {
    const lines = administration.options.proxyGroup(words);
    if (lines !== undefined) return done({ stats: lines });
    if (words.join(' ') !== 'reset') return done(notFound);
    administration.options.reset();
    // As Moxi replies.
    done({ line: 'OK' });
  },
};

function cacheDump(administration: Administration, words: readonly string[], done: Done): void {
  administration.ask('stats', ['cachedump', ...words].join(' '), (replies) => {
    const items = dumpedItems(replies);
    const refusal = replies.find((reply) => reply.refusal?.errorKind === 'client')?.refusal;
    if (items.length === 0 && refusal !== undefined) done(clientError(refusal.message));
    else {
      const limit = Number(words[1]);
      done({ lines: limit > 0 ? items.slice(0, limit) : items });
    }
  });
}

/** `NODE:NAME`; for a node that did not reply, the reason. */
function linesOfNode({ node, lines, error }: NodeReply): readonly StatLine[] {
  const named = lines
    .filter(([name]) => name !== '')
    .map(([name, value]): StatLine => [`${node}:${name}`, oneLine(value)]);
  if (error === undefined) return named;
  return [...named, [`${node}:error`, oneLine(error.message)]];
}

/** A request that changes nodes: to all of them, if that is allowed. */
function change(verb: 'stats' | 'admin', name: string): Ask {
  return (administration, words, done) => {
    const request = [name, ...words].join(' ');
    const shown = verb === 'stats' ? `stats ${name}` : name;
    if (!administration.options.allowFlush) return done(clientError(`${shown} not allowed`));
    administration.ask(verb, request, (replies) => done(judge(replies)));
  };
}

/** Success of all nodes, or the first failure. */
function judge(replies: readonly NodeReply[]): AdminReply {
  const failed = replies.find(({ error }) => error !== undefined);
  if (failed?.error === undefined) {
    const [reply] = replies;
    const [line] = reply?.lines ?? [];
    return { line: reply?.word ?? (line === undefined ? 'OK' : `STAT ${line[0]} ${line[1]}`) };
  }
  const { refusal } = failed;
  if (refusal === undefined) return { error: 'server', message: failed.error.message, status: 0 };
  if (isAdminRefusal(refusal.message)) return { line: refusal.message };
  const { errorKind, message } = refusal;
  return errorKind === 'unknownCommand' ? unknown : { error: errorKind, message, status: 0 };
}

const verbs: Readonly<Record<string, Ask>> = {
  cache_memlimit: change('admin', 'cache_memlimit'),
  extstore: change('admin', 'extstore'),
  lru: change('admin', 'lru'),
  slabs: change('admin', 'slabs'),
  lru_crawler: change('admin', 'lru_crawler'),
  shutdown: (_administration, _words, done) => done({ line: 'ERROR: shutdown not enabled' }),
  watch: (_administration, _words, done) => done(clientError('watch commands not allowed')),
  refresh_certs: (_administration, _words, done) => done(clientError('refresh_certs not allowed')),
};

/** The words of a binary STAT (memcached 1.6.18 `process_bin_stat`); undefined = there is no such group. */
function binaryWords(key: string): readonly string[] | undefined {
  for (const prefix of ['reset', 'settings']) if (key.startsWith(prefix)) return [prefix];
  const words = key.split(' ');
  const [first = ''] = words;
  if (first === 'proxy' || first === 'nodes' || (first === 'detail' && words.length > 1)) return words;
  return ['', 'items', 'slabs', 'sizes', 'sizes_enable', 'sizes_disable'].includes(key) ? words : undefined;
}

/** Executes the admin commands of a listener on its nodes. */
export class Administration {
  readonly options: AdministrationOptions;
  /** For own replies; refilled for each. */
  readonly #reply = new Reply();
  /** The last merged reply, with the node replies and the merger from which it was made. */
  #made: { readonly replies: readonly NodeReply[]; readonly make: Make; readonly merged: AdminReply } | undefined;

  constructor(options: AdministrationOptions) {
    this.options = options;
  }

  /** Executes `stats`. */
  stats(command: Command, handler: Handler): void {
    const text = byteStringOf(command.value);
    const isBinary = command.dialect === 'binary';
    const words = isBinary ? binaryWords(text) : text.split(' ');
    const [name = '', ...rest] = words ?? [];
    const group = words !== undefined && Object.hasOwn(groups, name) ? groups[name] : undefined;
    const done: Done = (reply) => sendAdminReply(this.#reply, handler, reply);
    if (group === undefined) done(notFound);
    else if (isBinary && name === 'detail' && rest[0] === 'dump') this.#binaryPrefixes(done);
    else group(this, rest, done);
  }

  /** Executes verb `admin`. */
  request(command: Command, handler: Handler): void {
    const [verb = '', ...words] = byteStringOf(command.value).split(' ');
    const done: Done = (reply) => sendAdminReply(this.#reply, handler, reply);
    if (verb === 'lru_crawler' && words[0] === 'metadump' && words.length === 2) {
      this.options.dump.begin(this.options.clusters, words[1] as string, command, handler);
      return;
    }
    const ask = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (ask === undefined) done(unknown);
    else ask(this, words, done);
  }

  ask(verb: 'stats' | 'admin', words: string, done: (replies: readonly NodeReply[]) => void): void {
    this.options.nodes.ask(this.options.clusters, verb, words, done);
  }

  /** The same, for clients that share one reply: it is made once for simultaneous requests. */
  askOnce(verb: 'stats' | 'admin', words: string, make: Make, done: Done): void {
    this.ask(verb, words, (replies) => {
      if (this.#made?.replies !== replies || this.#made.make !== make)
        this.#made = { replies, make, merged: make(replies, this) };
      done(this.#made.merged);
    });
  }

  /** `stats`: sums of the nodes, the proxy's own statistics, and the number of nodes. */
  generalLines(replies: readonly NodeReply[]): Iterable<StatLine> {
    const sums: Map<string, string | number> = generalSums([
      ...replies.map(({ lines }) => lines),
      // Names that no node reports are 0 rather than absent, for tools that expect all names.
      replies.some(({ lines }) => lines.length > 0) ? [] : absent,
    ]);
    for (const [name, value] of this.options.general()) sums.set(name, value);
    sums.set('nodes', replies.length);
    sums.set('nodes_failed', replies.filter(({ error }) => error !== undefined).length);
    return sums;
  }

  /** The lines of `stats detail dump`. Binary nodes return them as one statistic. */
  prefixes(done: (lines: readonly string[]) => void): void {
    this.ask('stats', 'detail dump', (replies) => {
      const all = replies.flatMap(({ lines }) => lines.flatMap(([, text]) => String(text).split('\r\n')));
      done(prefixSums(all));
    });
  }

  #binaryPrefixes(done: Done): void {
    this.prefixes((lines) => {
      const text = lines.map((line) => `${line}\r\n`).join('');
      done({ stats: [['detailed', `${text}END\r\n`]] });
    });
  }
}

/** Names that have a value on nodes only. */
const absent: readonly StatLine[] = [
  'cmd_get',
  'cmd_set',
  'cmd_flush',
  'cmd_touch',
  'cmd_meta',
  'get_hits',
  'get_misses',
  'get_expired',
  'get_flushed',
  'delete_misses',
  'delete_hits',
  'incr_misses',
  'incr_hits',
  'decr_misses',
  'decr_hits',
  'cas_misses',
  'cas_hits',
  'cas_badval',
  'touch_hits',
  'touch_misses',
  'store_too_large',
  'store_no_memory',
  'limit_maxbytes',
  'bytes',
  'curr_items',
  'total_items',
  'expired_unfetched',
  'evicted_unfetched',
  'evictions',
  'reclaimed',
  'crawler_reclaimed',
  'crawler_items_checked',
].map((name): StatLine => [name, 0]);
