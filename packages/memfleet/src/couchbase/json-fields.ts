/** Reads fields of documents from other programs. An invalid value is a ConfigError that names the field. */
import { ConfigError } from '../core/errors.ts';

/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a field, or undefined where there is none. */
export function objectIn(parent: JsonObject, field: string): JsonObject | undefined {
  const value = parent[field];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new ConfigError(`"${field}" is not an object but ${shown(value)}`);
  return value;
}

/** The array in a field, or undefined where there is none. */
export function arrayIn(parent: JsonObject, field: string): readonly unknown[] | undefined {
  const value = parent[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new ConfigError(`"${field}" is not an array but ${shown(value)}`);
  return value as readonly unknown[];
}

/** The text in a field, or undefined where there is none. */
export function textIn(parent: JsonObject, field: string): string | undefined {
  const value = parent[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new ConfigError(`"${field}" is not a text but ${shown(value)}`);
  return value;
}

/** The whole number in a field, or undefined where there is none. */
export function wholeIn(parent: JsonObject, field: string): number | undefined {
  const value = parent[field];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value)) throw new ConfigError(`"${field}" is not a whole number but ${shown(value)}`);
  return value as number;
}

/** The TCP port in a field; undefined where there is none, or 0, which stands for none. */
export function portIn(parent: JsonObject, field: string): number | undefined {
  const port = wholeIn(parent, field);
  if (port === undefined || port === 0) return undefined;
  if (port < 0 || port > 65535) throw new ConfigError(`"${field}" is not a port but ${port}`);
  return port;
}

const mostShown = 60;

/** The beginning of a value, for messages. Only that part of a large or deeply nested value is read. */
export function shown(value: unknown): string {
  const text = JSON.stringify(beginning(value, { left: mostShown })) ?? String(value);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}

/**
 * `room`: the number of values that may still be copied. Every value takes at least one character, so further values
 * would be cut off anyway.
 */
function beginning(value: unknown, room: { left: number }): unknown {
  if (typeof value === 'string') return value.slice(0, mostShown);
  if (typeof value !== 'object' || value === null) return value;
  if (--room.left < 0) return null;
  if (Array.isArray(value)) return value.slice(0, mostShown).map((entry) => beginning(entry, room));
  const entries = Object.entries(value).slice(0, mostShown);
  return Object.fromEntries(entries.map(([key, entry]) => [key.slice(0, mostShown), beginning(entry, room)]));
}
