/** `memfleet proxy --workers`: several processes that look like one. */
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { embedded, heldGet, relayTo } from './embedded.ts';
import { leaveSocket } from './leave-socket.ts';
import { RunningProxy } from './running-proxy.ts';
import { scratch } from './scratch.ts';
import { TextClient } from './text-client.ts';

test('workers share the listener, their counts are merged, one that is killed is replaced, and no count is lost', async () => {
  const node = await embedded();
  const proxy = new RunningProxy([
    '--listen',
    '127.0.0.1:0',
    '--nodes',
    node,
    '--workers',
    '2',
    '--admin',
    '127.0.0.1:0',
  ]);
  const address = await proxy.address();
  const clients = await Promise.all(Array.from({ length: 8 }, () => TextClient.open(address)));
  for (const client of clients) expect(await client.get('a')).toBe('END\r\n');
  expect(await proxy.metric('memfleet_workers')).toBe(2);
  expect(await proxy.metric('memfleet_sessions', 'listener=')).toBe(8);
  expect(await proxy.metric('memfleet_commands_total', 'command="get",result="miss"')).toBe(8);
  expect(JSON.parse((await proxy.admin('/topology')).text)).toMatchObject({
    processes: 2,
    listeners: [{ sessions: 8, maxSessions: 40_000 }],
    clusters: { main: { nodes: [{ node, open: 2, state: 'alive' }] } },
  });

  // Every worker hears of the others once a second.
  const curr = async (): Promise<string | undefined> => {
    const [, connections] = /STAT curr_connections (\d+)/.exec((await clients[0]?.ask('stats', 'END\r\n')) ?? '') ?? [];
    return connections;
  };
  await expect.poll(curr, { timeout: 8000 }).toBe('8');

  const { workerPid } = await proxy.line('worker runs');
  const died = await proxy.after(() => process.kill(workerPid as number, 'SIGKILL'), 'worker died');
  expect(died).toMatchObject({ worker: 1, workerPid, reason: 'SIGKILL' });
  const runs = await proxy.line('worker runs', proxy.lines.indexOf(died));
  expect(runs).toMatchObject({ worker: 1 });
  expect(runs['workerPid']).not.toBe(workerPid);
  // A key that is there twice is lost once by every reader.
  for (const text of proxy.texts) expect(JSON.stringify(JSON.parse(text))).toBe(text);
  expect(await proxy.metric('memfleet_worker_restarts_total')).toBe(1);
  expect(await proxy.metric('memfleet_sessions', 'listener=')).toBe(
    clients.filter((client) => !client.isClosed).length,
  );
  expect(await proxy.metric('memfleet_commands_total', 'command="get",result="miss"')).toBe(8);
  const fresh = await Promise.all(Array.from({ length: 2 }, () => TextClient.open(address)));
  for (const client of fresh) expect(await client.get('a')).toBe('END\r\n');

  proxy.signal('SIGTERM');
  expect(await proxy.ended).toBe(0);
});

test('stats reset, said to one worker, is for all', async () => {
  const node = await embedded();
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', node, '--workers', '3']);
  const address = await proxy.address();
  const clients = await Promise.all(Array.from({ length: 6 }, () => TextClient.open(address)));
  for (const client of clients) expect(await client.get('a')).toBe('END\r\n');
  const [first] = clients as [TextClient];
  const gets = async (): Promise<string | undefined> =>
    /STAT cmd_get (\d+)/.exec(await first.ask('stats', 'END\r\n'))?.[1];
  await expect.poll(gets, { timeout: 8000 }).toBe('6');
  expect(await first.ask('stats reset', 'RESET\r\n')).toBe('RESET\r\n');
  // What the supervisor said of the others may just be on its way.
  await expect.poll(gets, { timeout: 8000 }).toBe('0');
  // The counts of the others, heard of anew, are not those from before.
  for (const client of clients) expect(await client.get('a')).toBe('END\r\n');
  await expect.poll(gets, { timeout: 8000 }).toBe('6');
  proxy.signal('SIGTERM');
  expect(await proxy.ended).toBe(0);
});

test('of workers that accept by themselves, one that hangs or drains takes no client', async () => {
  const node = await embedded();
  const relay = await relayTo(node);
  const words = ['--listen', '127.0.0.1:0', '--nodes', relay.address, '--workers', '2', '--accept', 'workers'];
  const proxy = new RunningProxy(words);
  const address = await proxy.address();
  await proxy.line('ready');
  const pids = proxy.lines.filter(({ message }) => message === 'worker runs').map(({ workerPid }) => Number(workerPid));
  const [drains, hangs] = pids as [number, number];
  process.kill(hangs, 'SIGSTOP');
  try {
    for (let count = 0; count < 20; count++) {
      const client = await TextClient.open(address);
      expect(await client.get('a')).toBe('END\r\n');
      client.close();
    }
    const idle = await TextClient.open(address);
    expect(await idle.get('a')).toBe('END\r\n');
    const { answer } = await heldGet(relay, address);
    const seen = proxy.lines.length;
    process.kill(drains, 'SIGUSR1');
    await expect.poll(() => idle.isClosed, { timeout: 8000 }).toBe(true);

    const fresh = await TextClient.open(address);
    fresh.send('get a\r\n');
    process.kill(hangs, 'SIGCONT');
    relay.release();
    expect(await fresh.until('END\r\n')).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
    expect(await answer).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
    await proxy.line('worker runs', seen);
  } finally {
    process.kill(hangs, 'SIGCONT');
  }
  proxy.signal('SIGTERM');
  expect(await proxy.ended).toBe(0);
});

