/** Workers that accept clients by themselves, as processes: every client is served once, and they are spread evenly. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../../memfleet/test/support/self-signed.ts';
import { embedded } from './embedded.ts';
import { RunningProxy } from './running-proxy.ts';
import { scratch } from './scratch.ts';
import { TextClient } from './text-client.ts';

/** The workers, in their order. */
async function pidsOf(proxy: RunningProxy): Promise<readonly number[]> {
  await proxy.line('ready');
  return proxy.lines.filter(({ message }) => message === 'worker runs').map(({ workerPid }) => Number(workerPid));
}

/** Drains one worker; gives the number of clients that it had. */
async function drain(
  proxy: RunningProxy,
  pid: number,
  clients: readonly { readonly isClosed: boolean }[],
): Promise<number> {
  const open = (): number => clients.filter(({ isClosed }) => !isClosed).length;
  const before = open();
  await proxy.after(() => process.kill(pid, 'SIGUSR1'), 'worker died');
  // The worker is gone, and with it its sockets: what they say is on its way at the most.
  const admin = await proxy.metric('memfleet_sessions', 'listener=');
  await expect.poll(open, { timeout: 8000 }).toBe(admin);
  return before - open();
}

test.each([
  [2, 40, 60],
  [4, 15, 35],
])(
  'a hundred clients that stay are spread over %i workers: each has %i to %i of them',
  async (workers, least, most) => {
    const node = await embedded();
    const words = ['--listen', '127.0.0.1:0', '--nodes', node, '--workers', String(workers), '--admin', '127.0.0.1:0'];
    const proxy = new RunningProxy(words);
    const address = await proxy.address();
    const clients: TextClient[] = [];
    for (let count = 0; count < 100; count++) {
      const client = await TextClient.open(address);
      expect(await client.get('a')).toBe('END\r\n');
      clients.push(client);
    }
    expect(await proxy.metric('memfleet_sessions_accepted_total')).toBe(100);
    expect(await proxy.metric('memfleet_commands_total', 'command="get",result="miss"')).toBe(100);
    const shares: number[] = [];
    for (const pid of await pidsOf(proxy)) shares.push(await drain(proxy, pid, clients));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(100);
    expect(shares.filter((share) => share < least || share > most)).toEqual([]);
  },
);

/** Sends a get and waits for its reply; the connection stays. */
function get(socket: Socket): Promise<{ readonly isClosed: boolean }> {
  onTestFinished(() => void socket.destroy());
  const client = { isClosed: false };
  socket.once('close', () => (client.isClosed = true));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (chunk) => {
      if (chunk.toString() === 'END\r\n') resolve(client);
      else reject(new Error(chunk.toString()));
    });
    socket.write('get a\r\n');
  });
}

test('clients of TLS and of a Unix socket are handed over as well', async () => {
  const node = await embedded();
  const at = scratch({ 'cert.pem': selfSigned.cert, 'key.pem': selfSigned.key });
  const at2 = scratch({
    'p.yml': `
listeners:
  - name: secure
    listen: '127.0.0.1:0'
    route: main
    tls: { cert: '${at('cert.pem')}', key: '${at('key.pem')}' }
  - { name: local, listen: '${at('m.sock')}', route: main }
clusters: { main: { nodes: ['${node}'] } }
admin: 127.0.0.1:0
workers: 2
watch: false
`,
  });
  const proxy = new RunningProxy(['--config', at2('p.yml')]);
  const [host, port] = (await proxy.address()).split(':') as [string, string];
  const clients: { readonly isClosed: boolean }[] = [];
  for (let count = 0; count < 20; count++) {
    clients.push(await get(connectTls({ host, port: Number(port), ca: selfSigned.cert })));
    clients.push(await get(connect(at('m.sock'))));
  }
  for (const name of ['secure', 'local'])
    expect(await proxy.metric('memfleet_sessions', `listener="${name}"`)).toBe(20);
  const [first] = (await pidsOf(proxy)) as [number];
  const share = await drain(proxy, first, clients);
  expect(share).toBeGreaterThanOrEqual(10);
  expect(share).toBeLessThanOrEqual(30);
});

test('a worker that hangs gets no client: those on their way to it are served by the one that accepted them', async () => {
  const node = await embedded();
  const words = ['--listen', '127.0.0.1:0', '--nodes', node, '--workers', '2', '--admin', '127.0.0.1:0'];
  const proxy = new RunningProxy(words);
  const address = await proxy.address();
  const [, hangs] = (await pidsOf(proxy)) as [number, number];
  const clients: TextClient[] = [];
  process.kill(hangs, 'SIGSTOP');
  try {
    for (let count = 0; count < 20; count++) {
      const client = await TextClient.open(address);
      expect(await client.get('a')).toBe('END\r\n');
      clients.push(client);
    }
  } finally {
    process.kill(hangs, 'SIGCONT');
  }
  // It has what it was sent in the meantime, and must not serve it.
  for (const client of clients) expect(await client.get('a')).toBe('END\r\n');
  expect(await proxy.metric('memfleet_sessions_accepted_total')).toBe(20);
  expect(await drain(proxy, hangs, clients)).toBe(0);
  for (const client of clients) expect(await client.get('a')).toBe('END\r\n');
});
