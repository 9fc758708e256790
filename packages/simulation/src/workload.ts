/** The calls of a load: what each does with a client, and what it leaves in the history. */
import { type Client, MemcacheError, ServerError } from 'memfleet';
import type { Fate, History, Operation, Result, Verb } from './history.ts';
import { nodeIn, type NodeTrace } from './node-trace.ts';
import { type LoadRoom, performLoad } from './perform-load.ts';
import type { PlannedCall } from './plan.ts';
import type { Problem } from './problem.ts';
import { numbersIn, valueOf } from './values.ts';

/** Where a load runs. */
export interface LoadSite {
  readonly history: History;
  readonly now: () => number;
  /** The nodes speak classic text, which knows no initial values: the client makes several commands of one call. */
  readonly isClassic: boolean;
  readonly report: (problem: Problem) => void;
  /** Counts what happened. */
  readonly count: (what: string) => void;
  /** Which nodes calls go to, where the mode needs it. */
  readonly trace?: NodeTrace | undefined;
  /** The view of a client that makes a call. @default the client */
  readonly viewOf?: ((client: Client, call: PlannedCall) => Client) | undefined;
  /** Where clients load what they miss. */
  readonly room?: LoadRoom;
  /** Gets whose node fails go to replicas. */
  readonly readsReplicas?: boolean;
}

/** One call in the making. */
interface Attempt {
  readonly client: Client;
  readonly call: PlannedCall;
  readonly site: LoadSite;
}

type Perform = (attempt: Attempt) => Promise<void>;

const refusals = /read-only|rate limit/;

/**
 * How an error leaves a call: without bytes on the wire it had no effect, nor where a route of the proxy refused it.
 */
function fateOf(error: unknown): Fate {
  if (!(error instanceof MemcacheError)) return 'open';
  if (error instanceof ServerError && refusals.test(error.message)) return 'failed';
  return !error.sent || error.code === 'ERR_DURABILITY_IMPOSSIBLE' ? 'failed' : 'open';
}

/** What a call does to the item. */
function verbOf(verb: PlannedCall['verb']): Verb {
  if (verb === 'replica' || verb === 'any') return 'get';
  return verb === 'create' ? 'add' : (verb as Verb);
}

/** Records one operation around a promise. */
async function record<T>(
  { call, site }: Attempt,
  more: Partial<Operation>,
  begin: () => Promise<T>,
  read: (value: T) => Result,
): Promise<T | undefined> {
  const { history } = site;
  const { caller, durable, key, ttl, verb } = call;
  const begun = { caller, key, verb: verbOf(verb), ...(ttl === undefined ? {} : { ttl }), isDurable: durable } as const;
  const operation = history.begin({ ...begun, ...more });
  const promise = begin();
  const traced = site.trace?.take();
  try {
    const value = await promise;
    history.end(operation, 'done', { result: read(value), node: nodeIn(traced) });
    return value;
  } catch (error) {
    if (!(error instanceof MemcacheError)) {
      const message = `${call.verb} ${operation.id} rejected with ${String(error)}`;
      site.report({ rule: 'G2', key, at: site.now(), message });
    }
    const name = error instanceof MemcacheError ? error.code : 'unknown';
    site.count(name);
    const status = error instanceof ServerError ? error.status : undefined;
    settle(history, operation, fateOf(error), { error: name, node: nodeIn(traced), status });
    return undefined;
  }
}

/** A call that failed may still take effect later: its end is not an end for the search. */
function settle(history: History, operation: Operation, fate: Fate, more: Partial<Operation>): void {
  history.end(operation, fate, more);
  if (fate === 'open') operation.end = Infinity;
}

/** What a read returned. */
function readText({ call, site }: Attempt, key: string): (value: unknown) => Result {
  return (value) => {
    if (value === undefined) return { value: undefined };
    const numbers = typeof value === 'string' ? numbersIn(key, value) : undefined;
    if (numbers === undefined) {
      const shown = JSON.stringify(value)?.slice(0, 80);
      site.report({ rule: 'G3', key, at: site.now(), message: `${call.verb} by ${call.caller} returned ${shown}` });
    }
    return { value: numbers ?? [] };
  };
}

const isApplied = (applied: boolean): Result => ({ applied });

function textOf({ key, length = 0, number }: PlannedCall): string {
  return valueOf(key, { number, length });
}

/** A write of a text. */
function write(verb: 'set' | 'add' | 'replace' | 'append'): Perform {
  return async (attempt) => {
    const { call, client } = attempt;
    const { key, ttl } = call;
    await record(
      attempt,
      { number: call.number },
      () => (verb === 'append' ? client.append(key, textOf(call)) : client[verb](key, textOf(call), ttl ?? 0)),
      isApplied,
    );
  };
}

const compareAndSwap: Perform = async (attempt) => {
  const { call, client } = attempt;
  const { key } = call;
  const readItem = readText(attempt, key);
  let expected: readonly number[] | undefined;
  const item = await record(
    attempt,
    { verb: 'get', ttl: undefined, isDurable: undefined },
    () => client.getWithCas<unknown>(key),
    (found) => {
      const result = readItem(found?.value);
      if ('value' in result) expected = result.value;
      return result;
    },
  );
  if (item === undefined || expected === undefined) return;
  const { cas } = item;
  await record(
    attempt,
    { number: call.number, expected },
    () => client.cas(key, textOf(call), cas, call.ttl ?? 0),
    (result) => ({ applied: result === 'stored' }),
  );
};

/** The calls of clients; those of caches belong to their scenario. */
const performs: Readonly<Partial<Record<PlannedCall['verb'], Perform>>> = {
  get: async (attempt) => {
    const { call, client } = attempt;
    const isOfReplica = attempt.site.readsReplicas;
    await record(attempt, { isOfReplica }, () => client.get<unknown>(call.key), readText(attempt, call.key));
  },
  replica: async (attempt) => {
    const { call, client } = attempt;
    const read = readText(attempt, call.key);
    await record(attempt, { isOfReplica: true }, () => client.getFromReplica<unknown>(call.key), read);
  },
  any: async (attempt) => {
    const { call, client } = attempt;
    const read = readText(attempt, call.key);
    await record(attempt, { isOfReplica: true }, () => client.getAnyReplica<unknown>(call.key), read);
  },
  set: write('set'),
  add: write('add'),
  replace: write('replace'),
  append: write('append'),
  cas: compareAndSwap,
  delete: async (attempt) => {
    await record(attempt, {}, () => attempt.client.delete(attempt.call.key), isApplied);
  },
  touch: async (attempt) => {
    const { call, client } = attempt;
    await record(attempt, {}, () => client.touch(call.key, call.ttl ?? 0), isApplied);
  },
  create: async (attempt) => {
    const { call, client } = attempt;
    // The text of a counter.
    await record(attempt, { verb: 'add', initial: 1 }, () => client.add(call.key, '1'), isApplied);
  },
  incr: async (attempt) => {
    const { call, client, site } = attempt;
    await record(
      attempt,
      site.isClassic ? { delta: 1 } : { delta: 1, initial: 1 },
      () => client.incr(call.key, 1, site.isClassic ? {} : { initial: 1 }),
      (count) => ({ count }),
    );
  },
};

/** Makes the call; resolves when it has settled. */
export function perform(client: Client, call: PlannedCall, site: LoadSite): Promise<void> {
  if (call.verb === 'load' && site.room !== undefined) return performLoad(client, call, site, site.room);
  const performing = performs[call.verb];
  if (performing === undefined) throw new Error(`a client has no ${call.verb}`);
  return performing({ client: site.viewOf?.(client, call) ?? client, call, site });
}
