/**
 * `bench start`: the CPU time of a start until the first line of output, as a multiple of that of a bare Node with a
 * listening socket. The process is held at that line, so that nothing that comes later counts. The command keeps what
 * V8 makes of its files when it ends, which it does in the first round only.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosen } from '../chosen.ts';
import { cpuTime } from '../cpu-time.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { pinSelf, spawnPinned } from '../pinning.ts';
import { cliFile, memfleetProgram } from '../programs.ts';
import type { Settings } from '../settings.ts';
import { type Spread, spread } from '../statistics.ts';
import { formatMarkdown, formatNumber, formatTable, type Table } from '../table.ts';

const bare = `require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('listens'));`;
const server = ['server', '--listen', '127.0.0.1:0'];
const proxy = ['proxy', '--listen', '127.0.0.1:0', '--nodes', '127.0.0.1:1'];

/** A program, and the multiple that is wanted at most. */
interface Starter {
  readonly name: string;
  readonly args: readonly string[];
  /** Without what was kept of an earlier start. */
  readonly isFirst?: true;
  readonly wanted?: number;
}

const starters: readonly Starter[] = [
  { name: 'memfleet --version', args: [memfleetProgram, '--version'] },
  { name: 'memfleet server', args: [memfleetProgram, ...server], wanted: 1.6 },
  { name: 'memfleet server, first start', args: [memfleetProgram, ...server], isFirst: true },
  { name: 'memfleet server, not bundled', args: [cliFile('dist/main.js'), ...server], wanted: 2.3 },
  { name: 'memfleet proxy', args: [memfleetProgram, ...proxy], wanted: 1.6 },
  { name: 'memfleet proxy, first start', args: [memfleetProgram, ...proxy], isFirst: true },
  { name: 'memfleet proxy, not bundled', args: [cliFile('dist/main.js'), ...proxy], wanted: 2.3 },
];

/** Milliseconds of CPU of one start; then the process ends in order or at once. */
async function start({ args, isFirst }: Starter, end: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  const env = isFirst ? { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' } : process.env;
  const child = spawnPinned('test', process.execPath, args, ['ignore', 'pipe', 'inherit'], env);
  const gone = new Promise((resolve) => child.once('close', resolve));
  const isUp = await Promise.race([
    new Promise<boolean>((resolve) => child.stdout?.once('data', () => resolve(true))),
    gone.then(() => false),
  ]);
  child.kill('SIGSTOP');
  const time = cpuTime(child.pid ?? 0) / 1000;
  for (const signal of [end, 'SIGCONT'] as const) child.kill(signal);
  await gone;
  if (!isUp) throw new Error(`${args.join(' ')} ended without a line of output`);
  return time;
}

interface Cost {
  readonly starter: Starter;
  readonly ratio: Spread;
  readonly ms: Spread;
}

async function measure(chosen: readonly Starter[], yardstick: Starter, rounds: number): Promise<Cost[]> {
  const all = [yardstick, ...chosen];
  const times = new Map(all.map((one) => [one, [] as number[]]));
  // The first round warms up the cache of files, and fills that of the command.
  for (let round = 0; round <= rounds; round++)
    for (let at = 0; at < all.length; at++) {
      const one = all[(at + round) % all.length] as Starter;
      const time = await start(one, round > 0 ? 'SIGKILL' : 'SIGTERM');
      if (round > 0) times.get(one)?.push(time);
    }
  const bareTimes = times.get(yardstick) ?? [];
  return all.map((starter) => {
    const own = times.get(starter) ?? [];
    return {
      starter,
      ms: spread(own),
      ratio: spread(own.map((time, round) => time / (bareTimes[round] ?? Number.NaN))),
    };
  });
}

function tableOf(costs: readonly Cost[]): Table {
  return {
    title: 'CPU until the first line of output, as a multiple of a bare Node that listens',
    columns: ['program', 'ratio', 'wanted', 'ms'],
    rows: costs.map(({ starter: { name, wanted }, ratio, ms }) => [
      name,
      `${formatNumber(ratio.median)} (${formatNumber(ratio.min)}–${formatNumber(ratio.max)})`,
      wanted === undefined ? '' : `≤ ${wanted}`,
      formatNumber(ms.median),
    ]),
  };
}

/** `bench start`. `--only` takes names of programs. */
export async function startCommand(settings: Settings): Promise<void> {
  const { json, markdown, only, rounds } = settings;
  const wanted = chosen(starters, only, 'program');
  pinSelf('rest');
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-bench-'));
  const file = join(folder, 'bare.cjs');
  writeFileSync(file, bare);
  const costs = await measure(wanted, { name: 'bare Node', args: [file] }, rounds).finally(() =>
    rmSync(folder, { recursive: true }),
  );
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n${rounds} rounds\n`);
  console.log((markdown ? formatMarkdown : formatTable)(tableOf(costs)));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, settings, costs }, null, 1)}\n`);
}
