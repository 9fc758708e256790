/**
 * Checks the arguments of calls before a command is made. A value that goes on a line or into a packet must have the
 * type and the range of the protocol. TypeScript checks the types too, but plain JavaScript may pass on whatever an
 * HTTP request contained.
 */
import { types } from 'node:util';
import { InvalidArgumentError } from '../core/errors.ts';
import type { GetOrSetOptions } from './call-options.ts';
import { getOrSetOptions, type KnownOptions, meaningOf, refuseUnknown } from './known-options.ts';
import type { Encoded } from './transcoder.ts';

/** Counters and cas tokens have 64 bits. */
export const maxU64 = 0xffff_ffff_ffff_ffffn;
const maxGroupLength = 250;

/** A value for an error message. Runs no code of the value. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'a value of type object';
  return String(value);
}

/** Throws InvalidArgumentError for one argument. */
export function refuseArgument(name: string, value: unknown, wanted: string): never {
  throw new InvalidArgumentError(`${name} must be ${wanted}, not ${show(value)}`);
}

/** Checks the options of a call: an object with known options only, or a number if the call takes a ttl. */
export function checkOptions(options: unknown, known: KnownOptions): void {
  if (typeof options === 'number' && known.takesTtl) return;
  if (typeof options !== 'object' || options === null) {
    if (options === undefined) return;
    refuseOptions(options, undefined, known);
  }
  let isEmpty = true;
  for (const name in options) {
    if (known.names[name] === true) isEmpty = false;
    // Inherited properties are not options.
    else if (Object.hasOwn(options, name))
      refuseUnknown(name, (options as Readonly<Record<string, unknown>>)[name], known);
  }
  if (isEmpty) checkPlain(options);
}

/** An AbortSignal or a Map in place of options has no names: without this its contents are silently left out. */
function checkPlain(options: object): void {
  const prototype = Object.getPrototypeOf(options) as object | null;
  if (prototype === null || prototype === Object.prototype || types.isProxy(options)) return;
  // That of another realm, such as a vm context.
  if (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')) return;
  const kind = (prototype.constructor as { readonly name?: unknown } | undefined)?.name;
  const hint = options instanceof AbortSignal ? '; use { signal }' : '';
  throw new InvalidArgumentError(`options must be a plain object, not of the class ${String(kind)}${hint}`);
}

/** `next`: the argument after it; redis has `set(key, value, 'EX', 60)`. */
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

/** The argument after the last one that the call takes. */
export function surplusOf(none: readonly unknown[]): unknown {
  return none[0];
}

/** Throws InvalidArgumentError for an argument after the last one that the call takes. */
export function refuseSurplus(options: unknown, surplus: unknown, known: KnownOptions): never {
  if (typeof options === 'string') refuseOptions(options, surplus, known);
  const hint = typeof surplus === 'function' ? noCallbacks : '';
  throw new InvalidArgumentError(`the call has one argument too many: ${show(surplus)}${hint}`);
}

/** Checks a boolean. */
export function checkFlag(name: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuseArgument(name, value, 'true or false');
}

/** Checks that a value is one of some words. */
export function checkWord(name: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  refuseArgument(name, value, words.map((word) => JSON.stringify(word)).join(' or '));
}

/** Checks a timeout: milliseconds above 0. */
export function checkTimeout(timeout: unknown): number {
  if (typeof timeout === 'number' && timeout > 0) return timeout;
  return refuseArgument('timeout', timeout, 'milliseconds above 0');
}

/** Checks an AbortSignal; it may be of another realm. */
export function checkSignal(signal: unknown): AbortSignal {
  if (typeof signal === 'object' && signal !== null) {
    const { aborted, addEventListener, removeEventListener } = signal as Partial<AbortSignal>;
    const isSignal = typeof addEventListener === 'function' && typeof removeEventListener === 'function';
    if (isSignal && typeof aborted === 'boolean') return signal as AbortSignal;
  }
  return refuseArgument('signal', signal, 'an AbortSignal');
}

/** Checks a cas token. `source`: the call that returns it. */
export function checkCas(cas: unknown, source = 'getWithCas'): bigint {
  if (typeof cas === 'bigint' && cas > 0n && cas <= maxU64) return cas;
  return refuseArgument('cas', cas, `a token of ${source} (a bigint)`);
}

/** Checks a group of `stats`; '' = the general statistics. */
export function checkGroup(group: unknown): string {
  if (typeof group === 'string' && group.length <= maxGroupLength) return group;
  return refuseArgument('group', group, `a string of at most ${maxGroupLength} characters`);
}

/** Checks that the argument is a function. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') refuseArgument(name, value, 'a function');
}

/** Checks the arguments of getOrSet. Returns a copy of the options, so that getters cannot change them afterwards. */
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

/** Checks the result of a transcoder: 32-bit flags, and data whose length is the length that is sent. */
export function checkEncoded(encoded: Encoded): Encoded {
  const { data, flags } = encoded;
  if (typeof flags !== 'number' || flags >>> 0 !== flags)
    refuseArgument('the flags of the transcoder', flags, 'a 32-bit unsigned integer');
  if (typeof data === 'string') return encoded;
  if (!types.isUint8Array(data)) refuseArgument('the data of the transcoder', data, 'bytes or a byte string');
  return isHonest(data) ? encoded : { data: copyOf(data), flags };
}

const prototypes: ReadonlySet<unknown> = new Set([Uint8Array.prototype, Buffer.prototype]);
/** Longer arrays are sent without a copy, so their memory is inspected. `buffer` of a shorter one would allocate it. */
const smallArray = 64;

/** Whether the array has the length that it reports, and keeps it until it is sent. */
function isHonest(data: Uint8Array): boolean {
  if (!prototypes.has(Object.getPrototypeOf(data)) || Object.hasOwn(data, 'length')) return false;
  return data.length <= smallArray || (data.buffer as { resizable?: boolean }).resizable !== true;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const lengthProperty = Object.getOwnPropertyDescriptor(typedArray, 'length') as PropertyDescriptor;

/** A copy of the bytes, read without the properties that the array may override. */
export function copyOf(data: Uint8Array): Buffer {
  const copy = Buffer.alloc(lengthProperty.get?.call(data) as number);
  Uint8Array.prototype.set.call(copy, data);
  return copy;
}

/** Checks that `keys` is an iterable of keys. */
export function checkKeys(keys: unknown): void {
  const isIterable = typeof keys === 'object' && keys !== null && Symbol.iterator in keys;
  // A string is iterable, but its characters are not keys.
  if (!isIterable || types.isStringObject(keys))
    refuseArgument('keys', keys, 'an array or another iterable of strings');
}

/** The keys of deleteMany as pairs, each key once. */
export function distinctKeys(keys: Iterable<string>): (readonly [string, undefined])[] {
  checkKeys(keys);
  return Array.from(new Set(keys), (key) => [key, undefined]);
}

/** The entries of setMany as pairs. */
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
