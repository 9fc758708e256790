/** The setup that Vitest, Jest and Playwright call: one server for all test files. */
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import globalSetup from '../../src/testing/setup.ts';

/** Sets or removes MEMFLEET_URL until the test ends. */
function url(value: string | undefined): void {
  const { MEMFLEET_URL: before } = process.env;
  const set = (text: string | undefined): void => {
    if (text === undefined) delete process.env['MEMFLEET_URL'];
    else process.env['MEMFLEET_URL'] = text;
  };
  set(value);
  onTestFinished(() => set(before));
}

beforeEach(() => url(undefined));

async function works(address: string | undefined): Promise<boolean> {
  const client = createClient(address ?? '');
  try {
    await client.set('a', 1, { timeout: 5000 });
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

const vitest = { provide(): void {} };

test('the returned function stops the server, and the variable is unset', async () => {
  for (const runner of [vitest, {}, undefined]) {
    const stop = await globalSetup(runner);
    const { MEMFLEET_URL } = process.env;
    expect(await works(MEMFLEET_URL)).toBe(true);
    await stop();
    expect(process.env['MEMFLEET_URL']).toBeUndefined();
    expect(await works(MEMFLEET_URL)).toBe(false);
  }
});

test('Jest calls it again at the end: that stops the server', async () => {
  await globalSetup({ rootDir: '/' });
  const { MEMFLEET_URL } = process.env;
  expect(await works(MEMFLEET_URL)).toBe(true);
  await globalSetup({ rootDir: '/' });
  expect(process.env['MEMFLEET_URL']).toBeUndefined();
  expect(await works(MEMFLEET_URL)).toBe(false);
});

test('two projects of Vitest share the server of the first', async () => {
  const first = await globalSetup(vitest);
  const { MEMFLEET_URL } = process.env;
  const second = await globalSetup(vitest);
  expect(process.env['MEMFLEET_URL']).toBe(MEMFLEET_URL);
  await second();
  expect(await works(MEMFLEET_URL)).toBe(true);
  await first();
});

test('a server that MEMFLEET_URL names already is used, and left alone', async () => {
  url('memcached://192.0.2.1:11211');
  const stop = await globalSetup(vitest);
  expect(process.env['MEMFLEET_URL']).toBe('memcached://192.0.2.1:11211');
  await stop();
  expect(process.env['MEMFLEET_URL']).toBe('memcached://192.0.2.1:11211');
});
