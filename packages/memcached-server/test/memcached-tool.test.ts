/** memcached-tool, which Debian's memcached has, prints of the program what it prints of memcached. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeBinaries,
  type RealMemcached,
  realRequired,
  startMemcached,
} from '../../memfleet/test/support/real-memcached.ts';
import { ask, start } from './support/program.ts';

const tool = '/usr/share/memcached/scripts/memcached-tool';
const hasTool = existsSync(tool);

const work = [
  'set a 0 0 1\r\n1\r\n',
  `set p:b 5 100 300\r\n${'x'.repeat(300)}\r\n`,
  `set large 0 0 70000\r\n${'y'.repeat(70_000)}\r\n`,
  'get a nothing\r\n',
];

/** Without numbers that are the process's own, and in one order: memcached dumps classes by its segments. */
function comparable(mode: string, printed: string): string[] {
  const lines = printed
    .replaceAll(/127\.0\.0\.1:\d+/g, '#')
    .replaceAll(/exp=\d+/g, 'exp=#')
    .replaceAll(/la=\d+ cas=\d+/g, 'la=# cas=#')
    .replaceAll(/^(add \S+ \d+) \d{2,}/gm, '$1 #')
    .split('\n')
    .map((line) => line.trim().replaceAll(/ +/g, ' '));
  if (mode === 'display') return lines.map((line) => line.replace(/ \d+s /, ' #s '));
  if (mode === 'stats' || mode === 'settings') return lines.map((line) => line.replace(/ \S+$/, ''));
  // Which keys a limit leaves depends on the segment that each one is in by now.
  if (mode === 'keys 2') return lines.map((line) => line.replace(/^key=.*/, 'key'));
  return lines.toSorted();
}

describeBinaries(hasTool || realRequired ? ['memcached', 'perl'] : [tool], 'memcached-tool', () => {
  let real: RealMemcached;

  beforeAll(async () => {
    real = await startMemcached();
  });
  afterAll(() => real.stop());

  it.each(['display', 'stats', 'settings', 'sizes', 'keys', 'dump', 'keys 2'])('%s', async (mode) => {
    const { ports } = await start('-p', '-1', '-l', '127.0.0.1');
    const both = [real.port, ports['TCP INET'] ?? 0];
    const printed: string[] = [];
    for (const port of both) {
      await ask({ host: '127.0.0.1', port }, 'flush_all\r\n');
      for (const line of work) await ask({ host: '127.0.0.1', port }, line, line.startsWith('get') ? 'END\r\n' : '\n');
      const { stdout, stderr } = spawnSync('perl', [tool, `127.0.0.1:${port}`, ...mode.split(' ')], {
        encoding: 'utf8',
      });
      printed.push(stdout + stderr);
    }
    const [theirs, ours] = printed.map((text) => comparable(mode, text));
    expect(ours).toEqual(theirs);
    expect(ours?.length).toBeGreaterThan(2);
  });
});
