/** A measured process: one adapter beside the client that it stands on, 256 calls in flight. */
import { createClient } from 'memfleet';
import { serveMeasurements } from '../serve-measurements.ts';
import { adapterNamed, plainCalls, type Subject } from './adapter-entrants.ts';
import type { AdapterAssignment, AdapterMeasurement, AdapterTask } from './adapter-task.ts';

const inFlight = 256;
const keys = Array.from({ length: 1000 }, (_, at) => `bench:user:${at}`);

const { name, address } = JSON.parse(process.argv[2] ?? '{}') as AdapterAssignment;
const entrant = adapterNamed(name);
const client = createClient({ nodes: address, timeout: 30_000 });
const subjects = {
  adapter: await entrant.open(client, address),
  plain: plainCalls[entrant.plain](client),
};
for (const subject of Object.values(subjects)) await prepare(subject);

async function prepare(subject: Subject): Promise<void> {
  const missing = async (key: string): Promise<boolean> => ((await subject.call(key)) ?? undefined) === undefined;
  for (const key of keys) {
    // Where failures are misses, a busy machine may have kept a value from being stored.
    for (let tries = 0; tries === 0 || (await missing(key)); tries++) {
      if (tries === 3) throw new Error(`${name}: ${key} was stored and is not there`);
      await subject.fill(key);
    }
  }
}

async function measure({ side, ms }: AdapterTask): Promise<AdapterMeasurement> {
  const { call } = subjects[side];
  const load = { calls: 0, isOver: false };
  const work = async (): Promise<void> => {
    while (!load.isOver) await call(keys[load.calls++ % keys.length] as string);
  };
  const before = process.cpuUsage();
  const workers = Promise.all(Array.from({ length: inFlight }, work));
  await Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), workers]);
  const { user, system } = process.cpuUsage(before);
  const measured = load.calls;
  load.isOver = true;
  await workers;
  return { cpu: (user + system) / measured };
}

serveMeasurements(measure);
