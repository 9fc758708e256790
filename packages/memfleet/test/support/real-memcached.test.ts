import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeReal, findBinary, startMemcached } from './real-memcached.ts';

/** Sends `version` and gives the answer. */
function version(address: { port: number } | { path: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address);
    socket.once('error', reject);
    socket.once('data', (data: Buffer) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.write('version\r\n');
  });
}

test('a program that is nowhere is not found', () => {
  expect(findBinary('no-such-program-memfleet')).toBeUndefined();
});

test('a program that a package has on the PATH of npm is none of the system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-'));
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'no-such-program-memfleet'), '', { mode: 0o755 });
  const path = process.env['PATH'];
  onTestFinished(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });
  process.env['PATH'] = `${bin}${delimiter}${path}`;
  expect(findBinary('no-such-program-memfleet')).toBeUndefined();
});

describeReal('the real memcached', () => {
  test('replies on its port once started, and is gone after stop, twice', async () => {
    const server = await startMemcached();
    expect(await version({ port: server.port })).toMatch(/^VERSION \d/);
    await server.stop();
    await server.stop();
    await expect(version({ port: server.port })).rejects.toThrow(/ECONNREFUSED/);
  });

  test('comes back on the port it had', async () => {
    const first = await startMemcached();
    await first.stop();
    const second = await startMemcached(['-p', String(first.port)]);
    expect(second.port).toBe(first.port);
    await second.stop();
  });

  test('listens on a Unix socket', async () => {
    const path = join(tmpdir(), `memfleet-${process.pid}.sock`);
    const server = await startMemcached(['-s', path]);
    expect(await version({ path })).toMatch(/^VERSION \d/);
    await server.stop();
  });

  test('tells why it did not start', async () => {
    await expect(startMemcached(['--no-such-option'])).rejects.toThrow(/unrecognized option/);
    await expect(startMemcached(['-s', '/no/such/directory/socket'])).rejects.toThrow(/ended at once/);
  });
});
