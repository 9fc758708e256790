/** The endpoints for operators, on a Unix socket. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { AdminServer } from '../../src/proxy/admin/admin-server.ts';
import { textAnswer } from '../../src/proxy/admin/answer.ts';
import { leaveSocket } from './leave-socket.ts';
import { scratch } from './scratch.ts';

function adminServer(): AdminServer {
  const server = new AdminServer(new Map([['/healthz', () => textAnswer('ok')]]), () => {});
  onTestFinished(() => server.close());
  return server;
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });
}

test('a socket file that was left behind by a killed process is taken over', async () => {
  const path = scratch()('admin.sock');
  await leaveSocket(path);
  expect(existsSync(path)).toBe(true);
  const server = adminServer();
  expect(await server.listen({ path })).toBe(path);
  expect(await get(path, '/healthz')).toBe('ok\n');
  await server.close();
  expect(existsSync(path)).toBe(false);
});

test('one on which somebody listens is left alone', async () => {
  const path = scratch()('admin.sock');
  await adminServer().listen({ path });
  await expect(adminServer().listen({ path })).rejects.toThrow(`admin: cannot listen on ${path}: `);
  expect(await get(path, '/healthz')).toBe('ok\n');
});

test('a file that is no socket is left alone', async () => {
  const path = scratch()('admin.sock');
  writeFileSync(path, 'precious');
  await expect(adminServer().listen({ path })).rejects.toThrow(`admin: cannot listen on ${path}: `);
  expect(readFileSync(path, 'utf8')).toBe('precious');
});
