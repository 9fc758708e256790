/**
 * `bench micro`: counts that noise cannot touch, and the times of the codecs alone. The thresholds on the counts are
 * tests of the library (`test/micro`).
 */
import { writeFileSync } from 'node:fs';
import { startMemcached } from '../daemon.ts';
import { describeMachine, formatMachine } from '../machine.ts';
import { pinSelf } from '../pinning.ts';
import type { Settings } from '../settings.ts';
import { formatMarkdown, formatNumber, formatTable, type Table } from '../table.ts';
import { type CodecTime, timeCodecs } from './codecs.ts';
import { type Counts, countAll } from './counts.ts';

function countsTable(counts: readonly Counts[]): Table {
  return {
    title: 'counts (socket.write per 1000 calls; the others per call)',
    columns: ['workload', 'writes', 'bytes sent', 'promises', 'ArrayBuffer bytes', 'heap bytes'],
    rows: counts.map((line) => [
      line.workload,
      ...[line.writes, line.bytes, line.promises, line.arrayBuffers, line.heap].map(formatNumber),
    ]),
  };
}

function timesTable(times: readonly CodecTime[]): Table {
  return {
    title: 'codecs alone, ns for one',
    columns: ['task', 'median', 'p99', 'samples'],
    rows: times.map((line) => [line.task, formatNumber(line.median), formatNumber(line.p99), String(line.samples)]),
  };
}

/** None where the benchmark's packages are not installed: the counts need nothing of them. */
async function timesOf(measure: number): Promise<CodecTime[]> {
  const times = await timeCodecs(measure);
  if (times === undefined)
    console.log('not installed: tinybench, so the codecs are not timed; npm run bench -- setup installs it\n');
  return times ?? [];
}

/** `bench micro`. */
export async function microCommand(settings: Settings): Promise<void> {
  pinSelf('test');
  const memcached = await startMemcached('rest');
  const counts = await countAll(memcached.port);
  memcached.stop();
  const times = await timesOf(settings.measure);
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n`);
  const format = settings.markdown ? formatMarkdown : formatTable;
  console.log(format(countsTable(counts)));
  if (times.length > 0) console.log(format(timesTable(times)));
  if (settings.json !== undefined) {
    writeFileSync(settings.json, `${JSON.stringify({ machine, settings, counts, times }, null, 1)}\n`);
  }
}
