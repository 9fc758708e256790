/** Logins of the endpoints in a configuration. */
import { expect, test } from 'vitest';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { showProxy } from '../dashboard/shown-proxy.ts';
import { scratch } from './scratch.ts';

const token = 'a-token-of-some-length';
const config = (more: string, version = '1.6.18'): string => `
listeners: [{ name: l, listen: '127.0.0.1:0', route: m }]
clusters: { m: { nodes: '127.0.0.1:1' } }
version: ${version}
watch: false
admin: 0.0.0.0:0
${more}`;

test('a reload that takes the login from an open address is refused as a whole', async () => {
  const proxy = await showProxy(config(`adminToken: ${token}`));
  const get = (): Promise<Response> =>
    fetch(proxy.url.replace('0.0.0.0', '127.0.0.1') + 'config', { headers: { authorization: `Bearer ${token}` } });
  await proxy.reload(config('', '9.9.9'));
  expect(await (await get()).json()).toMatchObject({ version: '1.6.18' });
  await proxy.reload(config(`adminUsers: { ada: secret }`, '9.9.9'));
  expect((await get()).status).toBe(401);
});

test('a proxy on an open address without a login does not start', async () => {
  await expect(showProxy(config(''))).rejects.toThrow('admin: other machines can reach');
});

test('logins are not shown by the endpoints', async () => {
  const proxy = await showProxy(config(`adminToken: ${token}\nadminUsers: { ada: hunter2 }`));
  const url = proxy.url.replace('0.0.0.0', '127.0.0.1');
  const text = await (await fetch(`${url}config`, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(text).not.toContain(token);
  expect(text).not.toContain('hunter2');
  expect(JSON.parse(text)).toMatchObject({ adminToken: '***', adminUsers: { ada: '***' } });
});

test('a short token is refused, also from a file, and not quoted', () => {
  const at = scratch({ 'a.yml': config('adminToken: short'), 'b.yml': config('adminToken: { file: t }'), t: 'short' });
  for (const name of ['a.yml', 'b.yml'])
    expect(() => loadFile(at(name))).toThrow(/adminToken: must be a text of at least 16 characters$/);
});
