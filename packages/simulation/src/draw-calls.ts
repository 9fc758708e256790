/** Draws the calls of a load. */
import type { Draw } from './draw.ts';
import { isCounterKey, type PlannedCall } from './plan.ts';

/** How the load is. */
export interface LoadShape {
  /** The clients that call. */
  readonly callers: readonly string[];
  /** Virtual ms. */
  readonly duration: number;
  /** Calls a second, of all callers. */
  readonly rate: number;
  /** The number of keys. */
  readonly keys: number;
  /** The share of the keys that are counters. */
  readonly counters: number;
  /** The share of the calls that come in a burst, within one turn. */
  readonly bursts: number;
  /** The share of the items with a ttl. */
  readonly ttls: number;
  /** The largest value, in bytes. */
  readonly largest: number;
  /** Some gets go to replicas. @default none */
  readonly replicas?: boolean;
  /** The share of the writes that are durable. @default 0 */
  readonly durables?: number;
}

/** What the shape of a load is drawn from: one of each list. */
export interface LoadRanges extends Readonly<Record<'rate' | 'keys' | 'bursts' | 'largest', readonly number[]>> {
  /** @default 0 */
  readonly ttls?: readonly number[];
}

/** The shape of a load, in which a fifth of the keys are counters. */
export function drawShape(
  draw: Draw,
  { bursts, keys, largest, rate, ttls }: LoadRanges,
): Omit<LoadShape, 'callers' | 'duration'> {
  return {
    rate: draw.pick(rate),
    keys: draw.pick(keys),
    counters: 0.2,
    bursts: draw.pick(bursts),
    ttls: ttls === undefined ? 0 : draw.pick(ttls),
    largest: draw.pick(largest),
  };
}

const weights = { get: 10, set: 6, add: 1, replace: 1, append: 1, cas: 2, delete: 2 } as const;
const counterWeights = { incr: 8, create: 2, delete: 1 } as const;

function drawLength(draw: Draw, largest: number): number {
  // Most are small, some take several segments.
  return draw.chance(0.9) ? draw.whole(1, Math.min(60, largest)) : draw.whole(1, largest);
}

/** The calls of a run, by their time. */
export function drawCalls(draw: Draw, shape: LoadShape): PlannedCall[] {
  const calls: PlannedCall[] = [];
  let at = 0;
  for (;;) {
    if (!draw.chance(shape.bursts)) at += draw.wait(1000 / shape.rate / (1 - shape.bursts));
    if (at > shape.duration) return calls;
    calls.push(withCopies(draw, shape, drawCall(draw, shape, at, calls.length)));
  }
}

/** The call, which may concern the copies of its item. */
function withCopies(draw: Draw, { durables = 0, replicas = false }: LoadShape, call: PlannedCall): PlannedCall {
  if (call.verb === 'get') {
    if (!replicas || isCounterKey(call.key) || !draw.chance(0.15)) return call;
    return { ...call, verb: draw.pick(['replica', 'any']) };
  }
  return call.verb !== 'touch' && durables > 0 && draw.chance(durables) ? { ...call, durable: true } : call;
}

function drawCall(draw: Draw, shape: LoadShape, at: number, number: number): PlannedCall {
  const caller = draw.pick(shape.callers);
  const index = draw.whole(0, shape.keys - 1);
  if (index < shape.counters * shape.keys)
    return { at, caller, verb: draw.weighted(counterWeights), key: `n${index}`, number };
  // Items with a ttl have keys of their own: the search is larger for them.
  const hasTtl = index >= shape.keys * (1 - shape.ttls);
  const key = `${hasTtl ? 't' : 'k'}${index}`;
  const verb = hasTtl && draw.chance(0.1) ? 'touch' : draw.weighted(weights);
  const length = drawLength(draw, shape.largest);
  const ttl = hasTtl ? { ttl: draw.whole(2, 6) } : {};
  if (verb === 'get' || verb === 'delete') return { at, caller, verb, key, number };
  if (verb === 'append') return { at, caller, verb, key, number, length };
  return { at, caller, verb, key, number, length, ...ttl };
}
