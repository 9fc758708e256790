/** What top asks of real nodes: details, hot keys, keys by prefix; and what it prints without a screen. */
import { createClient } from 'memfleet';
import { expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../../memfleet/test/support/self-signed.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import { Details } from '../../src/top/details.ts';
import { HotKeys, type HotKeysView } from '../../src/top/keys/hot-keys.ts';
import { KeyBrowser } from '../../src/top/keys/key-browser.ts';
import { embedded } from '../proxy/embedded.ts';
import { captureOutput, runWords } from '../support/captured.ts';

captureOutput();

const timeout = 9000;

test('details are those of every node that tells them', async () => {
  const node = await embedded();
  const client = createClient(node);
  await client.set('k', 'v');
  await client.close();
  const fleet = new Fleet({ nodes: [node, '127.0.0.1:1'], timeout, connectTimeout: timeout }, true);
  onTestFinished(() => fleet.client.destroy());
  const details = new Details(fleet, timeout);
  await details.refresh();
  expect(details.known.settings.get(node)?.get('maxconns')).toBe('1024');
  expect(details.known.slabs.get(node)?.get('active_slabs')).toBe('1');
  expect(details.known.slabs.get('127.0.0.1:1')?.size).toBe(0);
});

/** Ticks until the view is as wanted. */
async function until(hotKeys: HotKeys, node: string, isWanted: (view: HotKeysView) => boolean): Promise<HotKeysView> {
  for (;;) {
    const view = hotKeys.tick([node]);
    if (isWanted(view)) return view;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([
  ['a node', {}, {}],
  ['a node with a login', { users: { bob: 'secret' } }, { username: 'bob', password: 'secret' }],
  ['a node behind TLS', { tls: selfSigned }, { tls: { ca: selfSigned.cert } }],
] as const)('hot keys come from watch fetchers of %s', async (_, server, login) => {
  const { users, ...rest } = server as { readonly users?: Record<string, string> };
  const authenticate = (user: string, password: string): boolean => users?.[user] === password;
  const node = await embedded({ ...rest, ...(users === undefined ? {} : { authenticate }) });
  const options = { nodes: [node], ...login };
  const hotKeys = new HotKeys(options, timeout);
  onTestFinished(() => hotKeys.close());
  await until(hotKeys, node, ({ sources }) => sources.get(node)?.source === 'watched');
  const client = createClient(options);
  await client.set('hot key\u001b', 'v');
  for (let n = 0; n < 10; n++) await client.get('hot key\u001b');
  await client.close();
  const { keys } = await until(hotKeys, node, ({ total }) => total >= 10);
  expect(keys[0]).toMatchObject({ key: 'hot%20key%1B', node, size: 1 });
});

test('where watch is refused, the keys that were read of late are sampled', async () => {
  const node = await embedded({ settings: { watch_enabled: 'no' } });
  const client = createClient(node);
  await client.set('k', 'v');
  await client.close();
  const hotKeys = new HotKeys({ nodes: [node] }, timeout);
  onTestFinished(() => hotKeys.close());
  const { keys, sources } = await until(hotKeys, node, ({ total }) => total > 0);
  expect([keys[0]?.key, sources.get(node)?.source]).toEqual(['k', 'sampled']);
});

test('a node without either says why', async () => {
  const node = await embedded({ settings: { watch_enabled: 'no', dump_enabled: 'no' } });
  const hotKeys = new HotKeys({ nodes: [node] }, timeout);
  onTestFinished(() => hotKeys.close());
  const { sources } = await until(hotKeys, node, (view) => view.sources.get(node)?.source === 'none');
  expect(sources.get(node)?.problem).toContain('not allowed');
});

test('the key browser lists prefixes and deletes a key on the node that has it', async () => {
  const node = await embedded();
  const client = createClient(node);
  const raw = Buffer.from([0x75, 0x3a, 0xff]);
  await client.set('u:1', 'v', 50);
  await client.set(raw, 'v');
  const browser = new KeyBrowser({ nodes: [node, '127.0.0.1:1'], prefix: 'ignored:' }, timeout, ':', '');
  await browser.browse('');
  expect(browser.level).toMatchObject({ keys: 2, isDone: true, entries: [{ name: 'u:', keys: 2, isKey: false }] });
  expect(browser.level.problems).toEqual([expect.stringContaining('ECONNREFUSED')]);
  await browser.browse('u:');
  const entry = browser.level.entries.find(({ name }) => name === 'u:\u00ff');
  expect(entry).toMatchObject({ isKey: true, node });
  expect(await browser.remove(entry!)).toBe(true);
  expect(await browser.remove(entry!)).toBe(false);
  expect(await client.get(raw)).toBeUndefined();
  expect(await client.get('u:1')).toBe('v');
  await client.close();
});

test('memfleet top --once prints a table; a node that is down makes the exit code 1', async () => {
  const node = await embedded();
  const words = ['top', '--once', '--interval', '0.2', '--timeout', '9000', '--nodes'];
  const well = await runWords(...words, node);
  expect([well.code, well.stderr]).toEqual([0, '']);
  expect(well.stdout).toMatch(/^1 node /);
  const ill = await runWords(...words, `${node},127.0.0.1:1`);
  expect([ill.code, ill.stderr]).toEqual([1, '']);
  expect(ill.stdout).toMatch(/127\.0\.0\.1:1 +down +.*ECONNREFUSED/);
});

test('memfleet top --once --json prints one object', async () => {
  const node = await embedded();
  const { code, stdout } = await runWords(
    'top',
    '--once',
    '--json',
    '--interval',
    '0.2',
    '--timeout',
    '9000',
    '--nodes',
    node,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ nodes: [{ node, state: 'up', rates: { get: 0 } }] });
});

test('without a terminal, top says what prints without one', async () => {
  const { code, stderr } = await runWords('top');
  expect([code, stderr]).toEqual([2, expect.stringContaining('--once')]);
});