test('a new worker whose clients have all its file descriptors before its first report lives on', async () => {
  const words = ['--listen', '127.0.0.1:0', '--nodes', await embedded(), '--workers', '2', '--admin', '127.0.0.1:0'];
  const proxy = new RunningProxy(words);
  await proxy.line('ready');
  const { workerPid } = await proxy.line('worker runs');
  const died = await proxy.after(() => process.kill(workerPid as number, 'SIGKILL'), 'worker died');
  const seen = proxy.lines.indexOf(died) + 1;
  const fresh = await proxy.line('worker runs', seen);
  execFileSync('prlimit', ['--pid', String(fresh['workerPid']), '--nofile=3:']);
  expect(JSON.parse((await proxy.admin('/topology')).text)).toMatchObject({ processes: 2 });
  expect(proxy.lines.slice(seen).map(({ message }) => message)).not.toContain('worker died');
});

/** A configuration with one TCP listener and one Unix socket. */
function config(node: string, socket: string, more: string): string {
  return `
listeners:
  - { name: front, listen: '127.0.0.1:0', route: main, maxSessions: 5 }
  - { name: local, listen: '${socket}', mode: 0600, route: main }
  ${more}
clusters: { main: { nodes: ['${node}'] } }
admin: 127.0.0.1:0
workers: 2
watch: false
`;
}

test('all workers take a new configuration, or none does; more can be added; all drain', async () => {
  const [node, taken] = [await embedded(), await embedded()];
  const at = scratch();
  const socket = at('m.sock');
  // Something that was left behind by a process that was killed.
  await leaveSocket(socket);
  writeFileSync(at('p.yml'), config(node, socket, ''));
  const proxy = new RunningProxy(['--config', at('p.yml')]);
  const client = await TextClient.open(await proxy.address());
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  const listeners = async (): Promise<unknown> =>
    (JSON.parse((await proxy.admin('/topology')).text) as { listeners: unknown }).listeners;
  expect(await listeners()).toMatchObject([{ name: 'front', maxSessions: 10 }, { address: socket }]);

  writeFileSync(
    at('p.yml'),
    config(node, socket, `- { listen: '${taken}', route: main }`).replace('maxSessions: 5', 'maxSessions: 7'),
  );
  const refused = await proxy.after(() => proxy.signal('SIGHUP'), 'reload refused');
  expect(refused['error']).toContain(`cannot listen on ${taken}`);
  expect(await listeners()).toMatchObject([{ maxSessions: 10 }, {}]);

  writeFileSync(
    at('p.yml'),
    config(node, socket, '').replace('maxSessions: 5', 'maxSessions: 7').replace('workers: 2', 'workers: 3'),
  );
  await proxy.after(() => proxy.signal('SIGHUP'), 'reloaded');
  expect(await listeners()).toMatchObject([{ maxSessions: 21 }, {}]);
  expect(await client.get('a')).toBe('END\r\n');

  proxy.signal('SIGTERM');
  expect(await proxy.ended).toBe(0);
  expect(proxy.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('a worker that drains does not refuse a new configuration', async () => {
  const relay = await relayTo(await embedded());
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', relay.address, '--workers', '2']);
  const address = await proxy.address();
  const idle = await Promise.all(Array.from({ length: 20 }, () => TextClient.open(address)));
  for (const client of idle) expect(await client.get('a')).toBe('END\r\n');
  const { answer } = await heldGet(relay, address);
  const workers = proxy.lines.filter(({ message }) => message === 'worker runs');
  // The one with the held get is still there when all that have none are gone.
  for (const { workerPid } of workers) process.kill(workerPid as number, 'SIGUSR1');
  await expect.poll(() => idle.every(({ isClosed }) => isClosed), { timeout: 8000 }).toBe(true);
  await proxy.after(() => proxy.signal('SIGHUP'), 'reloading');
  const seen = proxy.lines.length;
  await expect
    .poll(() => proxy.lines.slice(seen).find(({ message }) => message.startsWith('reload'))?.message, { timeout: 8000 })
    .toBe('reloaded');
  relay.release();
  expect(await answer).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
});

/** Two workers, and a client of one that waits for an answer. */
async function waiting(): Promise<{ proxy: RunningProxy; address: string; answer: Promise<string> }> {
  const relay = await relayTo(await embedded());
  const proxy = new RunningProxy(['--listen', '127.0.0.1:0', '--nodes', relay.address, '--workers', '2']);
  const address = await proxy.address();
  return { proxy, address, ...(await heldGet(relay, address)) };
}

test('a second signal kills all workers at once', async () => {
  const { proxy, answer } = await waiting();
  await proxy.after(() => proxy.signal('SIGTERM'), 'draining');
  proxy.signal('SIGTERM');
  await expect(answer).rejects.toThrow(/^closed after "(SERVER_ERROR .*)?"$/);
  // It has ended when nobody writes to its log any more: the workers neither.
  expect(await proxy.ended).toBe(1);
  expect(proxy.lines.map(({ message }) => message)).not.toContain('worker died');
});

test('workers end with their supervisor, also when it is killed', async () => {
  const { proxy, address, answer } = await waiting();
  proxy.signal('SIGKILL');
  await expect(answer).rejects.toThrow('closed after ""');
  expect(await proxy.ended).toBe('SIGKILL');
  await expect(TextClient.open(address)).rejects.toThrow(/ECONNREFUSED/);
});
