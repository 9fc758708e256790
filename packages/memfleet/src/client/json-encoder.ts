/**
 * Values → JSON as a byte string, without silent loss. JSON writes `{}` for a Map, a Set, an Error, a Promise (a
 * forgotten `await`) or an instance with private fields, `{"0":…}` for a typed array, and `null` for NaN or a function
 * in a list. Such values are refused, at any depth. The usual conversions of JSON stay: properties that are undefined
 * or functions are omitted, and a Date becomes a string.
 */
import { types } from 'node:util';
import { toByteString } from '../base/bytes.ts';
import { InvalidArgumentError } from '../core/errors.ts';

/** The error for a value that the transcoder cannot encode. */
export function unfit(value: unknown, why: string): InvalidArgumentError {
  const type = typeof value === 'object' ? nameOf(value) : typeof value;
  return new InvalidArgumentError(`a value of type ${type} cannot be stored: ${why}`);
}

/** The JSON of a value. Throws InvalidArgumentError. */
export function encodeJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw unfit(value, `JSON cannot represent ${value}`);
  let json: string | undefined;
  let lost: unknown;
  try {
    json = JSON.stringify(value);
    // JSON with one of these traces may have lost a part of the value. Most JSON has none, and its value is not walked.
    if (json !== undefined && hasTraces(json)) lost = findLost(value);
    else if (typeof value === 'object' && value !== null) lost = lostIn(value);
  } catch (error) {
    throw new InvalidArgumentError('the value cannot be written as JSON', { cause: error });
  }
  if (json === undefined) throw unfit(value, 'JSON cannot represent it');
  if (lost !== undefined) throw unfit(lost, adviceFor(lost));
  return toByteString(json);
}

const nulls = /[[,:]null[\],}]/;

/**
 * One expression for all traces takes two to four times as long. `u` is rarer than `n`, so fewer places are compared.
 */
function hasTraces(json: string): boolean {
  return json.includes('{}') || json.includes('{"0":') || (json.includes('ull') && nulls.test(json));
}

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

/** The value itself, if JSON cannot represent it. */
function lostIn(value: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return undefined;
  return (losers.some((isLost) => isLost(value)) || isBare(value)) && !hasJson(value) ? value : undefined;
}

/** The advice for an instance without own fields. */
export const bareAdvice = 'it has no own fields to store; give it a toJSON, or store its data';

/** Whether it is an instance of a class without own fields: its data is private, or elsewhere. */
export function isBare(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // In every realm, the prototype of plain objects has no prototype.
  if (prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value)) return false;
  return Object.keys(value).length === 0 && !isKnown.some((isOne) => isOne(value));
}

/** Values without keys that JSON or a structured clone can represent. */
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

/** Whether it has a toJSON. */
function hasJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** The first part of the value that JSON cannot represent. JSON has been written, so the value has no cycles. */
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
  if (typeof lost === 'number') return `JSON writes ${lost} as null; store null, or use transcoders.v8`;
  if (typeof lost !== 'object' || lost === null) return 'JSON writes it as null';
  if (types.isPromise(lost)) return 'it is a promise; await it';
  if (ArrayBuffer.isView(lost) || types.isAnyArrayBuffer(lost))
    return 'JSON cannot represent it; store the bytes themselves, as a Uint8Array or Buffer, or use transcoders.v8';
  if (isBare(lost)) return bareAdvice;
  const isCloned = types.isMap(lost) || types.isSet(lost) || types.isRegExp(lost) || types.isNativeError(lost);
  return `JSON cannot represent it; store its contents${isCloned ? ', or use transcoders.v8' : ''}`;
}

function nameOf(value: object | null): string {
  if (value === null) return 'null';
  try {
    return Object.prototype.toString.call(value).slice(8, -1);
  } catch {
    // A getter of the value threw.
    return 'object';
  }
}
