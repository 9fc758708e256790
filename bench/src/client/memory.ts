/** `bench client --workload memory`: is the memory after ten million mixed calls that after one million? */
import { fileURLToPath } from 'node:url';
import { startMemcached } from '../daemon.ts';
import { spawnPinned } from '../pinning.ts';
import { Progress } from '../progress.ts';
import { formatNumber, type Table } from '../table.ts';

/** Bytes, after a garbage collection. */
export interface MemorySample {
  readonly calls: number;
  readonly resident: number;
  readonly heap: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

const million = 1_000_000;
const worker = fileURLToPath(new URL('memory-worker.js', import.meta.url));

/** One sample after each million calls. */
export async function measureMemory(millions = 10): Promise<MemorySample[]> {
  const server = await startMemcached('rest');
  const progress = new Progress(millions);
  const args = [worker, String(server.port), String(millions * million), String(million)];
  const child = spawnPinned('test', process.execPath, args, ['ignore', 'ignore', 'inherit', 'ipc']);
  const samples: MemorySample[] = [];
  child.on('message', (sample: MemorySample) => {
    samples.push(sample);
    progress.step(`${sample.calls / million} million calls: ${megabytes(sample.heap)} MB heap`);
  });
  const code = await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  server.stop();
  if (code !== 0 || samples.length !== millions)
    throw new Error(`memory: its process ended (${String(code)}) after ${samples.length} million calls`);
  return samples;
}

const megabytes = (bytes: number): string => formatNumber(bytes / 2 ** 20);

/**
 * The last sample ÷ the first, of the memory that is in use (heap and array buffers, after a collection) and of what is
 * resident.
 */
export function memoryGrowth(samples: readonly MemorySample[]): { readonly used: number; readonly resident: number } {
  const first = samples[0] as MemorySample;
  const last = samples.at(-1) as MemorySample;
  const used = (sample: MemorySample): number => sample.heap + sample.external;
  return { used: used(last) / used(first), resident: last.resident / first.resident };
}

export function memoryTable(samples: readonly MemorySample[]): Table {
  const { used, resident } = memoryGrowth(samples);
  return {
    title: `memory of memfleet over mixed calls, MB after a collection: in use ×${formatNumber(used)}, resident ×${formatNumber(resident)}`,
    columns: ['million calls', 'heap', 'external', 'array buffers', 'resident'],
    rows: samples.map((sample) => [
      String(sample.calls / million),
      megabytes(sample.heap),
      megabytes(sample.external),
      megabytes(sample.arrayBuffers),
      megabytes(sample.resident),
    ]),
  };
}
