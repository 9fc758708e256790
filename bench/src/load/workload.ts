/** What the load generator does, as data. */

/**
 * `get`, `set`: closed loops. `churn`: connect, one get, close, over and over. `idle`: connections that say nothing.
 */
export type Operation = 'get' | 'set' | 'churn' | 'idle';

export interface LoadWorkload {
  /** As `--workload` takes it. */
  readonly name: string;
  readonly operation: Operation;
  readonly connections: number;
  /** Commands that a connection sends at once; it waits for all the answers before it sends the next. */
  readonly depth: number;
  /** Of a value, in bytes. */
  readonly size: number;
  /** Keys in one get. */
  readonly batch: number;
  /** Different keys. */
  readonly keys: number;
  /** The n-th key is asked for 1/n as often as the first, instead of all alike. */
  readonly zipf: boolean;
}

const defaults = { depth: 1, size: 100, batch: 1, keys: 1000, zipf: false } as const;

/** A workload with what is usual filled in. */
export function load(
  name: string,
  operation: Operation,
  connections: number,
  given: Partial<LoadWorkload> = {},
): LoadWorkload {
  return { ...defaults, ...given, name, operation, connections };
}

/**
 * Those whose names are one of `names` or begin with it; all when none are given. Throws for a name that is nothing.
 */
export function chooseLoads<W extends LoadWorkload>(all: readonly W[], names: readonly string[]): W[] {
  const fits = (workload: W, name: string): boolean => workload.name === name || workload.name.startsWith(`${name}-`);
  const unknown = names.find((name) => !all.some((workload) => fits(workload, name)));
  if (unknown !== undefined)
    throw new Error(`there is no workload ${unknown}; known: ${all.map((w) => w.name).join(', ')}`);
  return all.filter((workload) => names.length === 0 || names.some((name) => fits(workload, name)));
}
