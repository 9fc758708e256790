/**
 * Values → JSON as a byte string, without silent loss: JSON writes `{}` for a Map, a Set, an Error or a Promise (a
 * forgotten `await`), `{"0":…}` for a typed array. They are refused, at any depth. What every JavaScript programmer
 * expects of JSON stays: undefined properties vanish, a Date is a text, NaN within a list is null.
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
  let lost: object | undefined;
  try {
    json = JSON.stringify(value);
    // Within a value, these texts stand for what was lost. Most values have neither, and are not walked.
    if (json !== undefined && (json.includes('{}') || json.includes('{"0":'))) lost = findLost(value);
    else if (typeof value === 'object' && value !== null) lost = lostIn(value);
  } catch (error) {
    throw new InvalidArgumentError('the value cannot be written as JSON', { cause: error });
  }
  if (json === undefined) throw unfit(value, 'it has no JSON');
  if (lost !== undefined) throw unfit(lost, adviceFor(lost));
  return toByteString(json);
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

/** The value itself, if JSON does not hold it. */
function lostIn(value: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return undefined;
  return losers.some((isLost) => isLost(value)) && !hasJson(value) ? value : undefined;
}

/** It says itself what its JSON is. */
function hasJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** The first part of the value that JSON does not hold. It has been written already, so it has an end. */
function findLost(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const lost = lostIn(value);
  if (lost !== undefined || hasJson(value)) return lost;
  for (const part of Object.values(value)) {
    const found = findLost(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function adviceFor(lost: object): string {
  if (types.isPromise(lost)) return 'its value is not there yet; await it';
  if (ArrayBuffer.isView(lost) || types.isAnyArrayBuffer(lost))
    return 'JSON does not hold it; store its bytes, as a Uint8Array or Buffer of its own';
  return 'JSON does not hold it; store what it is made of';
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
