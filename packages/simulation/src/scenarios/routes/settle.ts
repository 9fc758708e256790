/** What must hold on the nodes of both routes after the faults. */
import type { Client } from 'memfleet';
import type { Unwell } from '../../check/unwell.ts';
import { numberIn, type Plan } from '../../plan.ts';
import type { Rule } from '../../problem.ts';
import type { Stage } from '../../stage.ts';
import { halfOf, nodeNames } from '../fleet/plan.ts';
import { isRefused, kindOf, readInto, storedKey } from './cast.ts';
import { directCallers, survivor } from './checks.ts';
import type { Kind } from './plan.ts';

/** A run with two routes, which is watched during the load and checked after the faults. */
export interface Settling {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly clients: ReadonlyMap<string, Client<string>>;
  /** Clients of the nodes of each route. */
  readonly directs: readonly [Client<string>, Client<string>];
  readonly keys: readonly string[];
  readonly unwell: readonly Unwell[];
  readonly warmOf: (key: string) => number;
}

function fail({ stage }: Settling, rule: Rule, key: string | undefined, message: string): void {
  stage.report({ rule, key, at: stage.world.now, message });
}

/** Each key is on its route only. */
async function checkPlaces(settling: Settling): Promise<void> {
  const { directs, keys, plan } = settling;
  // Without their prefix an item and a counter may have one key, each on its own route.
  const stored = new Set(keys.map((key) => `${key[0]} ${storedKey(plan.options, key)}`));
  for (const key of keys) {
    const as = storedKey(plan.options, key);
    const route = key.startsWith('n') ? 0 : 1;
    const isOther = stored.has(`${route === 0 ? 'k' : 'n'} ${as}`);
    const value = isOther ? undefined : await directs[route].get(as);
    if (value !== undefined) fail(settling, 'M9', key, `it is on the other route: ${value.slice(0, 40)}`);
  }
}

/** Where routes refuse, what was refused has failed; nothing of a read-only client is done. */
function checkRefused(settling: Settling): void {
  const { plan, stage } = settling;
  for (const operation of stage.history.operations) {
    const { caller, fate, key, result, verb } = operation;
    if (verb === 'wipe' || !isRefused(plan.options, caller)) continue;
    if (fate === 'failed' && operation.error === 'ERR_SERVER') stage.count('refused by the route');
    const isDone = fate === 'done' && verb !== 'get';
    if (isDone && kindOf(plan.options) === 'read-only')
      fail(
        settling,
        'M9',
        key,
        `${verb} ${operation.id} of ${caller} passed a read-only route: ${JSON.stringify(result)}`,
      );
  }
}

/** A second route that fails is seen by nobody. */
async function checkShadow(settling: Settling): Promise<void> {
  const { directs, keys, plan, stage } = settling;
  const { fraction, strikes } = plan.options;
  for (const key of keys) if ((await directs[1].get(key)) !== undefined) stage.count('shadowed');
  if (strikes === 'second') checkAllDone(settling);
  if (strikes !== 'none' || fraction !== 1) return;
  for (const key of keys) {
    const [one, other] = [await directs[0].get(key), await directs[1].get(key)];
    if (one !== other)
      fail(settling, 'M9', key, `the shadow has ${other?.slice(0, 40)}, the route ${one?.slice(0, 40)}`);
  }
}

/** Clients with fewer commands in flight may refuse calls themselves: they are slower than the load. */
const wide = 64;

function checkAllDone(settling: Settling): void {
  const { options } = settling.plan;
  const isWide = numberIn(options, 'max') * numberIn(options, 'maxInFlight') >= wide;
  for (const { caller, error, fate, id, key, verb } of settling.stage.history.operations) {
    if (fate === 'done' || verb === 'wipe' || (!isWide && error === 'ERR_QUEUE_FULL')) continue;
    fail(settling, 'M9', key, `${verb} ${id} of ${caller} failed (${error}), but only the second route was struck`);
  }
}

