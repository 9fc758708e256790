/**
 * An admin address that others reach, and somebody without a login; a page of another site that wants to show, script
 * or change the dashboard.
 */
import { expect, onTestFinished, test } from 'vitest';
import { isLoopback } from '../../src/proxy/admin/access.ts';
import { type AdminRules, AdminServer } from '../../src/proxy/admin/admin-server.ts';
import { textAnswer } from '../../src/proxy/admin/answer.ts';

const token = 'a-token-of-some-length';
const open: AdminRules = { hosts: [], users: {}, isInsecure: false };

function make(rules: Partial<AdminRules>): AdminServer {
  const endpoints = new Map(
    ['/', '/healthz', '/config', '/events'].map((path) => [path, () => textAnswer(`this is ${path}`)]),
  );
  const server = new AdminServer(endpoints, () => {}, { ...open, ...rules });
  onTestFinished(() => server.close());
  return server;
}

async function start(rules: Partial<AdminRules>): Promise<(path: string, login?: string) => Promise<Response>> {
  const address = await make(rules).listen({ port: 0 });
  return (path, login) =>
    fetch(`http://${address}${path}`, login === undefined ? {} : { headers: { authorization: login } });
}

const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;

test.each(['0.0.0.0', '::'])('on %s nothing is shown without a login: it does not listen', async (host) => {
  const listening = make({}).listen({ host, port: 0 });
  await expect(listening).rejects.toThrow(/^admin: other machines can reach .*: set adminToken/);
});

test.each<Partial<AdminRules>>([{ token }, { users: { ada: 'secret' } }, { isInsecure: true }])(
  'on 0.0.0.0 it listens with %o',
  async (rules) => {
    expect(await make(rules).listen({ host: '0.0.0.0', port: 0 })).toMatch(/^0\.0\.0\.0:\d+$/);
  },
);

test('a reload cannot take the login away from an address that others reach', async () => {
  const server = make({ token });
  await server.listen({ host: '0.0.0.0', port: 0 });
  expect(() => server.allow(open)).toThrow(/^admin: other machines can reach/);
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['10.0.0.1', false],
  ['fe80::1', false],
])('%s is an address of this machine alone: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer wrong-token-of-some-length',
  `Bearer ${token}x`,
  `Bearer ${token} x`,
  token,
  basic('ada:wrong'),
  basic('ada:'),
  basic('ada'),
  basic(':secret'),
  basic('eve:secret'),
  basic('__proto__:secret'),
  'Basic !!!',
  `Digest ${token}`,
])('Authorization: %s reads nothing', async (login) => {
  const get = await start({ token, users: { ada: 'secret' } });
  for (const path of ['/', '/config', '/events', '/nothing']) {
    const response = await get(path, login);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="memfleet", charset="UTF-8"');
    expect(await response.text()).not.toContain('this is');
  }
});

test.each([`Bearer ${token}`, `bearer ${token}`, basic(`anybody:${token}`), basic('ada:sec:ret'), basic('zoë:päss')])(
  'Authorization: %s may read',
  async (login) => {
    const get = await start({ token, users: { ada: 'sec:ret', zoë: 'päss' } });
    expect(await (await get('/config', login)).text()).toBe('this is /config\n');
  },
);

test('balancers need no login', async () => {
  const get = await start({ token });
  expect((await get('/healthz')).status).toBe(200);
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s does nothing', async (method) => {
  const address = await make({}).listen({ port: 0 });
  const response = await fetch(`http://${address}/config`, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('no other site may show it in a frame, read it, or bring scripts into it', async () => {
  const get = await start({});
  for (const path of ['/', '/config', '/nothing']) {
    const { headers } = await get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});
