/** Tables, lists and named entries, with complaints in the words of the other kinds of values. */
import { z } from 'zod';
import { shown } from './values.ts';

/** A table with these keys and no others. */
export function table<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return misfit(issue, 'a table');
      const known = Object.keys(shape);
      // One line for each key: `validate` puts each where its key stands.
      return issue.keys.map((key) => `unknown key${suggestion(key, known)}`).join('\n');
    },
  });
}

/** A list. `least`: how long it is at least. */
export function listOf<T>(item: z.ZodType<T>, least = 0): z.ZodType<T[]> {
  const items = z.array(item, { error: (issue) => misfit(issue, 'a list') });
  return least === 0 ? items : items.min(least, { error: 'must not be empty' });
}

/** A table whose keys are names that the user gives. `isShown`: what is no table may be shown. */
export function named<T>(entry: z.ZodType<T>, isShown = true): z.ZodType<Record<string, T>> {
  return z.record(z.string(), entry, { error: (issue) => misfit(issue, 'a table', isShown) });
}

function misfit(issue: z.core.$ZodRawIssue, wanted: string, isShown = true): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return `is missing: ${wanted}`;
  return `must be ${wanted}${isShown || typeof issue.input === 'object' ? `, not ${shown(issue.input)}` : ''}`;
}

function plain(text: string): string {
  return text.replaceAll(/[-_]/g, '').toLowerCase();
}

/** `; did you mean "nodes"?`, or which keys there are. */
function suggestion(key: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: distance(plain(key), plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(key.length / 4))
    ? `; did you mean "${nearest.name}"?`
    : `; known are ${known.join(', ')}`;
}

/** Levenshtein's: how many letters have to change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const swap = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(swap, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
