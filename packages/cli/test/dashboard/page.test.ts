/** The page in a browser. */
import { startServer } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { embedded } from '../proxy/embedded.ts';
import { RunningProxy, sumOf } from '../proxy/running-proxy.ts';
import { TextClient } from '../proxy/text-client.ts';
import { figuresOf, violations, withBrowser } from './browser.ts';
import { type ShownProxy, showProxy } from './shown-proxy.ts';

const timeout = 15_000;
const desktop = { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } as const;
const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const;

const configFor = (nodes: readonly string[], more = ''): string => `
listeners:
  - { name: apps, listen: '127.0.0.1:0', route: web, users: { ada: hunter2 } }
  - { name: open, listen: '127.0.0.1:0', route: main }
routes:
  web: { type: front-cache, route: main, prefixes: ['hot:'], lifespan: 1h }
clusters:
  main: { nodes: [${nodes.map((node) => `'${node}'`).join(', ')}], ejectAfter: 1, ejectTime: 50ms, ejectTimeMax: 50ms, retry: false }
hotKeys: 5
watch: false
admin: 127.0.0.1:0
${more}`;

async function start(more = ''): Promise<ShownProxy> {
  return showProxy(configFor([await embedded(), await embedded()], more));
}

async function traffic(address: string, login: string | undefined): Promise<void> {
  const client = await TextClient.open(address);
  if (login !== undefined) await client.ask(`set auth 0 0 ${login.length}\r\n${login}`);
  for (let index = 0; index < 20; index++) {
    await client.set(`k${index}`, 'x');
    await client.get(`k${index}`, `none${index}`, 'hot:a');
  }
  await client.set('hot:a', 'x');
  for (let index = 0; index < 10; index++) await client.get('hot:a');
  await client.ask('add hot:a 0 0 1\r\nx');
  await client.ask('delete nothing');
  await client.ask('incr k1 1');
}

/** What the tables must say, by the text of `/metrics`. */
function wanted(text: string): Record<string, Record<string, Record<string, number>>> {
  const valuesOf = (label: string, name: string): string[] => [
    ...new Set(
      [...text.matchAll(new RegExp(`^${name}\\{.*?\\b${label}="([^"]*)"`, 'gm'))].map(([, value]) => value ?? ''),
    ),
  ];
  const row = (columns: Readonly<Record<string, readonly [metric: string, labels: string]>>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(columns).map(([title, [metric, labels]]) => [title, sumOf(text, `memfleet_${metric}`, labels)]),
    );
  const results = { ok: 'ok', miss: 'miss', 'not stored': 'not_stored', exists: 'exists', error: 'error' };
  const commands = valuesOf('command', 'memfleet_commands_total').map((command) => [
    command,
    row(
      Object.fromEntries(
        Object.entries(results).map(([title, result]) => [
          title,
          ['commands_total', `command="${command}",result="${result}"`] as const,
        ]),
      ),
    ),
  ]);
  const nodes = valuesOf('node', 'memfleet_pool_open').map((node) => {
    const labels = `node="${node}"`;
    return [
      `main ${node}`,
      row({
        Open: ['pool_open', labels],
        'In flight': ['pool_in_flight', labels],
        Waiting: ['pool_waiting', labels],
        Dialling: ['pool_connecting', labels],
        Connects: ['pool_connects_total', labels],
        'Failed dials': ['pool_connect_failures_total', labels],
        Timeouts: ['pool_timeouts_total', labels],
        Waits: ['pool_waits_total', labels],
        Refused: ['pool_refused_total', labels],
        Ejections: ['node_ejections_total', labels],
      }),
    ];
  });
  const listeners = valuesOf('listener', 'memfleet_sessions').map((listener) => {
    const labels = `listener="${listener}"`;
    return [
      listener,
      row({
        Sessions: ['sessions', labels],
        Limit: ['sessions_max', labels],
        Accepted: ['sessions_accepted_total', labels],
        Rejected: ['sessions_rejected_total', labels],
        Closed: ['sessions_kicked_total', labels],
        Received: ['session_received_bytes_total', labels],
        Sent: ['session_sent_bytes_total', labels],
      }),
    ];
  });
  const caches = valuesOf('route', 'memfleet_front_cache_items').map((route) => {
    const labels = `route="${route}"`;
    return [
      route,
      row({
        Items: ['front_cache_items', labels],
        Size: ['front_cache_bytes', labels],
        Hits: ['front_cache_hits_total', labels],
        Misses: ['front_cache_misses_total', labels],
        Expired: ['front_cache_expires_total', labels],
        Evictions: ['front_cache_evictions_total', labels],
      }),
    ];
  });
  const came = commands.filter(([, counts]) => Object.values(counts as object).some((count) => count > 0));
  return {
    commands: Object.fromEntries(came) as Record<string, Record<string, number>>,
    nodes: Object.fromEntries(nodes) as Record<string, Record<string, number>>,
    listeners: Object.fromEntries(listeners) as Record<string, Record<string, number>>,
    'front-caches': Object.fromEntries(caches) as Record<string, Record<string, number>>,
  };
}

