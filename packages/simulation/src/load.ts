/** The phases of a run: load under faults, wait, heal, and what must hold then. */
import type { Client } from 'memfleet';
import { isFault, strike } from './faults.ts';
import { isCounterKey, type Plan } from './plan.ts';
import type { Stage } from './stage.ts';
import { type LoadSite, perform } from './workload.ts';

/** Calls of a process that ended, or that hang, are not waited for: ms after the load. */
const patience = 15_000;
/** An ejection, a probe and a back-off: ms. */
const pauseAfterWarmUp = 8000;

/** Makes the calls and the faults of the plan at their times; resolves when all calls have settled. */
export async function runLoad(
  stage: Stage,
  plan: Plan,
  clients: ReadonlyMap<string, Client<string>>,
  site: LoadSite,
): Promise<void> {
  const { world } = stage;
  const settled: Promise<void>[] = [];
  for (const fault of plan.faults) if (isFault(fault)) world.after(fault.at, () => strike(stage, fault));
  for (const call of plan.calls) {
    world.after(call.at, () => {
      const client = clients.get(call.caller);
      // A process that stands still calls when it goes on; here it does not call at all.
      if (client === undefined || !stage.isRunning(call.caller)) return;
      settled.push(perform(client, call, site));
    });
  }
  await world.sleep(plan.duration + 1);
  await Promise.race([Promise.all(settled), world.sleep(patience)]);
}

/** Ends all faults and starts what is dead; then waits until clients and proxies may be expected to have noticed. */
export async function heal(stage: Stage, ms: number): Promise<void> {
  const { processes, world } = stage;
  world.heal();
  for (const name of processes.keys()) await stage.start(name);
  await world.sleep(ms);
}

/** Every client reads every key once more: what was acknowledged must still be there. */
export async function readAll(
  clients: ReadonlyMap<string, Client<string>>,
  keys: readonly string[],
  site: LoadSite,
): Promise<void> {
  for (const [caller, client] of clients) {
    const reads = keys
      // Counters are read by the checks of their increments.
      .filter((key) => !isCounterKey(key))
      .map((key) => perform(client, { at: 0, caller, verb: 'get', key, number: -1 }, site));
    await Promise.all(reads);
  }
}

/** The first calls may meet connections whose peer lost its power. */
async function warmUp(clients: ReadonlyMap<string, Client<string>>, keys: readonly string[]): Promise<void> {
  for (const client of clients.values()) await Promise.allSettled(keys.map((key) => client.get(key)));
}

/** G7: after the faults and a first round of calls, every call succeeds and no node is ejected. */
export async function checkLiveness(
  stage: Stage,
  clients: ReadonlyMap<string, Client<string>>,
  keys: readonly string[],
): Promise<void> {
  const { world } = stage;
  await warmUp(clients, keys);
  await world.sleep(pauseAfterWarmUp);
  const fail = (message: string): void => stage.report({ rule: 'G7', at: world.now, message });
  for (const [name, client] of clients) {
    for (const key of keys) {
      try {
        const isStored = await client.set(key, 'alive');
        const found = await client.get(key);
        if (!isStored || found !== 'alive') fail(`${name}: set gave ${isStored}, get ${String(found)}`);
      } catch (error) {
        fail(`${name}: ${String(error)}`);
      }
    }
    for (const { node, state } of client.stats().nodes) if (state === 'ejected') fail(`${name}: ${node} is ${state}`);
  }
}

/** G5: what is closed leaves nothing behind. */
export async function checkClosing(stage: Stage, closers: readonly (() => Promise<void>)[]): Promise<void> {
  const { world } = stage;
  const begun = world.now;
  let isClosed = false;
  const close = async (): Promise<void> => {
    for (const closer of closers) await closer();
    isClosed = true;
  };
  await Promise.race([close(), world.sleep(patience)]);
  if (!isClosed) stage.report({ rule: 'G5', at: world.now, message: `not closed after ${world.now - begun} ms` });
  // The ends of connections are on their way.
  await world.sleep(2000);
  for (const leak of world.leaks()) stage.report({ rule: 'G5', at: world.now, message: leak });
}
