/** `error.type` of spans and durations. */
import { MemcacheError } from '../core/errors.ts';

/** Errors of loaders choose their codes: each is a series of its own for as long as the process runs. */
const mostTypes = 100;
const longestType = 100;
const types = new Set<string>();

/**
 * `error.type`: the code of an error, or its name; `_OTHER` for what is no error, and for errors of loaders behind the
 * first 100 types.
 */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { readonly code?: unknown };
  const type = typeof code === 'string' && code !== '' ? code : error.name;
  if (error instanceof MemcacheError || types.has(type)) return type;
  if (types.size >= mostTypes || type.length > longestType) return '_OTHER';
  types.add(type);
  return type;
}
