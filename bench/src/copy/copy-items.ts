/**
 * `bench copy`: a million items from one memcached to two by `memfleet copy`. None may be lost or changed; how long it
 * takes, and its memory.
 */
import { type Client, createClient, type Transcoder } from 'memfleet';
import { cpuTime, residentBytes } from '../cpu-time.ts';
import { type Daemon, startMemcached } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { spawnPinned } from '../pinning.ts';
import { memfleetProgram } from '../programs.ts';
import { Progress } from '../progress.ts';
import type { Settings } from '../settings.ts';
import { formatMarkdown, formatTable, type Table } from '../table.ts';

const count = 1_000_000;
/** Keys of one request. */
const batch = 2000;
/** Seconds: one of the copy, and one because the clocks of two nodes tick at different moments. */
const ttlBound = 2;

/** Values are bytes; their flags are their length. */
const bytes: Transcoder<Uint8Array> = {
  encode: (value) => ({ data: value, flags: value.length }),
  decode: (stored) => stored.bytes(),
};

const clientOf = (nodes: readonly Daemon[]): Client<Uint8Array> =>
  createClient({ nodes: addressesOf(nodes), transcoder: bytes, timeout: 60_000 });

const addressesOf = (nodes: readonly Daemon[]): string => nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');

const keysFrom = (from: number): string[] => Array.from({ length: batch }, (_, n) => `item:${from + n}`);

/** 20 to 220 bytes. */
const valueOf = (key: string, n: number): Buffer => Buffer.from(key.repeat(50).slice(0, 20 + (n % 201)));

const none = Buffer.alloc(0);

/** Seconds: a third has no expiry, a third some minutes, a third 40 days. */
const ttlOf = (n: number): number => [0, 1000 + (n % 1000), 40 * 86_400][n % 3] as number;

async function fill(source: Client<Uint8Array>): Promise<void> {
  for (let from = 0; from < count; from += batch)
    await Promise.all(keysFrom(from).map((key, n) => source.set(key, valueOf(key, from + n), ttlOf(from + n))));
}

/** What the program used. CPU time in µs, memory in bytes. */
interface Cost {
  readonly seconds: number;
  readonly cpu: number;
  readonly resident: number;
}

/** Runs the copy. Rejects unless it succeeds. */
async function copy(source: Daemon, targets: readonly Daemon[]): Promise<Cost> {
  const startedAt = performance.now();
  const words = ['copy', '-n', addressesOf([source]), '-t', addressesOf(targets)];
  const child = spawnPinned('test', process.execPath, [memfleetProgram, ...words], ['ignore', 'ignore', 'inherit']);
  let [cpu, resident] = [0, 0];
  const timer = setInterval(() => {
    cpu = cpuTime(child.pid ?? 0) || cpu;
    resident = Math.max(resident, residentBytes(child.pid ?? 0) || 0);
  }, 50);
  const code = await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  clearInterval(timer);
  if (code !== 0) throw new Error(`memfleet copy ended with ${String(code)}`);
  return { seconds: (performance.now() - startedAt) / 1000, cpu, resident };
}

/** How the items of the targets differ from those of the source. */
interface Difference {
  readonly lost: number;
  readonly changed: number;
  /** The largest difference of a ttl, in seconds. */
  readonly ttl: number;
}

async function compare(source: Client<Uint8Array>, target: Client<Uint8Array>): Promise<Difference> {
  let [lost, changed, ttl] = [0, 0, 0];
  for (let from = 0; from < count; from += batch) {
    const keys = keysFrom(from);
    const [before, after] = await Promise.all([source.items.getMany(keys), target.items.getMany(keys)]);
    for (const [n, key] of keys.entries()) {
      const [item, arrived] = [before.get(key), after.get(key)];
      if (item === undefined) throw new Error(`the source has lost ${key}: give it more memory`);
      if (arrived === undefined) lost++;
      else {
        if (arrived.flags !== item.flags || !valueOf(key, from + n).equals(arrived.value ?? none)) changed++;
        if (arrived.ttl !== item.ttl) ttl = Math.max(ttl, Math.abs((arrived.ttl ?? NaN) - (item.ttl ?? NaN)));
      }
    }
  }
  return { lost, changed, ttl };
}

function tableOf({ seconds, cpu, resident }: Cost, { lost, changed, ttl }: Difference): Table {
  return {
    title: `memfleet copy: ${count.toLocaleString('en-US')} items of 20 to 220 bytes from one memcached to two`,
    columns: ['seconds', 'CPU seconds', 'MB resident', 'lost', 'changed', 'largest difference of a ttl'],
    rows: [
      [
        seconds.toFixed(1),
        (cpu / 1e6).toFixed(1),
        (resident / 1e6).toFixed(0),
        String(lost),
        String(changed),
        `${ttl} s`,
      ],
    ],
  };
}

/** Runs the command. The exit code is 1 if an item is lost or changed, or its ttl differs by more than the bound. */
export async function copyCommand({ markdown }: Settings): Promise<void> {
  const progress = new Progress(3);
  const [source, ...targets] = await Promise.all([1, 2, 3].map(() => startMemcached('rest')));
  const [from, to] = [clientOf([source as Daemon]), clientOf(targets)];
  await fill(from);
  progress.step('the source has its items');
  const cost = await copy(source as Daemon, targets);
  progress.step('copied');
  const difference = await compare(from, to);
  progress.step('compared');
  console.log(`${formatMachine(describeMachine())}\n`);
  console.log((markdown ? formatMarkdown : formatTable)(tableOf(cost, difference)));
  if (difference.lost > 0 || difference.changed > 0 || !(difference.ttl <= ttlBound)) process.exitCode = 1;
}
