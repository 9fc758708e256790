/**
 * Values → JSON as a byte string, without silent loss: JSON writes `{}` for a Map, a Set, an Error or a Promise (a
 * forgotten `await`) or an instance whose fields are private, `{"0":…}` for a typed array, `null` for NaN or a function
 * in a list. They are refused, at any depth. What every JavaScript programmer expects of JSON stays: properties that
 * are undefined or functions vanish, a Date is a text.
 */
import { types } from 'node:util';
import { toByteString } from '../base/bytes.ts';
import { InvalidArgumentError } from '../core/errors.ts';

/** The error for a value that the transcoder does not take. */
export function unfit(value: unknown, why: string): InvalidArgumentError {
  const type = typeof value === 'object' ? nameOf(value) : typeof value;
  return new InvalidArgumentError(`a value of type ${type} cannot be stored: ${why}`);
}

/** The JSON of a value. Throws InvalidArgumentError. */
export function encodeJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw unfit(value, `${value} has no JSON`);
  let json: string | undefined;
  let lost: unknown;
  try {
    json = JSON.stringify(value);
    // Within a value, these texts stand for what was lost. Most values have neither, and are not walked.
    if (json !== undefined && traces.test(json)) lost = findLost(value);
    else if (typeof value === 'object' && value !== null) lost = lostIn(value);
  } catch (error) {
    throw new InvalidArgumentError('the value cannot be written as JSON', { cause: error });
  }
  if (json === undefined) throw unfit(value, 'it has no JSON');
  if (lost !== undefined) throw unfit(lost, adviceFor(lost));
  return toByteString(json);
}

const traces = /\{\}|\{"0":|[[,:]null[\],}]/;

const losers: readonly ((value: unknown) => boolean)[] = [
  types.isMap,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
  types.isPromise,
  types.isRegExp,
  types.isNativeError,
  types.isAnyArrayBuffer,
  types.isArrayBufferView,
  types.isGeneratorObject,
  types.isMapIterator,
  types.isSetIterator,
  types.isSymbolObject,
];

/** The value itself, if JSON does not hold it. */
function lostIn(value: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return undefined;
  return (losers.some((isLost) => isLost(value)) || isBare(value)) && !hasJson(value) ? value : undefined;
}

/** What an instance without fields of its own is refused with. */
export const bareAdvice = 'it has no fields of its own that could be stored; give it a toJSON, or store its data';

/** Is it an instance of a class with nothing in it that can be seen? Its data is private, or elsewhere. */
export function isBare(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The prototype of plain objects, in every realm, has none.
  if (prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value)) return false;
  return Object.keys(value).length === 0 && !isKnown.some((isOne) => isOne(value));
}

/** Without keys, but JSON or a clone holds them all the same. */
const isKnown: readonly ((value: unknown) => boolean)[] = [
  types.isBoxedPrimitive,
  types.isDate,
  types.isMap,
  types.isSet,
  types.isRegExp,
  types.isNativeError,
  types.isAnyArrayBuffer,
  types.isArrayBufferView,
];

/** It says itself what its JSON is. */
function hasJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** The first part of the value that JSON does not hold. It has been written already, so it has an end. */
function findLost(value: unknown, isInList = false): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : value;
  if (typeof value === 'function' || typeof value === 'symbol') return isInList ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const lost = lostIn(value);
  if (lost !== undefined || hasJson(value)) return lost;
  const isList = Array.isArray(value);
  for (const part of Object.values(value) as unknown[]) {
    const found = findLost(part, isList);
    if (found !== undefined) return found;
  }
  return undefined;
}

function adviceFor(lost: unknown): string {
  if (typeof lost === 'number') return `JSON makes null of ${lost}; store null, or use transcoders.v8`;
  if (typeof lost !== 'object' || lost === null) return 'JSON makes null of it';
  if (types.isPromise(lost)) return 'its value is not there yet; await it';
  if (ArrayBuffer.isView(lost) || types.isAnyArrayBuffer(lost))
    return 'JSON does not hold it; store its bytes, as a Uint8Array or Buffer of its own, or use transcoders.v8';
  if (isBare(lost)) return bareAdvice;
  const isCloned = types.isMap(lost) || types.isSet(lost) || types.isRegExp(lost) || types.isNativeError(lost);
  return `JSON does not hold it; store what it is made of${isCloned ? ', or use transcoders.v8' : ''}`;
}

function nameOf(value: object | null): string {
  if (value === null) return 'null';
  try {
    return Object.prototype.toString.call(value).slice(8, -1);
  } catch {
    // A getter of the value's own.
    return 'object';
  }
}