describeBinaries(['chromium'], 'the dashboard in a browser', () => {
  const open = withBrowser();

  test('what stands there equals /metrics', async () => {
    const proxy = await start();
    await traffic(proxy.address('apps'), 'ada hunter2');
    await traffic(proxy.address('open'), undefined);
    const { page, faults } = await open(proxy.url, desktop);
    const expected = wanted(await (await fetch(`${proxy.url}metrics`)).text());
    expect(Object.keys(expected['commands'] ?? {}).sort()).toEqual(['add', 'delete', 'get', 'incr', 'set']);
    for (const [table, rows] of Object.entries(expected)) {
      expect(Object.keys(rows).length).toBeGreaterThan(0);
      await expect.poll(() => figuresOf(page, table), { timeout }).toMatchObject(rows);
    }
    expect(await page.locator('#about').textContent()).toMatch(/^proxy, memfleet \d/);
    expect(await page.locator('#table-hot-keys tbody th').first().textContent()).toBe('hot:a');
    expect(faults).toEqual([]);
  });

  test('it still does when a worker has died: no count is lost', async () => {
    const words = `--listen 127.0.0.1:0 --nodes ${await embedded()} --workers 2 --admin 127.0.0.1:0`;
    const proxy = new RunningProxy(words.split(' '));
    await traffic(await proxy.address(), undefined);
    const { page, faults } = await open(`http://${(await proxy.line('admin listening'))['address'] as string}/`);
    const { workerPid } = await proxy.line('worker runs');
    await expect.poll(() => figuresOf(page, 'processes'), { timeout }).toHaveProperty(String(workerPid));
    // What a worker has not told dies with it.
    await expect.poll(() => figuresOf(page, 'commands'), { timeout }).toMatchObject({ get: { miss: 40 } });
    const died = await proxy.after(() => process.kill(workerPid as number, 'SIGKILL'), 'worker died');
    await proxy.line('worker runs', proxy.lines.indexOf(died));
    await page.locator('#marks').getByText('1 worker replaced').waitFor();
    await page.locator('#log').getByText('worker died').waitFor();
    // Lines of workers come by way of the supervisor.
    await page.locator('#log').getByText('topology').first().waitFor();
    const { commands } = wanted((await proxy.admin('/metrics')).text);
    expect(commands?.['get']?.['miss']).toBe(40);
    await expect.poll(() => figuresOf(page, 'commands'), { timeout }).toMatchObject(commands ?? {});
    expect(faults).toEqual([]);
  });

  test.each([
    ['a desktop, light', desktop],
    ['a desktop, dark', { ...desktop, colorScheme: 'dark' }],
    ['a phone, dark', phone],
    ['a phone, light', { ...phone, colorScheme: 'light' }],
  ] as const)('on %s, axe finds nothing wrong, and the page does not scroll sideways', async (_, options) => {
    const proxy = await start();
    await traffic(proxy.address('open'), undefined);
    await proxy.reload('listeners: nonsense');
    const { page, faults } = await open(proxy.url, options);
    await page.locator('#state').filter({ hasText: 'live' }).waitFor();
    await page.locator('#table-commands tbody tr').first().waitFor();
    await page.locator('#problems li').first().waitFor();
    await page.locator('summary').click();
    expect(await violations(page)).toEqual([]);
    const [content, window] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    expect(content).toBe(window);
    expect(faults).toEqual([]);
  });

  test('screen readers get each chart as an image with a sentence', async () => {
    const proxy = await start();
    await traffic(proxy.address('open'), undefined);
    const { page } = await open(proxy.url);
    await page.locator('#table-commands tbody tr').first().waitFor();
    await expect
      .poll(() => page.locator('body').ariaSnapshot(), { timeout })
      .toMatch(/img "Requests by verb Requests by verb, now: get [\d.]+\/s, store [\d.]+\/s/);
    const text = await page.locator('body').ariaSnapshot();
    expect(text).toContain('status: live');
    expect(text).toMatch(/img "Latency heat map: all nodes In the time shown, half of the replies came within/);
    expect(text).toMatch(/table "Nodes and their pools"/);
  });

  test('by keyboard: tables are sorted, the page is paused, a node is chosen', async () => {
    const proxy = await start();
    await traffic(proxy.address('open'), undefined);
    const { page } = await open(proxy.url, desktop);
    const verbs = (): Promise<string[]> => page.locator('#table-commands tbody th').allTextContents();
    await page.locator('#table-commands thead button').first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(verbs, { timeout }).toEqual(['add', 'delete', 'get', 'incr', 'set']);
    await page.keyboard.press('Enter');
    await expect.poll(verbs, { timeout }).toEqual(['set', 'incr', 'get', 'delete', 'add']);
    expect(await page.locator('#table-commands th[aria-sort]').getAttribute('aria-sort')).toBe('descending');

    await page.locator('#pause').focus();
    await page.keyboard.press('Space');
    await page.locator('#state').filter({ hasText: 'paused' }).waitFor();
    await page.keyboard.press('Space');
    await page.locator('#state').filter({ hasText: 'live' }).waitFor();

    const [, node = ''] = await page.locator('#node option').allTextContents();
    await page.locator('#node').selectOption(node);
    await page.locator('#latency-title').getByText(`: ${node}`).waitFor();
    await page.locator('#heat-node').getByText(node).waitFor();
  });

  test('an ejected node is a mark, in the log, and in the tables', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const node = `${server.host}:${server.port}`;
    const proxy = await showProxy(configFor([node]));
    const { page } = await open(proxy.url);
    const client = await TextClient.open(proxy.address('open'));
    await client.get('a');
    await page.locator('#table-nodes td', { hasText: 'alive' }).waitFor();
    await server.down();
    await expect.poll(() => client.ask('delete a'), { timeout }).toMatch(/^SERVER_ERROR/);
    await page
      .locator('#marks li.ejected', { hasText: `${node} is ejected` })
      .first()
      .waitFor();
    await page.locator('#log li.warn', { hasText: 'node ejected' }).first().waitFor();
    await page.locator('#tiles .bad', { hasText: '0 of 1' }).waitFor();
    await server.up();
    await page
      .locator('#marks li.returned', { hasText: `${node} is back` })
      .first()
      .waitFor();
  });

  test('a refused change of the configuration is shown with its faults until a right one comes; secrets never', async () => {
    const proxy = await start();
    const node = await embedded();
    const { page } = await open(proxy.url);
    await page.locator('#config-section').waitFor();
    await proxy.reload(`${configFor([node])}\nworkers: many\nusers: { ada: hunter2 }\n`);
    await page.locator('#problems li', { hasText: 'proxy.yml:13:10: workers: must be' }).waitFor();
    await page.locator('#marks li.refused').waitFor();
    await proxy.reload(configFor([node]));
    await page.locator('#refused').waitFor({ state: 'hidden' });
    await page.locator('#marks li.config', { hasText: 'configuration 2 is in effect' }).waitFor();
    expect(await page.locator('#config').textContent()).toContain(node);
    expect(await page.content()).not.toContain('hunter2');
  });

  test('keys and names of strangers are text', async () => {
    const proxy = await start();
    const client = await TextClient.open(proxy.address('open'));
    const evil = '<img/src=x/onerror=document.title="evil">';
    for (let index = 0; index < 20; index++) await client.get(evil);
    const { page, faults } = await open(proxy.url);
    await page.locator('#table-hot-keys tbody th', { hasText: evil }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('memfleet proxy');
    expect(faults).toEqual([]);
  });

  test('with a login: a browser asks for it, and receives the events with it', async () => {
    const proxy = await start('adminToken: a-token-of-some-length');
    expect((await fetch(proxy.url)).status).toBe(401);
    const { page, faults } = await open(proxy.url, {
      httpCredentials: { username: 'anybody', password: 'a-token-of-some-length' },
    });
    await page.locator('#state').filter({ hasText: 'live' }).waitFor();
    expect(faults).toEqual([]);
    expect(await page.content()).not.toContain('a-token-of-some-length');
  });
});
