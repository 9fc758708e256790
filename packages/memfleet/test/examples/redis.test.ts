/** The example of docs/from-ioredis.md runs against a real Redis and the embedded server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeBinaries, findBinary } from '../support/real-memcached.ts';
import { examples, expectPrints, serveExamples } from './support.ts';

describeBinaries(['redis-server'], 'coming from ioredis', () => {
  serveExamples();
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memfleet-redis-'));
    const socket = join(folder, 'redis.sock');
    const child = spawn(findBinary('redis-server') as string, ['--port', '0', '--unixsocket', socket, '--save', '']);
    stop = async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
      rmSync(folder, { recursive: true });
    };
    process.env['REDIS_URL'] = socket;
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('ready to accept')) break;
    child.stdout.resume();
  });
  afterAll(async () => {
    delete process.env['REDIS_URL'];
    await stop();
  });

  it('has one example', () => {
    expect(examples.filter(({ page }) => page === 'docs/from-ioredis.md')).toHaveLength(1);
  });

  it.each(examples.filter(({ page }) => page === 'docs/from-ioredis.md'))(
    'both clients print what the comments of $name say',
    (example) => expectPrints(example),
  );
});
