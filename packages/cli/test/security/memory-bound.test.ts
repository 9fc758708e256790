/**
 * Many items, small or large, take more memory than the server was given.
 *
 * Whatever their size, the resident memory of `memfleet server` stays within 1.3 × `--memory` + 80 MB (110 MB on newer
 * Node), and it lives: also where V8's heap may only be smaller than `--memory`.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { availableMemory, memoryWarning } from '../../src/commands/memory-warning.ts';
import { nodeVersion } from '../support/program.ts';
import { runMemfleet } from '../support/run.ts';

const megabyte = 1024 * 1024;
const memory = 16 * megabyte;
/**
 * What Node takes beside the items. Version 24 peaks at 103 to 111 MB here, version 20 at 83 to 90: of that 9 MB
 * are pages of the node binary and 4 MB its heap at the start.
 */
const besides = (nodeVersion < 22 ? 80 : 100) * megabyte;
const mostResident = 1.3 * memory + besides;

function residentMemory(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

test.each([
  { length: 1, sets: 300_000 },
  { length: 100, sets: 150_000 },
  { length: 1000, sets: 30_000 },
  { length: 10_000, sets: 4000 },
  { length: 100_000, sets: 500 },
])(
  'filled with values of $length bytes the server stays within its memory',
  { timeout: 60_000 },
  async ({ length, sets }) => {
    const server = runMemfleet(['server', '--listen', '127.0.0.1:0', '--memory', '16m'], ['--max-old-space-size=24']);
    onTestFinished(async () => {
      server.process.kill('SIGKILL');
      await server.ended;
    });
    const [, port = ''] = await server.shows(/listens on 127\.0\.0\.1:(\d+)/);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1');
    onTestFinished(() => void socket.destroy());
    const value = 'x'.repeat(length);
    const batch = Math.ceil((4 * megabyte) / (length + 60));
    let peak = 0;
    for (let sent = 0; sent < sets; sent += batch) {
      let lines = '';
      for (let i = sent; i < sent + batch; i++) lines += `set key${i} 0 0 ${length} noreply\r\n${value}\r\n`;
      socket.write(`${lines}mn\r\n`, 'latin1');
      expect((await once(socket, 'data'))[0]).toBe('MN\r\n');
      peak = Math.max(peak, residentMemory(server.process.pid!));
    }
    expect(peak).toBeLessThan(mostResident);
    socket.write('stats\r\n');
    let stats = '';
    while (!stats.endsWith('END\r\n')) stats += ((await once(socket, 'data')) as [string])[0];
    const stat = (name: string): number => Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)?.[1]);
    expect(stat('evictions')).toBeGreaterThan(0);
    expect(stat('bytes')).toBeLessThanOrEqual(memory);
    // It is not given away either.
    expect(stat('bytes')).toBeGreaterThan(memory * 0.75);
  },
);

test('a --memory that does not fit into the memory that is there is warned of at the start', async () => {
  expect(memoryWarning(memory, 2 ** 30)).toBeUndefined();
  expect(memoryWarning(2 ** 30, 2 ** 30)).toContain('--memory 1 GB does not fit into the 1 GB of memory');
  const server = runMemfleet(['server', '--listen', '127.0.0.1:0', '--memory', '32g']);
  await server.shows(/listens on/);
  server.process.kill('SIGTERM');
  const { stderr } = await server.ended;
  expect(stderr.includes('does not fit into')).toBe(availableMemory() < 33 * 1024 * megabyte);
});
