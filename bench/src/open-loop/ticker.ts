/**
 * Wakes the process under test, from another core: a byte on stdout for each tick. It sees as well when the machine was
 * taken away from that process or from the server, and writes a line for each window on descriptor 3 (windows.ts).
 *
 * A window is taken when a watched thread was ready to run and waited longer for its core than it may while other
 * processes ran, when the host ran others in place of this machine (steal), or when this process, which sleeps, was
 * woken too late. What the process does with its time when it has its core (collections of garbage, long turns) is its
 * own and stays.
 */
import { openSync, readSync, writeSync } from 'node:fs';
import { threadsOf } from '../cpu-time.ts';
import { type Window, windowLength, windowLine } from './windows.ts';

/** A thread, and how many ms of a window it may wait for its core. */
export interface Watched {
  readonly pid: number;
  readonly thread: number;
  readonly limit: number;
}

/** ms between two ticks. */
const tick = 0.25;
/** The steal time of the machine is read once in so many windows, as reading it is slow; it counts for them all. */
const stealEvery = 4;
/** ms from when a thread may run until it runs, on an idle core of a guest. */
const wake = 0.01;
/** ms that this process may be woken late. */
const maxLate = 2;

const buffer = Buffer.alloc(256);

/** Reads the first bytes of a file of procfs again and again. */
function reader(path: string): () => string {
  try {
    const file = openSync(path, 'r');
    return () => {
      try {
        return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
      } catch {
        return '';
      }
    };
  } catch {
    return () => '';
  }
}

/** How much has been added since the last call; 0 where nothing is known. */
function growth(value: () => number): () => number {
  let last = value();
  return () => {
    const now = value();
    const grown = now - last;
    last = now;
    return grown > 0 ? grown : 0;
  };
}

/**
 * ms that a thread has waited for its core, of all its life, beyond what waking it takes, and beyond what the other
 * threads of its process have run meanwhile.
 */
function waitOf({ pid, thread }: Watched): () => number {
  const read = reader(`/proc/${pid}/task/${thread}/schedstat`);
  const others = threadsOf(pid).filter((name) => name !== String(thread));
  const readOthers = others.map((name) => reader(`/proc/${pid}/task/${name}/schedstat`));
  return () => {
    const [, waited = 0, turns = 0] = read().split(' ').map(Number);
    const own = readOthers.reduce((sum, readOther) => sum + Number.parseInt(readOther() || '0', 10), 0);
    return (waited - own) / 1e6 - turns * wake;
  };
}

/** Ticks of the clock in which the host ran others. */
function steal(): () => number {
  const read = reader('/proc/stat');
  return () => Number(read().split('\n', 1)[0]?.split(/ +/)[8] ?? 0);
}

/** ms of the clock that all processes of the machine share. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

function run(watched: readonly Watched[]): never {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const waits = watched.map((one) => ({ grown: growth(waitOf(one)), limit: one.limit }));
  const stolen = growth(steal());
  let start = now();
  let next = start;
  let isLate = false;
  let pending: Window[] = [];
  for (;;) {
    next += tick;
    Atomics.wait(sleeper, 0, 0, Math.max(0, next - now()));
    const at = now();
    if (at - next > maxLate) isLate = true;
    if (at > next) next = at;
    writeSync(1, '.');
    if (at - start < windowLength) continue;
    // All are read in each window: `some` would leave the rest for the next one.
    const hasWaited = waits.map(({ grown, limit }) => grown() > limit).includes(true);
    pending.push({ start, end: at, isTaken: isLate || hasWaited });
    start = at;
    isLate = false;
    if (pending.length < stealEvery) continue;
    const isStolen = stolen() > 0;
    const lines = pending.map((one) => windowLine({ ...one, isTaken: one.isTaken || isStolen }));
    pending = [];
    writeSync(3, lines.join(''));
  }
}

run(JSON.parse(process.argv[2] ?? '[]') as Watched[]);