/** What a failover stored elsewhere goes with its ttl; without a failure nothing is there. */
async function checkFailover(settling: Settling): Promise<void> {
  const { directs, keys, plan, unwell } = settling;
  const isExpired = kindOf(plan.options) === 'failover-ttl';
  for (const key of keys) {
    const value = await directs[1].get(key);
    if (value === undefined) continue;
    if (isExpired) fail(settling, 'M9', key, `it is still on the second route: ${value.slice(0, 40)}`);
    else if (unwell.length === 0) fail(settling, 'M9', key, `it is on the second route: ${value.slice(0, 40)}`);
  }
  if (plan.options['strikes'] === 'second') checkAllDone(settling);
}

/** ms between two looks at the second route. */
const lookEvery = 1000;

/** Looks now and then, during the load, for items that a failover has brought to the second route. */
export function watchFailover({ directs, keys, plan, stage }: Settling): void {
  if (settlings[kindOf(plan.options)] !== checkFailover || plan.options['strikes'] !== 'all') return;
  const look = async (): Promise<void> => {
    const found = await Promise.allSettled(keys.map((key) => directs[1].get(key)));
    for (const each of found)
      if (each.status === 'fulfilled' && each.value !== undefined) stage.count('on the second route after a failover');
  };
  for (let at = lookEvery; at < plan.duration; at += lookEvery) stage.world.after(at, () => void look());
}

/** Reads of items of the warm cluster, which are copied then. */
function countCopies({ stage, warmOf }: Settling): void {
  for (const { key, result, verb } of stage.history.operations) {
    const value = verb === 'get' && result !== undefined && 'value' in result ? result.value : undefined;
    const isWarm = value?.length === 1 && value[0] === warmOf(key);
    if (isWarm) stage.count('copied from warm');
  }
}

/** Both routes have the same if nothing was struck; when the first is lost, reads are those of the second. */
async function checkCopies(settling: Settling): Promise<void> {
  const { directs, keys, plan, stage } = settling;
  const { strikes } = plan.options;
  for (const key of keys) {
    const values: (string | undefined)[] = [];
    for (const [route, caller] of directCallers.entries())
      values.push(await readInto(stage, directs[route as 0 | 1], caller, key));
    if (values[0] === values[1] || (strikes !== 'none' && strikes !== 'clients')) continue;
    const [one, other] = values.map((value) => value?.slice(0, 40));
    fail(settling, 'M8', key, `the first route has ${one}, the second ${other}, but no node was struck`);
  }
  await loseFirst(settling);
}

/** A new connection needs so many round trips at most. */
const roundTrips = 40;

async function loseFirst(settling: Settling): Promise<void> {
  const { clients, keys, plan, stage } = settling;
  const { options } = plan;
  const [client] = clients.values();
  if (client === undefined || numberIn(options, 'proxy timeout') < roundTrips * numberIn(options, 'latency')) return;
  const names = halfOf(nodeNames(options), 0);
  for (const name of names) stage.kill(name, 'reset');
  // The first calls may meet connections whose peer lost its power.
  for (const _ of [1, 2, 3]) {
    await Promise.allSettled(keys.map((key) => client.get(key)));
    await stage.world.sleep(2000);
  }
  for (const key of keys) {
    try {
      await readInto(stage, client, survivor, key);
      stage.count('read after the loss of the first route');
    } catch (error) {
      fail(settling, 'M8', key, `the first route is lost, and the second is not read: ${String(error)}`);
    }
  }
  for (const name of names) await stage.start(name);
  await stage.world.sleep(10_000);
}

const settlings: Readonly<Record<Kind, (settling: Settling) => Promise<void> | void>> = {
  prefix: checkPlaces,
  strip: checkPlaces,
  'read-only': checkRefused,
  'rate-limit': checkRefused,
  shadow: checkShadow,
  failover: checkFailover,
  'failover-ttl': checkFailover,
  'warm-up': countCopies,
  'all-sync': checkCopies,
  'all-async': checkCopies,
  'fastest-read': checkCopies,
};

/** Checks the nodes of both routes. */
export async function settle(settling: Settling): Promise<void> {
  await settlings[kindOf(settling.plan.options)](settling);
}
