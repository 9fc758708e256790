/**
 * The memory of the built program is bounded by `-m`: that of the items, and what Node and its work take beside them.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { start } from './support/program.ts';

/** The largest resident memory that the process has had, in MB. */
function peakOf(pid: number | undefined): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

test('filled past the default -m, it takes at most 1.3 times as much and 80 MB', { timeout: 120_000 }, async () => {
  const { process: child, ports } = await start('-p', '-1', '-l', '127.0.0.1');
  const socket = connect(ports['TCP INET'] ?? 0, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const value = 'v'.repeat(100);
  for (let batch = 0; batch < 500; batch++) {
    let requests = '';
    for (let i = 0; i < 1000; i++) requests += `set key:${batch}:${i} 0 0 100 noreply\r\n${value}\r\n`;
    socket.write(`${requests}mn\r\n`);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) if (String(chunk).endsWith('MN\r\n')) break;
  }
  socket.write('stats\r\n');
  let stats = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }))
    if ((stats += String(chunk)).endsWith('END\r\n')) break;
  expect(Number(/STAT evictions (\d+)/.exec(stats)?.[1])).toBeGreaterThan(100_000);
  expect(peakOf(child.pid)).toBeLessThanOrEqual(64 * 1.3 + 80);
});
