/** Kinds of values that only files have, and what the readers of values share. */
import type { Kind } from 'memfleet/proxy';

/** A kind whose values are read from texts: `read` gives undefined for what does not fit. */
export interface FileKind<T> extends Kind<T> {
  readonly read: (value: unknown) => T | undefined;
}

/** Makes one. `wanted`: in words, for complaints. */
export function fileKind<T>(wanted: string, read: (value: unknown) => T | undefined): FileKind<T> {
  return { name: 'text', wanted, fits: (value) => read(value) !== undefined, read };
}

/** Is it a table of keys? */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Is it a text that is not empty? */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A value in a complaint. */
export function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a table';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
