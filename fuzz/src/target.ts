/** What is fuzzed: something that takes bytes, and what must hold whatever the bytes are. */

/** Inputs are byte strings: every character is one byte. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with: what is right, so that mutations reach what lies behind the first check. */
  readonly seeds: readonly string[];
  /** Words that mean something to it. */
  readonly words: readonly string[];
  /**
   * Takes an input. Throws for what must not be. Gives a short text that says what became of it: an input with a new
   * one is worth mutating. It depends on the input alone.
   */
  run(input: string): string | Promise<string>;
}

/** A property that does not hold. */
export class BrokenProperty extends Error {
  override readonly name = 'BrokenProperty';
}

/** What does not hold; a function where it costs something to say. */
type What = string | (() => string);

/** Throws BrokenProperty unless it holds. */
export function holds(isSo: boolean, what: What): asserts isSo {
  if (!isSo) throw new BrokenProperty(textOf(what));
}

function textOf(what: What): string {
  return typeof what === 'string' ? what : what();
}

/** Are these the same? Compared as JSON, so that the message shows where they differ. */
export function holdsSame(one: unknown, other: unknown, what: What): void {
  if (one === other) return;
  const [left, right] = [show(one), show(other)];
  if (left === right) return;
  let at = 0;
  while (left[at] === right[at]) at++;
  const from = Math.max(0, at - 40);
  throw new BrokenProperty(`${textOf(what)}: …${left.slice(from, at + 80)} is not …${right.slice(from, at + 80)}`);
}

/** JSON with bytes as byte strings and big numbers as text. */
export function show(value: unknown): string {
  return (
    JSON.stringify(value, function replace(this: Record<string, unknown>, key: string, entry: unknown) {
      const own = this[key];
      if (own instanceof Uint8Array) return Buffer.from(own).toString('latin1');
      return typeof entry === 'bigint' ? `${entry}n` : entry;
    }) ?? String(value)
  );
}

/** Calls it; what it throws must be one of these errors, and is given back. */
export function outcome<T>(
  call: () => T,
  ...allowed: readonly (abstract new (...args: never[]) => Error)[]
): { readonly value: T } | { readonly error: Error } {
  try {
    return { value: call() };
  } catch (error) {
    if (allowed.some((kind) => error instanceof kind)) return { error: error as Error };
    throw error;
  }
}
