/**
 * The contents of an item of the cache beside a plain value: marks, identified by the client flags 0x6D66kk00 ("mf" and
 * a kind). The low byte of the flags is 0, so that clients of other languages read bytes, not a number or a pickle.
 *
 *   plain value   bytes and flags of the transcoder: other clients read it
 *   envelope      a value with tags, the time it was made, or a soft expiry
 *   stub          a loader of the value runs
 *   failed        the loader threw a moment ago
 *   nothing       the loader returned undefined
 *   manifest      the value is in chunks
 *   chunk         a part of a value
 *   version item  the version of a namespace or tag
 */

/** The client flags of the marks. */
export const entryFlags: {
  readonly envelope: number;
  readonly stub: number;
  readonly failed: number;
  readonly nothing: number;
  readonly manifest: number;
  readonly chunk: number;
  readonly version: number;
} = Object.freeze({
  envelope: 0x6d66_1000,
  stub: 0x6d66_1100,
  failed: 0x6d66_1200,
  nothing: 0x6d66_1300,
  manifest: 0x6d66_1400,
  chunk: 0x6d66_1500,
  version: 0x6d66_1600,
});

/** Whether client flags are those of a mark, of this version of the library or another. */
export function areEntryFlags(flags: number): boolean {
  return flags >>> 16 === 0x6d66;
}

/** A tag of an entry with the version that it had before the load. */
export interface TagStamp {
  readonly name: string;
  /** 16 characters (`version-stamp.ts`). */
  readonly stamp: string;
}

/** What an entry says beside its value. */
export interface EntryHead {
  readonly tags?: readonly TagStamp[] | undefined;
  /** When the value was made (Unix ms) and how long its load took (ms). */
  readonly times?: { readonly created: number; readonly loadMs: number } | undefined;
  /** Unix ms; for nodes that do not tell how long an item has to live. */
  readonly softExpiry?: number | undefined;
}

/** A value with a head. */
export class Envelope {
  readonly value: unknown;
  readonly head: EntryHead;

  constructor(value: unknown, head: EntryHead) {
    this.value = value;
    this.head = head;
  }
}

/** The longest lease in seconds. A stub that lives longer is none: an empty value of another client, or damaged. */
export const longestLease = 60;

/** A loader of the value runs. */
export class Stub {
  /** Who; '' where the node's cas token tells it. */
  readonly owner: string;

  constructor(owner = '') {
    this.owner = owner;
  }
}

/** The loader threw. Nothing of the error's message is stored: it may hold secrets. */
export class Failed {
  /** Unix ms. */
  readonly at: number;
  readonly name: string;
  readonly code: string | undefined;

  constructor(at: number, name: string, code?: string) {
    this.at = at;
    this.name = name;
    this.code = code;
  }

  /** The mark for what a loader threw: anything, and an error may throw when it is looked at. `at`: Unix ms. */
  static of(error: unknown, at: number): Failed {
    try {
      if (!(error instanceof Error)) return new Failed(at, 'Error');
      const { name, code } = error as { name: unknown; code?: unknown };
      return new Failed(at, shortText(name) ?? 'Error', shortText(code));
    } catch {
      return new Failed(at, 'Error');
    }
  }
}

/** The longest name or code of an error that is stored. */
const maxText = 64;

function shortText(text: unknown): string | undefined {
  return typeof text === 'string' ? text.slice(0, maxText) : undefined;
}

/** The loader returned undefined. */
export class Nothing {
  readonly isNothing = true;
}

/** The value is in chunks. */
export class Manifest {
  /** A stamp, in the keys of the chunks. */
  readonly id: string;
  /** The number of chunks. */
  readonly count: number;
  /** The length of the value in bytes. */
  readonly length: number;
  /** CRC-32 of the value. */
  readonly crc: number;
  /** The client flags of the value. */
  readonly flags: number;
  readonly head: EntryHead;

  constructor(of: { id: string; count: number; length: number; crc: number; flags: number; head: EntryHead }) {
    this.id = of.id;
    this.count = of.count;
    this.length = of.length;
    this.crc = of.crc;
    this.flags = of.flags;
    this.head = of.head;
  }
}

/** A part of a value. */
export class Chunk {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** The version of a namespace or tag. */
export class VersionItem {
  readonly stamp: string;

  constructor(stamp: string) {
    this.stamp = stamp;
  }
}

/** Bytes that are no entry: cut, of another client, of another version of the library. A miss. */
export class Undecodable {
  readonly flags: number;
  readonly cause: unknown;

  constructor(flags: number, cause: unknown) {
    this.flags = flags;
    this.cause = cause;
  }
}
