/**
 * `watch`: clients that receive events as they occur (memcached 1.6.18 `logger.c`).
 *
 *   a get, a store, an eviction ─▶ ts=… gid=… type=item_get key=… … ─▶ every watcher of its kind
 *                                         a slow reader misses lines and receives their number: skipped=…
 *
 * Without watchers there is no cost. A watcher's reply ends with its connection.
 */
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import { Reply, type ReplyStatus } from '../core/reply.ts';
import type { Stat } from './admin-reply.ts';
import { escaped } from './dump.ts';
import type { ItemStore } from './item-store.ts';
import { type Item, itemOverhead } from './item.ts';
import { classOf } from './slab-classes.ts';

/** The kinds of events that occur here. */
type Kind = 'fetchers' | 'mutations' | 'evictions' | 'connevents';

/** All words that `watch` accepts. The other kinds have no events here. */
const words: ReadonlyMap<string, Kind | undefined> = new Map<string, Kind | undefined>([
  ['fetchers', 'fetchers'],
  ['mutations', 'mutations'],
  ['evictions', 'evictions'],
  ['rawcmds', undefined],
  ['sysevents', undefined],
  ['connevents', 'connevents'],
  ['proxyreqs', undefined],
  ['proxyevents', undefined],
  ['proxyuser', undefined],
]);

/** The maximum number of watchers, as in memcached. */
const mostWatchers = 20;

/** A connection that began or ended. */
export interface ConnectionEvent {
  readonly type: 'new' | 'close';
  /** The address of the client: `tcp:127.0.0.1:5000`, `tcp6:[::1]:5000`, `unix:`. */
  readonly remote: string;
  /** Its number in `stats conns`. */
  readonly number: number;
  /** Why it ended: `normal`, `error`, `idle_timeout`. */
  readonly reason: string;
}

interface Watcher {
  readonly kinds: ReadonlySet<Kind | undefined>;
  readonly command: Command;
  readonly handler: Handler;
  skipped: number;
}

const storeStatuses: Readonly<Record<ReplyStatus, string>> = {
  ok: 'stored',
  notStored: 'not_stored',
  exists: 'exists',
  miss: 'not_found',
  error: 'too_large',
};

/** The clients of `watch`. */
export class Watchers {
  readonly #store: ItemStore;
  readonly #clock: Clock;
  readonly #reply = new Reply();
  #watchers: readonly Watcher[] = [];
  #lines = 0;
  /** Called when a client begins to watch connections. */
  onConnectionWatcher: () => void = () => {};
  readonly #counts = { sent: 0, skipped: 0 };

  constructor(store: ItemStore) {
    this.#store = store;
    this.#clock = store.options.clock;
  }

  /** Whether there are watchers of commands. */
  get areThere(): boolean {
    return this.#watchers.length > 0;
  }

