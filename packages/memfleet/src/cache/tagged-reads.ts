/**
 * Reads of values with tags, in one write:
 *
 *   get ─┬─▶ versions of the tags that the entry had when it was read last ─┐
 *        └─▶ the entry ─ it has these tags, of these versions ──────────────┴─▶ its value
 *                      ├ it has other tags ─▶ their versions ─▶ its value, or a miss
 *                      └ it is absent, or a tag has another version ─▶ a miss
 *
 * The calls of one turn of the event loop share the read of a version, since no reply comes within a turn. The versions
 * are requested before the entry: where one node has both, the result is made in the turn of the entry's reply, without
 * a promise beside that of the client. A version that is missing, or cannot be read, makes a miss.
 */
import { BoundedMap } from '../base/bounded-map.ts';
import { bufferOf, latin1Slice, utf8Slice } from '../base/bytes.ts';
import { afterTurn } from '../base/real-time.ts';
import { rejected } from '../base/rejected.ts';
import { callShape } from '../client/call-shape.ts';
import type { Caller } from '../client/caller.ts';
import type { Client } from '../client/client.ts';
import { Items } from '../client/items.ts';
import type { Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { isStub } from '../core/stub.ts';
import { isOfCache } from './core.ts';
import { headStart, isIntact, type Opened, openEnvelope } from './entry-bytes.ts';
import { entryFlags } from './entry.ts';
import { type KeyFunction, KeyMaker } from './keys.ts';

/** The keys whose tags are remembered, at most. */
const mostKnown = 10_000;

/** No version. */
const none = '';

/** What is remembered of a key. */
interface Known {
  readonly wire: string;
  readonly tags: readonly string[];
  /** The keys of the versions of the tags. */
  readonly versions: readonly string[];
  /** The bytes of the envelope between its checksum and its value, as a byte string. */
  readonly head: string;
  /** The versions that the entry has. */
  readonly stamps: readonly string[];
}

/** A read of a version in this turn. It makes a promise only for those who wait for it. */
class VersionRead implements Handler {
  /** Undefined until the reply. */
  stamp: string | undefined = undefined;
  #ended: (() => void)[] | undefined = undefined;

  onReply(reply: Reply): void {
    this.#settle(hasValue(reply) && reply.flags === entryFlags.version ? reply.text() : none);
  }

  onError(): void {
    this.#settle(none);
  }

  async ended(): Promise<string> {
    if (this.stamp === undefined) await new Promise<void>((resolve) => (this.#ended ??= []).push(resolve));
    return this.stamp ?? none;
  }

  #settle(stamp: string): void {
    this.stamp = stamp;
    this.#ended?.forEach((resolve) => resolve());
  }
}

/** What becomes of a read. */
export interface ReadEnds<R> {
  /** Makes the result of a text; undefined: there is none. Runs within `onReply`. */
  readonly found: (text: string | undefined, key: string) => R | Promise<R>;
  /** Reads in another way what is neither a text nor in an envelope: a value in chunks, a mark. */
  readonly other: (key: string) => Promise<R>;
}

/** Reads the texts that a cache with this key function, and without other options, has stored over the same client. */
export class TaggedReads<R> {
  readonly #caller: Caller;
  readonly #keys: KeyMaker;
  readonly #ends: ReadEnds<R>;
  readonly #known = new BoundedMap<string, Known>({ maxItems: mostKnown, maxSize: Infinity });
  /** The reads of this turn, by the keys of the versions. */
  readonly #reads = new Map<string, VersionRead>();

  constructor(client: Client, keyFunction: KeyFunction, ends: ReadEnds<R>) {
    this.#caller = Items.callerOf(client.with({ errors: 'throw' }));
    this.#keys = new KeyMaker({ keyFunction, room: client.items.limits.maxKeyLength });
    this.#ends = ends;
  }

  /** Rejects for a key that is no text; what fails otherwise is a miss. */
  get(key: string): Promise<R> {
    try {
      const known = this.#known.peek(key);
      const reads = known === undefined ? [] : this.#readAll(known.versions);
      const wire = known?.wire ?? this.#keys.item(key);
      const read = (reply: Reply): R | Promise<R> => this.#judge(key, wire, reply, known, reads);
      const failed = (error: MemcacheError): R | Promise<R> => {
        if (!isOfCache(error)) throw error;
        return this.#ends.found(undefined, key);
      };
      const shape = callShape<R | Promise<R> | undefined, undefined>(
        'get',
        read,
        undefined,
        undefined,
        undefined,
        failed,
      );
      return this.#caller.run(shape, wire, undefined, undefined, undefined) as Promise<R>;
    } catch (error) {
      return rejected(error);
    }
  }

  #judge(
    key: string,
    wire: string,
    reply: Reply,
    known: Known | undefined,
    reads: readonly VersionRead[],
  ): R | Promise<R> {
    const { found, other } = this.#ends;
    if (!hasValue(reply) || reply.flags !== entryFlags.envelope) {
      if (known !== undefined) this.#known.delete(key);
      if (!hasValue(reply)) return found(undefined, key);
      return reply.flags === 0 ? found(reply.utf8(), key) : other(key);
    }
    const bytes = bufferOf(reply.raw());
    if (!isIntact(bytes)) return other(key);
    const entry = known !== undefined && hasHead(bytes, known.head) ? known : this.#learn(key, wire, bytes, known);
    if (entry === undefined) return other(key);
    const text = utf8Slice(bytes, headStart + entry.head.length, bytes.length);
    if (entry.versions !== known?.versions) return this.#judgeLater(key, text, entry, this.#readAll(entry.versions));
    for (let at = 0; at < reads.length; at++) {
      const { stamp } = reads[at] as VersionRead;
      if (stamp === undefined) return this.#judgeLater(key, text, entry, reads);
      if (stamp !== entry.stamps[at]) return found(undefined, key);
    }
    return found(text, key);
  }

  async #judgeLater(key: string, text: string, { stamps }: Known, reads: readonly VersionRead[]): Promise<R> {
    const current = await Promise.all(reads.map((read) => read.ended()));
    return this.#ends.found(current.every((stamp, at) => stamp === stamps[at]) ? text : undefined, key);
  }

  /** Remembers what an envelope says. Undefined: it is not one of a text. */
  #learn(key: string, wire: string, bytes: Buffer, before: Known | undefined): Known | undefined {
    let opened: Opened;
    try {
      opened = openEnvelope(bytes);
    } catch {
      return undefined;
    }
    if (opened.flags !== 0) return undefined;
    const { tags = [] } = opened.head;
    const names = tags.map(({ name }) => name);
    const hasThose = before !== undefined && before.tags.join('\n') === names.join('\n');
    const known: Known = {
      wire,
      tags: names,
      versions: hasThose ? before.versions : names.map((name) => this.#keys.tagVersion(name)),
      head: latin1Slice(bytes, headStart, bytes.length - opened.payload.length),
      stamps: tags.map(({ stamp }) => stamp),
    };
    this.#known.set(key, known, 0);
    return known;
  }

  #readAll(versions: readonly string[]): VersionRead[] {
    const reads: VersionRead[] = [];
    for (const version of versions) reads.push(this.#reads.get(version) ?? this.#read(version));
    return reads;
  }

  #read(version: string): VersionRead {
    if (this.#reads.size === 0) afterTurn(() => this.#reads.clear());
    const command = this.#caller.command('get', version, undefined);
    // A second home of a version would bring an old one back when the first home returns.
    command.ownerOnly = true;
    const read = new VersionRead();
    this.#caller.core.fleet.dispatcher.dispatch(command, read);
    this.#reads.set(version, read);
    return read;
  }
}

function hasHead(bytes: Buffer, head: string): boolean {
  const end = headStart + head.length;
  return end <= bytes.length && latin1Slice(bytes, headStart, end) === head;
}

const hasValue = (reply: Reply): boolean => reply.status === 'ok' && reply.hasValue && !isStub(reply);
