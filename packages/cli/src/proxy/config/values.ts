/**
 * The kinds of values that configurations have, as schemas. Each says in its complaint what it wants and what it got;
 * secrets are never shown.
 */
import { z } from 'zod';
import { parseSize } from '../../sizes.ts';

/** A schema of one kind of value. `read` gives undefined for what does not fit. */
export function kind<T>(wanted: string, read: (value: unknown) => T | undefined, isShown = true): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    const message =
      value === undefined ? `is missing: ${wanted}` : `must be ${wanted}${isShown ? `, not ${shown(value)}` : ''}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** A value in a complaint. */
export function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a table';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function numberIn(value: unknown, least: number, most: number): number | undefined {
  return typeof value === 'number' && value >= least && value <= most ? value : undefined;
}

function range(least: number, most: number): string {
  return most === Number.MAX_SAFE_INTEGER || most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
}

/** A text that is not empty. */
export const text: z.ZodType<string> = kind('a text', (value) =>
  typeof value === 'string' && value !== '' ? value : undefined,
);

/** A word of a protocol's line: printable ASCII without blanks. */
export const word: z.ZodType<string> = kind('printable ASCII characters without blanks', (value) =>
  typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined,
);

/** A text, which may be empty. */
export const anyText: z.ZodType<string> = kind('a text', (value) => (typeof value === 'string' ? value : undefined));

export const flag: z.ZodType<boolean> = kind('true or false', (value) =>
  typeof value === 'boolean' ? value : undefined,
);

export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  return kind(`a whole number ${range(least, most)}`, (value) =>
    Number.isInteger(value) ? numberIn(value, least, most) : undefined,
  );
}

export function decimal(least: number, most: number = Infinity): z.ZodType<number> {
  return kind(`a number ${range(least, most)}`, (value) => numberIn(value, least, most));
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1500`, `'500ms'`, `'1.5s'`, `'10m'`, `'1h'`, `'1d'` in a unit of `unit` milliseconds. */
function duration(value: unknown, unit: number): number | undefined {
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim()) : null;
  return match === null ? undefined : (Number(match[1]) * (milliseconds[match[2] as string] as number)) / unit;
}

/** What a timer takes. */
const longest = 0x7fffffff;

/** Milliseconds, from `least`. */
export function ms(least: number): z.ZodType<number> {
  return kind(`milliseconds from ${least}, or a time such as '500ms' or '4s'`, (value) =>
    numberIn(duration(value, 1), least, longest),
  );
}

/** Whole seconds, from `least`. */
export function seconds(least: number): z.ZodType<number> {
  return kind(`whole seconds from ${least}, or a time such as '30s' or '1h'`, (value) => {
    const result = numberIn(duration(value, 1000), least, Number.MAX_SAFE_INTEGER);
    return Number.isInteger(result) ? result : undefined;
  });
}

/** Bytes, from `least`. */
export function bytes(least: number): z.ZodType<number> {
  return kind(`bytes from ${least}, or a size such as '64k' or '1m'`, (value) => {
    const result = numberIn(typeof value === 'string' ? parseSize(value) : value, least, Number.MAX_SAFE_INTEGER);
    return Number.isInteger(result) ? result : undefined;
  });
}

export function oneOf<const T extends string>(...choices: readonly T[]): z.ZodType<T> {
  return kind(list(choices), (value) => (choices.includes(value as T) ? (value as T) : undefined));
}

/** `'a', 'b' or 'c'` */
export function list(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** Permissions of a file. */
export const permissions: z.ZodType<number> = kind("permissions such as '0660'", (value) =>
  typeof value === 'string' && /^0o?[0-7]{3}$/.test(value) ? Number.parseInt(value.replace('o', ''), 8) : undefined,
);

/** A schema that depends on what the value is. `choose` gives a complaint where none fits. */
export function chosen<T>(choose: (value: unknown) => z.ZodType<T> | string): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const schema = choose(value);
    if (typeof schema === 'string') {
      context.addIssue({
        code: 'custom',
        message: value === undefined ? `is missing: ${schema}` : `must be ${schema}, not ${shown(value)}`,
      });
      return z.NEVER;
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const { path, ...issue } of result.error.issues) context.addIssue({ ...issue, path: [...path] });
    return z.NEVER;
  });
}

/** Is it a table of keys? */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