  /** Adds a client, which receives `OK` and then events. False: a word is invalid, and nothing is sent. */
  add(kinds: readonly string[], command: Command, handler: Handler): boolean {
    if (!kinds.every((word) => words.has(word))) return false;
    this.#forgetGone();
    const watcher: Watcher = {
      kinds: new Set(kinds.length === 0 ? ['fetchers' as const] : kinds.map((word) => words.get(word))),
      command,
      handler,
      skipped: 0,
    };
    command.isEndless = true;
    if (this.#watchers.length >= mostWatchers) {
      this.#reply.reset('ok').message = 'WATCHER_TOO_MANY log watcher limit reached';
      handler.onReply(this.#reply);
      return true;
    }
    this.#watchers = [...this.#watchers, watcher];
    if (watcher.kinds.has('connevents')) this.onConnectionWatcher();
    this.#store.onEvict = (item, now) => this.#evicted(item, now);
    this.#say(watcher, 'OK\r\n');
    return true;
  }

  /** The handler that reports the outcome of a command to watchers, and the lookups for it. */
  watch(command: Command, handler: Handler): Handler {
    switch (command.verb) {
      case 'get':
        for (const key of command.keys ?? [command.key]) this.#fetched(key, handler);
        return handler;
      case 'store':
        this.#fetched(command.key, handler);
        return new Stored(handler, (reply) => this.#stored(command, reply, handler));
      case 'delete':
      case 'arith':
      case 'touch':
      case 'debug':
        this.#fetched(command.key, handler);
        return handler;
      default:
        return handler;
    }
  }

  /** Reports a connection. */
  connected({ type, remote, number, reason }: ConnectionEvent): void {
    const [, transport = '', host = 'unix', port = '0'] =
      /^(tcp|unix)6?:\[?(?:::ffff:)?([^\]]+?)?\]?(?::(\d+))?$/.exec(remote) ?? [];
    const where = `rip=${host} rport=${port} transport=${transport === 'tcp' ? 'tcp' : 'local'}`;
    const why = type === 'close' ? ` reason=${reason}` : '';
    this.#publish('connevents', `conn_${type} ${where}${why} cfd=${number}`);
  }

  /** Whether a client watches this. */
  wants(kind: Kind): boolean {
    return this.#watchers.some(({ kinds }) => kinds.has(kind));
  }

  /** The lines of `stats`. */
  stats(): Stat[] {
    this.#forgetGone();
    return [
      ['log_worker_written', this.#lines],
      ['log_watcher_skipped', this.#counts.skipped],
      ['log_watcher_sent', this.#counts.sent],
      ['log_watchers', this.#watchers.length],
    ];
  }

  #fetched(key: string, handler: Handler): void {
    if (!this.wants('fetchers')) return;
    const { counters } = this.#store;
    const expired = counters.get_expired;
    const item = this.#store.find(key, this.#store.tick());
    const status = item === undefined ? (counters.get_expired === expired ? 'not_found' : 'expired') : 'found';
    const where = item === undefined ? [0, 0] : [classOf(item.size), lengthOf(item)];
    const text = `item_get key=${escaped(key)} status=${status} clsid=${where[0]}`;
    this.#publish('fetchers', `${text}${by(handler)} size=${where[1]}`);
  }

  #stored({ key, value, flags, exptime, mode, cas }: Command, reply: Reply, handler: Handler): void {
    const now = this.#store.tick();
    // An item after an append is reported in its new state.
    const item = reply.status === 'ok' ? this.#store.find(key, now) : undefined;
    const expires = item?.exptime ?? this.#store.expiresAt(exptime, now);
    const size = item?.size ?? itemOverhead + key.length + value.length + (flags === 0 ? 0 : 4);
    const length = item === undefined ? value.length : lengthOf(item);
    const text = `item_store key=${escaped(key)} status=${storeStatuses[reply.status]} cmd=${cas === 0n ? mode : 'cas'}`;
    const ttl = expires === 0 ? 0 : Math.max(0, expires - now);
    this.#publish('mutations', `${text} ttl=${ttl} clsid=${classOf(size)}${by(handler)} size=${length}`);
  }

  #evicted(item: Item, now: number): void {
    const ttl = item.exptime === 0 ? -1 : item.exptime - now;
    const text = `eviction key=${escaped(item.key)} fetch=${item.isFetched ? 'yes' : 'no'} ttl=${ttl}`;
    const end = `la=${now - item.accessed} clsid=${classOf(item.size)} size=${lengthOf(item)}`;
    this.#publish('evictions', `${text} ${end}`);
  }

  #publish(kind: Kind, text: string): void {
    if (!this.wants(kind)) return;
    const number = ++this.#lines;
    const micros = String(Math.floor((this.#clock.now() % 1000) * 1000)).padStart(6, '0');
    const line = `ts=${this.#clock.unixSeconds()}.${micros} gid=${number} type=${text}\n`;
    for (const watcher of this.#watchers) if (watcher.kinds.has(kind)) this.#say(watcher, line);
    this.#forgetGone();
  }

  #say(watcher: Watcher, line: string): void {
    if (watcher.command.cancelled) return;
    if (watcher.handler.isFull === true) {
      watcher.skipped++;
      this.#counts.skipped++;
      return;
    }
    const missed = watcher.skipped === 0 ? '' : `skipped=${watcher.skipped}\n`;
    watcher.skipped = 0;
    this.#counts.sent++;
    this.#reply.reset('ok', 'item').setText(missed + line);
    watcher.handler.onReply(this.#reply);
  }

  #forgetGone(): void {
    if (!this.#watchers.some(({ command }) => command.cancelled)) return;
    this.#watchers = this.#watchers.filter(({ command }) => !command.cancelled);
    if (!this.areThere) this.#store.onEvict = undefined;
  }
}

/** Names the connection of the client that sent the command. */
function by({ connection }: Handler): string {
  return ` cfd=${connection ?? 0}`;
}

/** The length of the value in bytes. */
function lengthOf({ size, key, flags }: Item): number {
  return size - itemOverhead - key.length - (flags === 0 ? 0 : 4);
}

/** Reports the outcome of a store, after its client received the reply. */
class Stored implements Handler {
  readonly #handler: Handler;
  readonly #onDone: (reply: Reply) => void;

  constructor(handler: Handler, onDone: (reply: Reply) => void) {
    this.#handler = handler;
    this.#onDone = onDone;
  }

  onReply(reply: Reply): void {
    this.#onDone(reply);
    this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    this.#handler.onError(error);
  }
}
