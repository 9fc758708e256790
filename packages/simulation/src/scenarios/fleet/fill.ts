/** What a fleet has before the load. */
import type { Client } from 'memfleet';
import { isCounterKey } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { valueOf } from '../../values.ts';

/** The first number of what is there before the load. */
const firstNumber = 1_000_000;

/** The number of what a key has before the load. */
export function filledNumber(keys: readonly string[], key: string): number {
  return firstNumber + keys.indexOf(key);
}

/** Stores an item for each key but the counters, in the name of a caller. */
export async function fill(
  { history }: Stage,
  client: Client<string>,
  caller: string,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys) {
    if (isCounterKey(key)) continue;
    const number = filledNumber(keys, key);
    const operation = history.begin({ caller, key, verb: 'set', number });
    await client.set(key, valueOf(key, { number, length: 40 }));
    history.end(operation, 'done', { result: { applied: true } });
  }
}
