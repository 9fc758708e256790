/**
 * Arguments of calls, checked before anything of the call is made: what goes on a line or into a packet is of the type
 * and in the range that the protocol has for it. TypeScript says the same; callers without it hand on what a request
 * brought them.
 */
import { types } from 'node:util';
import { InvalidArgumentError } from '../core/errors.ts';
import type { GetOrSetOptions } from './call-options.ts';
import { getOrSetOptions, type KnownOptions, meaningOf, refuseUnknown } from './known-options.ts';
import type { Encoded } from './transcoder.ts';

/** Counters and cas tokens have 64 bits. */
export const maxU64 = 0xffff_ffff_ffff_ffffn;
const maxGroupLength = 250;

/** A value for a message. Runs no code of the value's. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'a value of type object';
  return String(value);
}

/** Throws the complaint about one argument. */
export function refuseArgument(name: string, value: unknown, wanted: string): never {
  throw new InvalidArgumentError(`${name} must be ${wanted}, not ${show(value)}`);
}

/** Options of a call: an object with the options that it knows and no others, or a number where that is its ttl. */
export function checkOptions(options: unknown, known: KnownOptions): void {
  if (typeof options === 'number' && known.takesTtl) return;
  if (typeof options !== 'object' || options === null) {
    if (options === undefined) return;
    refuseOptions(options, undefined, known);
  }
  for (const name in options) {
    // What somebody put into `Object.prototype` is no option.
    if (known.names[name] !== true && Object.hasOwn(options, name))
      refuseUnknown(name, (options as Readonly<Record<string, unknown>>)[name], known);
  }
}

/** `next`: the argument behind it; redis has `set(key, value, 'EX', 60)`. */
function refuseOptions(options: unknown, next: unknown, known: KnownOptions): never {
  const wanted = known.takesTtl ? 'an object, or a ttl in seconds' : 'an object';
  throw new InvalidArgumentError(`options must be ${wanted}, not ${show(options)}${hintFor(options, next, known)}`);
}

function hintFor(options: unknown, next: unknown, known: KnownOptions): string {
  if (typeof options === 'function') return noCallbacks;
  if (typeof options === 'number' && known.names['ttl'] === true) return `; use { ttl: ${options} }`;
  if (typeof options !== 'string') return '';
  if (/^\d+$/.test(options)) return known.takesTtl ? `; use { ttl: ${options} }` : '';
  return meaningOf(options, next, known);
}

const noCallbacks = '; calls take no callback: await the promise';

/** The argument behind the last one that a call has. */
export function surplusOf(none: readonly unknown[]): unknown {
  return none[0];
}

/** Throws the complaint about the argument behind the last one that the call has. */
export function refuseSurplus(options: unknown, surplus: unknown, known: KnownOptions): never {
  if (typeof options === 'string') refuseOptions(options, surplus, known);
  const hint = typeof surplus === 'function' ? noCallbacks : '';
  throw new InvalidArgumentError(`the call has one argument too many: ${show(surplus)}${hint}`);
}

/** Milliseconds. */
export function checkTimeout(timeout: unknown): number {
  if (typeof timeout === 'number' && timeout > 0) return timeout;
  return refuseArgument('timeout', timeout, 'milliseconds above 0');
}

/** An AbortSignal, of whatever realm. */
export function checkSignal(signal: unknown): AbortSignal {
  if (typeof signal === 'object' && signal !== null) {
    const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
    const isSignal = typeof addEventListener === 'function' && typeof removeEventListener === 'function';
    if (isSignal && typeof aborted === 'boolean') return signal as AbortSignal;
  }
  return refuseArgument('signal', signal, 'an AbortSignal');
}

/** A token of getWithCas. */
export function checkCas(cas: unknown): bigint {
  if (typeof cas === 'bigint' && cas > 0n && cas <= maxU64) return cas;
  return refuseArgument('cas', cas, 'a token of getWithCas (a bigint)');
}

/** A group of `stats`; '' = the general ones. */
export function checkGroup(group: unknown): string {
  if (typeof group === 'string' && group.length <= maxGroupLength) return group;
  return refuseArgument('group', group, `a text of at most ${maxGroupLength} characters`);
}

/** A function of the caller's. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') refuseArgument(name, value, 'a function');
}

/** Options of getOrSet, read once: what is checked is what is used. */
export function checkGetOrSet(
  load: unknown,
  options: number | GetOrSetOptions | undefined,
  surplus: unknown,
): GetOrSetOptions {
  if (surplus !== undefined) refuseSurplus(options, surplus, getOrSetOptions);
  checkFunction('load', load);
  checkOptions(options, getOrSetOptions);
  const settings = typeof options === 'number' ? { ttl: options } : { ...options };
  if (settings.timeout !== undefined) checkTimeout(settings.timeout);
  if (settings.signal !== undefined) checkSignal(settings.signal);
  return settings;
}

/** What an encoder gave: a length and flags that stand on the line, and bytes that have this length. */
export function checkEncoded(encoded: Encoded): Encoded {
  const { data, flags } = encoded;
  if (typeof flags !== 'number' || flags >>> 0 !== flags)
    refuseArgument('the flags that the transcoder gives', flags, '32 bits unsigned');
  if (typeof data === 'string') return encoded;
  if (!types.isUint8Array(data)) refuseArgument('the data that the transcoder gives', data, 'bytes or a byte string');
  return isHonest(data) ? encoded : { data: copyOf(data), flags };
}

const prototypes: ReadonlySet<unknown> = new Set([Uint8Array.prototype, Buffer.prototype]);
/** Memory of this size and more may be sent from where it lies. Asking smaller arrays for theirs would make it. */
const smallArray = 64;

/** Has the array the length that it says, and will it have it when it is sent? */
function isHonest(data: Uint8Array): boolean {
  if (!prototypes.has(Object.getPrototypeOf(data)) || Object.hasOwn(data, 'length')) return false;
  return data.length <= smallArray || (data.buffer as { resizable?: boolean }).resizable !== true;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const lengthProperty = Object.getOwnPropertyDescriptor(typedArray, 'length') as PropertyDescriptor;

/** The bytes as they are now, whatever the array says of itself. */
export function copyOf(data: Uint8Array): Buffer {
  const copy = Buffer.alloc(lengthProperty.get?.call(data) as number);
  Uint8Array.prototype.set.call(copy, data);
  return copy;
}

/** Refuses what is no list of keys. */
export function checkKeys(keys: unknown): void {
  const isIterable = typeof keys === 'object' && keys !== null && Symbol.iterator in keys;
  // A text is iterable, but its characters are no keys.
  if (!isIterable || types.isStringObject(keys))
    refuseArgument('keys', keys, 'an array or another iterable of strings');
}

/** The entries of a call that stores many. */
export function pairsOf<T>(
  entries: Iterable<readonly [string, T]> | Readonly<Record<string, T>>,
): (readonly [string, T])[] {
  if (typeof entries !== 'object' || entries === null)
    refuseArgument('entries', entries, 'an object, or an iterable of pairs');
  if (!(Symbol.iterator in entries)) return Object.entries(entries);
  const pairs = [...entries];
  for (const pair of pairs) if (!Array.isArray(pair)) refuseArgument('an entry', pair, 'a pair of key and value');
  return pairs;
}
