/**
 * One measurement.
 *
 *   fill ─▶ verify ─▶ connect ─▶ │ warm-up │ measured │ ─▶ close
 */
import { createConnection } from 'node:net';
import { cpuTime, residentBytes } from '../cpu-time.ts';
import { churn } from './churn.ts';
import { LoadConnection, type LoadPlan } from './connection.ts';
import type { LoadMeasurement, LoadTask } from './load-task.ts';
import { type Exchange, makeExchanges, makeFilling } from './requests.ts';
import { Tally } from './tally.ts';

/** Connections that are opened at the same time. */
const opening = 100;
/** Answers that are compared byte for byte before measuring. */
const verified = 64;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sumOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuTime(pid), 0);

/** Sends the requests one after the other; every answer must be the one expected, byte for byte. */
function converse(port: number, exchanges: readonly Exchange[], what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let at = 0;
    let received = Buffer.alloc(0);
    const next = (): void => {
      if (at < exchanges.length) socket.write((exchanges[at] as Exchange).request);
      else socket.end(resolve);
    };
    socket.once('connect', next);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${what}: the connection was closed`)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const { reply } = exchanges[at] as Exchange;
      if (!received.equals(reply.subarray(0, received.length))) {
        socket.destroy(new Error(`${what}: unexpected answer ${JSON.stringify(received.toString('latin1', 0, 80))}`));
      } else if (received.length === reply.length) {
        received = Buffer.alloc(0);
        at++;
        next();
      }
    });
  });
}

/** Opens all connections, some at a time. */
async function open(plan: LoadPlan, count: number): Promise<LoadConnection[]> {
  const connections: LoadConnection[] = [];
  while (connections.length < count) {
    const waits: Promise<void>[] = [];
    for (let i = 0; i < opening && connections.length < count; i++) {
      waits.push(new Promise((resolve) => connections.push(new LoadConnection(plan, connections.length * 7, resolve))));
    }
    await Promise.all(waits);
  }
  return connections;
}

/** Warm-up, then the part that counts. */
async function clock(tally: Tally, task: LoadTask): Promise<LoadMeasurement> {
  await pause(task.warmUp);
  const testBefore = cpuTime(task.pid);
  const nodesBefore = sumOf(task.nodePids);
  const ownBefore = process.cpuUsage();
  const startedAt = performance.now();
  tally.isMeasuring = true;
  await pause(task.measure);
  tally.isMeasuring = false;
  const elapsed = (performance.now() - startedAt) * 1000;
  const own = process.cpuUsage(ownBefore);
  const ownCpu = own.user + own.system;
  const cpu = cpuTime(task.pid) - testBefore;
  const nodeCpu = sumOf(task.nodePids) - nodesBefore;
  const { requests } = tally;
  return {
    rate: (requests / elapsed) * 1e6,
    p50: tally.latency(0.5),
    p99: tally.latency(0.99),
    cpu: cpu / requests,
    nodeCpu: nodeCpu / requests,
    share: cpu / elapsed,
    loadShare: ownCpu / elapsed,
    coreShare: (ownCpu + nodeCpu) / elapsed,
    resident: residentBytes(task.pid),
  };
}

/** Rejects when anything but the right answers comes. */
export async function drive(task: LoadTask): Promise<LoadMeasurement> {
  const { workload } = task;
  const exchanges = workload.operation === 'idle' ? [] : makeExchanges(workload);
  if (workload.operation !== 'idle') {
    await converse(task.port, makeFilling(workload), 'filling');
    await converse(task.port, exchanges.slice(0, verified), 'verifying');
  }
  const tally = new Tally();
  let connections: LoadConnection[] = [];
  let fail!: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const plan: LoadPlan = { port: task.port, exchanges, depth: workload.depth, tally, fail };
  const run = async (): Promise<LoadMeasurement> => {
    if (workload.operation === 'churn') for (let i = 0; i < workload.connections; i++) churn(plan, i * 7);
    else connections = await open(plan, workload.connections);
    if (workload.operation !== 'idle') for (const connection of connections) connection.start();
    return clock(tally, task);
  };
  try {
    const measurement = await Promise.race([run(), failed]);
    if (workload.operation !== 'idle' && !(measurement.rate > 0)) throw new Error('no answer came in time');
    return measurement;
  } finally {
    tally.isOver = true;
    for (const connection of connections) connection.destroy();
    // What was closed here is closed there before the next measurement begins.
    await pause(50);
  }
}
