/** Options with their defaults. */
import type { AnyOptions } from 'memfleet/proxy';
import { isTable } from './file-kinds.ts';

/** The given options, and the defaults of those that are left out, also within tables; in the order of the table. */
export function fullOptions<T extends object>(options: AnyOptions, given: T): T {
  const values = given as Readonly<Record<string, unknown>>;
  const entries = Object.entries(options).map(([name, { kind, default: value }]) => {
    const own = values[name] ?? value;
    const isInner = kind.options !== undefined && isTable(own);
    return [name, isInner ? fullOptions(kind.options, own) : own] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as T;
}
