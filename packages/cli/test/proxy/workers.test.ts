/** `memfleet proxy --workers`: several processes that look like one. */
import { expect, test } from 'vitest';
import { embedded } from './embedded.ts';
import { RunningProxy } from './running-proxy.ts';
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

  const { pid } = await proxy.line('worker runs');
  const died = await proxy.after(() => process.kill(pid as number, 'SIGKILL'), 'worker died');
  expect(died).toMatchObject({ worker: 1, pid, reason: 'SIGKILL' });
  const runs = await proxy.line('worker runs', proxy.lines.indexOf(died));
  expect(runs).toMatchObject({ worker: 1 });
  expect(runs['pid']).not.toBe(pid);
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
