/** Where the server listens: ports, Unix sockets, TLS. */
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import { resolveServerOptions } from '../../src/server/options.ts';
import { selfSigned } from '../support/self-signed.ts';
import { connectTo, start } from './server-rig.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfleet-server-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Leaves a socket file without a listener: a server whose file is held back while it closes. */
async function leaveStaleSocket(path: string): Promise<void> {
  const dead = createNetServer();
  await new Promise<void>((resolve) => {
    dead.listen(path, resolve);
  });
  const { renameSync } = await import('node:fs');
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => {
    dead.close(resolve);
  });
  renameSync(`${path}.kept`, path);
  chmodSync(path, 0o700);
}

describe('listening', () => {
  it('takes an IPv6 address with brackets, as URLs have it', () => {
    expect(resolveServerOptions({ host: '[::1]' }).address).toEqual({ host: '::1', port: 11211 });
  });

  it('takes a free port for port 0, and returns it', async () => {
    const server = await start();
    expect(server.address).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) as number });
    expect(await server.listen()).toEqual(server.address);
    const client = await connectTo(server);
    expect(await client.ask('set k 0 0 1\r\nv\r\nget k\r\n', 'END\r\n')).toBe('STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n');
    expect(server.store.count).toBe(1);
  });

  it('on a port that is taken is an error that names the address, and the server can be closed', async () => {
    const first = await start();
    const { port } = first.address as { port: number };
    const second = createServer({ port });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'ERR_MEMCACHE',
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${port}`) as string,
    });
    await second.close();
  });

  it('works on a Unix socket, with its mode, and takes the place of a socket that a dead process left', async () => {
    const path = join(directory, 'cache.sock');
    const first = await start({ path, mode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const client = await connectTo(first);
    expect(await client.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
    const rival = createServer({ path });
    await expect(rival.listen()).rejects.toThrow('cannot listen on');
    client.close();
    await first.close();
    expect(existsSync(path)).toBe(false);
    await leaveStaleSocket(path);
    expect(existsSync(path)).toBe(true);
    const second = await start({ path });
    expect(await (await connectTo(second)).ask('mn\r\n', '\r\n')).toBe('MN\r\n');
  });

  it('does not remove a file that is no socket', async () => {
    const path = join(directory, 'precious');
    writeFileSync(path, 'data');
    await expect(createServer({ path }).listen()).rejects.toThrow('cannot listen on');
    expect(existsSync(path)).toBe(true);
  });

  it('supports TLS', async () => {
    const server = await start({ tls: selfSigned });
    const client = await connectTo(server, { ca: selfSigned.cert, servername: 'localhost' });
    const value = 'v'.repeat(5000);
    expect(await client.ask(`set k 0 0 5000\r\n${value}\r\n`, '\r\n')).toBe('STORED\r\n');
    // Many writes whose memory is not free when `write` returns.
    for (let i = 0; i < 50; i++) {
      client.send('get k\r\nmn\r\n'.repeat(10));
      const answer = `VALUE k 0 5000\r\n${value}\r\nEND\r\nMN\r\n`.repeat(10);
      expect(await client.bytes(answer.length)).toBe(answer);
    }
    const plain = await connectTo(server);
    plain.send('get k\r\n');
    await plain.ended;
    expect(server.stats()).toMatchObject({ failed: 1, connections: 1 });
  });
});
