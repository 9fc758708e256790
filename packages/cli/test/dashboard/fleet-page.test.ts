/** `memfleet dashboard`: the page for a fleet without a proxy. */
import { writeFileSync } from 'node:fs';
import { startServer } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { startDashboard } from '../../src/dashboard/run-dashboard.ts';
import { embedded } from '../proxy/embedded.ts';
import { sumOf } from '../proxy/running-proxy.ts';
import { scratch } from '../proxy/scratch.ts';
import { TextClient } from '../proxy/text-client.ts';
import { runMemfleet } from '../support/run.ts';
import { figuresOf, violations, withBrowser } from './browser.ts';

const timeout = 15_000;

async function show(...nodes: readonly string[]): Promise<string> {
  const shown = await startDashboard(
    { nodes: [...nodes] },
    { listen: { port: 0 }, interval: 250, timeout: 1000, hosts: [], tokenFile: undefined, isInsecure: false },
  );
  onTestFinished(() => shown.close());
  return `http://${shown.address}/`;
}

async function fill(node: string, items: number): Promise<void> {
  const client = await TextClient.open(node);
  for (let index = 0; index < items; index++) await client.set(`k${index}`, 'x'.repeat(100));
  await client.get('k0', 'nothing');
  await client.ask('delete nothing');
}

describeBinaries(['chromium'], 'the page of a fleet in a browser', () => {
  const open = withBrowser();

  test('what stands there equals /metrics', async () => {
    const nodes = [await embedded(), await embedded()] as const;
    await fill(nodes[0], 30);
    await fill(nodes[1], 20);
    const url = await show(...nodes);
    const { page, faults } = await open(url, { viewport: { width: 390, height: 844 } });
    await expect
      .poll(async () => sumOf(await (await fetch(`${url}metrics`)).text(), 'memfleet_server_items'), { timeout })
      .toBe(50);
    const text = await (await fetch(`${url}metrics`)).text();
    const of = (name: string, labels: string): number => sumOf(text, `memfleet_server_${name}`, labels);
    for (const node of nodes) {
      const labels = `node="${node}"`;
      await expect
        .poll(() => figuresOf(page, 'nodes'), { timeout })
        .toMatchObject({
          [node]: {
            Items: of('items', labels),
            Memory: of('bytes', labels),
            Limit: of('max_bytes', labels),
            Evictions: of('evictions_total', labels),
          },
        });
    }
    const commands = await figuresOf(page, 'commands');
    expect(commands['get']).toMatchObject({ ok: 2, miss: 2 });
    expect(commands['delete']?.['miss']).toBe(of('commands_total', 'command="delete",result="miss"'));
    expect(commands['set']?.['ok']).toBe(of('commands_total', 'command="set",result="ok"'));
    await expect
      .poll(async () => (await page.locator('body').ariaSnapshot()).includes('Evictions'), { timeout })
      .toBe(true);
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('a node that goes away is down, says why, and its counts stay; it comes back', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const node = `${server.host}:${server.port}`;
    await fill(node, 5);
    const { page } = await open(await show(node, await embedded()));
    await page.locator(`#table-nodes tr[data-key="${node}"] td`, { hasText: 'up' }).first().waitFor();
    await server.down();
    await page
      .locator('#marks li.ejected', { hasText: `${node} is down` })
      .first()
      .waitFor();
    await page.locator('#log li.warn', { hasText: 'node is down' }).first().waitFor();
    const row = page.locator(`#table-nodes tr[data-key="${node}"]`);
    expect(await row.locator('td[data-column="Items"]').textContent()).toBe('5');
    expect(await row.locator('td[data-column="Error"]').textContent()).not.toBe('');
    await server.up();
    await page.locator('#marks li.returned', { hasText: 'is back' }).first().waitFor();
  });
});

test('memfleet dashboard says where the page is, serves it, and ends in order', async () => {
  const run = runMemfleet(['dashboard', '--nodes', await embedded(), '--listen', '127.0.0.1:0']);
  const [, url = ''] = await run.shows(/memfleet dashboard: (\S+); Ctrl-C ends it/);
  expect(await (await fetch(url)).text()).toContain('<title>memfleet</title>');
  expect((await fetch(`${url}page/uplot.js`)).status).toBe(200);
  expect(await (await fetch(`${url}metrics`)).text()).toMatch(/^memfleet_server_up\{node="/m);
  run.process.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});

test('on an address that others reach it needs a token', async () => {
  const node = await embedded();
  const bare = await runMemfleet(['dashboard', '--nodes', node, '--listen', '0.0.0.0:0']).ended;
  expect(bare.code).toBe(1);
  expect(bare.stderr).toMatch(/^memfleet: admin: other machines can reach .*--admin-token-file/m);
  const file = scratch()('token');
  writeFileSync(file, 'short\n', { mode: 0o600 });
  const short = await runMemfleet(['dashboard', '--nodes', node, '--listen', '0.0.0.0:0', '--admin-token-file', file])
    .ended;
  expect(short.stderr).toContain('must have a token of at least 16 characters');
  writeFileSync(file, 'a-token-of-some-length\n', { mode: 0o600 });
  const run = runMemfleet(['dashboard', '--nodes', node, '--listen', '0.0.0.0:0', '--admin-token-file', file]);
  const [, port = ''] = await run.shows(/http:\/\/0\.0\.0\.0:(\d+)/);
  const url = `http://127.0.0.1:${port}/topology`;
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(url, { headers: { authorization: 'Bearer a-token-of-some-length' } })).status).toBe(200);
  run.process.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});
