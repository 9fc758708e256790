/** libmemcached's own conformance program passes on the embedded server, on both protocols. */
import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import { describeBinaries, findBinary } from '../support/real-memcached.ts';

describeBinaries(['memccapable'], 'memccapable against the embedded server', () => {
  it.each([
    ['-a', 'ascii', 27],
    ['-b', 'binary', 27],
  ])('%s: every %s test passes', async (flag, protocol, least) => {
    const server = createServer({ port: 0 });
    const address = await server.listen();
    const port = 'port' in address ? address.port : 0;
    const output = await new Promise<string>((resolve) => {
      const args = ['-h', '127.0.0.1', '-p', String(port), flag];
      execFile(findBinary('memccapable') ?? '', args, { timeout: 9000 }, (_error, out, complaint) =>
        resolve(out + complaint),
      );
    });
    await server.destroy();
    const lines = output.split('\n').filter((line) => line.startsWith(`${protocol} `));
    expect(lines.filter((line) => !line.includes('[pass]'))).toEqual([]);
    expect(lines.length).toBeGreaterThanOrEqual(least);
  });
});
