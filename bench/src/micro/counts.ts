/**
 * What calls cost where noise cannot touch it: counted at the socket, at the promises and at the memory of Buffers of
 * this process, against a real memcached in another.
 *
 *   calls ─▶ one pass ─┬─ socket.write: how often, how many bytes        (patched)
 *                      ├─ async_hooks: promises made
 *                      └─ memoryUsage() before and after, after a garbage collection
 *
 * Each of the three has a pass of its own: what counts must not be counted.
 */
import { createHook } from 'node:async_hooks';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Client, createClient } from 'memfleet';
import { makeData } from '../client/data.ts';
import { batch, workloadNamed } from '../client/workload.ts';
import { median } from '../statistics.ts';

/** What one workload costs. */
export interface Counts {
  readonly workload: string;
  readonly calls: number;
  /** Calls of `socket.write` per 1000 calls. */
  readonly writes: number;
  /** Bytes sent per call. */
  readonly bytes: number;
  /** Promises made per call, without those of the benchmark's own waiting. */
  readonly promises: number;
  /** Growth of the memory of ArrayBuffers per call, in bytes. */
  readonly arrayBuffers: number;
  /** Growth of the heap per call, in bytes. */
  readonly heap: number;
}

type Call = (client: Client, i: number) => Promise<unknown>;

interface CountedWorkload {
  readonly name: string;
  readonly calls: number;
  /** 0: all in one tick. */
  readonly inFlight: number;
  readonly call: Call;
}

const { keys, missing, values } = makeData(workloadNamed('get100-256'));
const key = (i: number): string => keys[i % keys.length] as string;
const get: Call = (client, i) => client.get(key(i));
const set: Call = (client, i) => client.set(key(i), values[i % keys.length]);
const miss: Call = (client, i) => client.get(missing[i % keys.length] as string);
const batches = Array.from({ length: keys.length / batch }, (_, i) => keys.slice(i * batch, (i + 1) * batch));
const getMany: Call = (client, i) => client.getMany(batches[i % batches.length] as string[]);

const workloads: readonly CountedWorkload[] = [
  { name: 'get 100 B, 1000 in one tick', calls: 1000, inFlight: 0, call: get },
  { name: 'get 100 B, 256 in flight', calls: 4096, inFlight: 256, call: get },
  { name: 'get 100 B, 1 in flight', calls: 1000, inFlight: 1, call: get },
  { name: 'get miss, 1000 in one tick', calls: 1000, inFlight: 0, call: miss },
  { name: 'set 100 B, 1000 in one tick', calls: 1000, inFlight: 0, call: set },
  { name: 'set 100 B, 256 in flight', calls: 4096, inFlight: 256, call: set },
  { name: 'getMany of 100 keys, 8 in flight', calls: 200, inFlight: 8, call: getMany },
];

/** Makes all calls; returns the promises of the calls, so that nothing else is made for those of one tick. */
async function pass(client: Client, { calls, inFlight, call }: CountedWorkload): Promise<void> {
  if (inFlight === 0) {
    let last: Promise<unknown> | undefined;
    for (let i = 0; i < calls; i++) last = call(client, i);
    // One connection answers in order: the last answer is the end of all.
    await last;
    return;
  }
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < calls) await call(client, next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function countSent(port: number, run: () => Promise<void>): Promise<{ writes: number; bytes: number }> {
  const sent = { writes: 0, bytes: 0 };
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its socket
  const { write } = Socket.prototype;
  function count(this: Socket, ...args: unknown[]): unknown {
    if (this.remotePort === port) {
      sent.writes++;
      // Strings go out as latin1: a character is a byte.
      sent.bytes += (args[0] as string | Uint8Array).length;
    }
    return Reflect.apply(write, this, args);
  }
  Socket.prototype.write = count as typeof write;
  try {
    await run();
  } finally {
    Socket.prototype.write = write;
  }
  return sent;
}

async function countPromises(run: () => Promise<void>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') count++;
    },
  }).enable();
  await run();
  hook.disable();
  return count;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Calls of a pass that is over before the next garbage collection, which would hide what the pass has made. */
const maxUncollected = 1000;

/** By how much memory grows in each of some passes, sorted. */
async function growths(passes: number, held: () => number, run: () => Promise<void>): Promise<number[]> {
  const grown: number[] = [];
  for (let i = 0; i < passes; i++) {
    collect();
    const before = held();
    await run();
    grown.push(held() - before);
  }
  return grown.sort((a, b) => a - b);
}

const nextTurn: Call = () => new Promise((resolve) => setImmediate(resolve));

/** The same pass with calls that are promises of the benchmark, one each: what its waiting makes. */
async function ownPromises(workload: CountedWorkload, client: Client): Promise<number> {
  const made = await countPromises(() => pass(client, { ...workload, call: nextTurn }));
  return made - workload.calls;
}

async function countWorkload(client: Client, port: number, workload: CountedWorkload): Promise<Counts> {
  const { name, calls } = workload;
  const run = (): Promise<void> => pass(client, workload);
  await run();
  const heaps = await growths(9, () => process.memoryUsage().heapUsed, run);
  const sent = await countSent(port, run);
  const promises = (await countPromises(run)) - (await ownPromises(workload, client));
  const few = Math.min(calls, maxUncollected);
  const runFew = (): Promise<void> => pass(client, { ...workload, calls: few });
  const buffers = await growths(3, () => process.memoryUsage().arrayBuffers, runFew);
  return {
    workload: name,
    calls,
    writes: (sent.writes * 1000) / calls,
    bytes: sent.bytes / calls,
    promises: promises / calls,
    // What calls need, every pass needs; a buffer that a connection makes once and keeps is not theirs.
    arrayBuffers: (buffers[0] as number) / few,
    heap: median(heaps) / calls,
  };
}

/** Counts all workloads on the memcached at this port. */
export async function countAll(port: number): Promise<Counts[]> {
  const client = createClient({ nodes: `127.0.0.1:${port}` });
  await Promise.all(keys.map((_, i) => set(client, i)));
  const counts: Counts[] = [];
  for (const workload of workloads) counts.push(await countWorkload(client, port, workload));
  await client.close();
  return counts;
}
