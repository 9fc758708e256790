/** Kinds of values that only files have, and what the readers of values share. */
import type { Kind } from 'memfleet/proxy';

/** A kind whose values files write as texts. `read` gives undefined for what does not fit; `write` is its reverse, for
 * kinds that `config print` shows. */
export interface FileKind<T> extends Kind<T> {
  readonly read: (value: unknown) => T | undefined;
  readonly write?: ((value: T) => unknown) | undefined;
}

/** Makes a kind. `wanted`: the description for error messages. */
export function fileKind<T>(
  wanted: string,
  read: (value: unknown) => T | undefined,
  write?: (value: T) => unknown,
): FileKind<T> {
  return { name: 'text', wanted, fits: (value) => read(value) !== undefined, read, write };
}

/** Is it a table of keys? */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Is it a text that is not empty? */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A value in an error message. */
export function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a table';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
