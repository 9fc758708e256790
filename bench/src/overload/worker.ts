/**
 * The process that is overloaded. An open loop: what is due is called, whatever the calls before are doing; what fell
 * due during the stall is called in the turn after it, as an application does whose requests have piled up.
 *
 *   ── before ──┃ stall ┃██ all that fell due ── after ──▶
 *
 * Time in which this process was ready to run and another had its core does not count: else a busy machine is measured,
 * not the client.
 */
import { readFileSync } from 'node:fs';
import type { OpenClient } from '../client/entrant.ts';
import { overloadedNamed } from './overload-entrants.ts';
import { after, type Assignment, before, late, type Outcome, type Scenario } from './scenario.ts';

const { entrant: name, scenario, ports } = JSON.parse(process.argv[2] ?? '{}') as Assignment;
const keys = Array.from({ length: 100 }, (_, i) => `bench:overload:${i}`);
const value = 'v'.repeat(100);
/** Milliseconds for which this thread has waited for its core so far; 0 where there is no procfs. */
function waitedForCore(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

let waited = waitedForCore();

/** As of the last `look`, what was lost to others left out. */
function now(): number {
  return performance.now() - waited;
}

function look(): number {
  waited = waitedForCore();
  return now();
}

/** Calls that are not answered by then have hung. */
const patience = 10_000;

class OpenLoop {
  served = 0;
  failed = 0;
  longest = 0;
  /** When the last call was made that failed or was late. */
  lastBad = 0;
  #made = 0;
  #onIdle: (() => void) | undefined;
  readonly #client: OpenClient;

  constructor(client: OpenClient) {
    this.#client = client;
  }

  /** Makes calls until there have been so many. */
  callUpTo(count: number): void {
    const at = now();
    while (this.#made < count) this.#call(keys[this.#made++ % keys.length] as string, at);
  }

  /** Resolves when every call has ended. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#tellIdle();
    });
  }

  #call(key: string, at: number): void {
    this.#client.get(key).then(
      (got) => this.#ended(at, got === value),
      () => this.#ended(at, false),
    );
  }

  #ended(at: number, isGood: boolean): void {
    if (isGood) this.served++;
    else this.failed++;
    const took = now() - at;
    if (took > this.longest) this.longest = took;
    if ((!isGood || took > late) && at > this.lastBad) this.lastBad = at;
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.served + this.failed === this.#made) this.#onIdle?.();
  }
}

function hold(ms: number): void {
  for (const end = look() + ms; look() < end;);
}

async function overload(client: OpenClient, { rate, stall }: Scenario): Promise<Outcome> {
  const loop = new OpenLoop(client);
  const start = look();
  const due = (): number => Math.floor(((look() - start) * rate) / 1000);
  let stalledUntil = 0;
  let cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = look() - start;
      if (stalledUntil === 0 && elapsed >= before) {
        hold(stall);
        stalledUntil = look();
        cpu = process.cpuUsage();
      }
      loop.callUpTo(due());
      if (elapsed < before + stall + after) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.race([loop.idle(), new Promise((resolve) => setTimeout(resolve, patience))]);
  const { user, system } = process.cpuUsage(cpu);
  const { served, failed, longest, lastBad } = loop;
  return {
    served,
    failed,
    recovery: Math.max(0, lastBad - stalledUntil),
    longest,
    cpu: (user + system) / ((rate * after) / 1000),
    resident: process.resourceUsage().maxRSS * 1024,
  };
}

const client = await overloadedNamed(name).open({ ...ports, ring: [], cluster: undefined }, 'text');
for (const key of keys) await client.set(key, value as never);
// What a process does at first is slow: that is not what is asked here.
for (let n = 0; n < 2000; n++) await Promise.all(keys.slice(0, 10).map((key) => client.get(key)));
process.send?.(await overload(client, scenario));
await client.close();
process.disconnect();
