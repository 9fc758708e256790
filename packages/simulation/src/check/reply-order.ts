/**
 * M10: a session receives one reply for each request, in their order, and nothing else. A quiet request may have none:
 * the reply to a later request says that it succeeded, or missed.
 *
 *   requests   set #1 q   set #2 q   get #3
 *   replies    ─────────  error?     values       which error belongs to #1 or #2 may stay open: both are kept
 */
import type { RawReply, Request, Said } from '../wire/request.ts';

/** Whether a reply can be that of a request. */
const fitting: Readonly<Record<Request['verb'], readonly Said[]>> = {
  get: ['values', 'server error'],
  multi: ['values', 'server error'],
  set: ['stored', 'server error'],
  add: ['stored', 'not stored', 'server error'],
  replace: ['stored', 'not stored', 'server error'],
  append: ['stored', 'not stored', 'server error'],
  delete: ['deleted', 'not found', 'server error'],
  incr: ['count', 'not found', 'server error'],
  noop: ['noop'],
  unknown: ['unknown'],
  long: ['client error'],
};

/** What is known after a reply. */
export interface Matched {
  /** The request that it belongs to, if that is certain. */
  readonly request: Request | undefined;
  /** Quiet requests before it that certainly have no reply. */
  readonly silent: readonly Request[];
}

/** The requests of a session that may still have a reply. */
export class ReplyOrder {
  readonly #requests: Request[] = [];
  readonly #areQuietSilent: boolean;
  /** Where the next reply may belong: indexes, ascending; several where a reply without a name fits several. */
  #heads: readonly number[] = [0];

  /** `areQuietSilent`: quiet requests have no reply at all. */
  constructor(areQuietSilent: boolean) {
    this.#areQuietSilent = areQuietSilent;
  }

  /** A request that was sent. */
  sent(request: Request): void {
    this.#requests.push(request);
  }

  /** The requests that must still have a reply. */
  get owed(): readonly Request[] {
    return this.#requests.slice(this.#heads.at(-1)).filter(({ isQuiet }) => !isQuiet);
  }

  /** A reply that came; undefined = it belongs to no request. */
  replied(reply: RawReply): Matched | undefined {
    const before = this.#heads;
    const found = new Set<number>();
    for (const head of before) {
      for (let at = head; at < this.#requests.length; at++) {
        const request = this.#requests[at] as Request;
        if (this.#fits(request, reply)) found.add(at + 1);
        if (!request.isQuiet) break;
      }
    }
    if (found.size === 0) return undefined;
    this.#heads = [...found].sort((one, other) => one - other);
    const [next = 0] = this.#heads;
    if (this.#heads.length > 1) return { request: undefined, silent: [] };
    const silent = before.length === 1 ? this.#requests.slice(before[0], next - 1) : [];
    return { request: this.#requests[next - 1], silent };
  }

  /** What it waited for, for messages. */
  get expected(): string {
    const request = this.#requests[this.#heads[0] ?? 0];
    return request === undefined ? 'no request waits' : `${request.verb} #${request.id} waits`;
  }

  #fits({ id, isQuiet, keys, verb }: Request, reply: RawReply): boolean {
    if (isQuiet && (this.#areQuietSilent || isSilent(verb, reply))) return false;
    if (reply.id !== undefined && reply.id !== id) return false;
    // `HD` is the success of a delete as well.
    const said = verb === 'delete' && reply.said === 'stored' && reply.id !== undefined ? 'deleted' : reply.said;
    return fitting[verb].includes(said) && areInOrder(reply, keys);
  }
}

/** Whether a quiet request has no such reply. */
function isSilent(verb: Request['verb'], { items, said }: RawReply): boolean {
  if (verb === 'get') return said === 'values' && items.length === 0;
  return said === 'stored' || said === 'deleted' || said === 'count';
}

/** Whether the items are of these keys, in their order. */
function areInOrder({ items }: RawReply, keys: readonly string[]): boolean {
  let at = 0;
  for (const { key } of items) {
    while (at < keys.length && keys[at] !== key) at++;
    if (at++ >= keys.length) return false;
  }
  return true;
}
