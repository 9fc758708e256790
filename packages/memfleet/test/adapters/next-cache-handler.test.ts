/** `cacheHandler` without Next.js: each process is a class of handlers, with a client of its own, on one node. */
import { describe, expect, test } from 'vitest';
import {
  nextCacheHandler,
  type NextCacheHandler,
  type NextCacheHandlerOptions,
} from '../../src/adapters/next-cache-handler.ts';
import type { Client } from '../../src/client/index.ts';
import { describeBadCases } from './contract.ts';
import { dayOf, hour, passMilliseconds, quick } from './next-times.ts';
import { clientOf, startClient, startNode } from './nodes.ts';

interface Process {
  /** A handler, as Next.js makes them for a request. */
  readonly handler: () => NextCacheHandler;
}

/** Handlers of processes on one node. */
async function startProcesses(...all: readonly NextCacheHandlerOptions[]): Promise<readonly [Process, Process]> {
  const { address } = await startNode();
  const [one = {}, other = {}] = all;
  const processOf = (options: NextCacheHandlerOptions): Process => {
    const Handler = nextCacheHandler(clientOf(address), { ...quick, ...options });
    return { handler: () => new Handler({ dev: true }) };
  };
  return [processOf(one), processOf(other)];
}

const page = { kind: 'APP_PAGE' };
const life = { revalidate: hour, expire: 24 * hour };

function pageOf(html: string, ...tags: readonly string[]): object {
  passMilliseconds();
  return {
    kind: 'APP_PAGE',
    html,
    rscData: Buffer.from([0, 255, 128]),
    headers: { 'x-next-cache-tags': tags.join(',') },
    postponed: undefined,
    status: 200,
    segmentData: new Map([['/_tree', Buffer.from('tree')]]),
  };
}

async function htmlOf(process: Process, key = '/'): Promise<unknown> {
  passMilliseconds();
  const found = await process.handler().get(key, page);
  return (found?.value as { readonly html?: string } | null | undefined)?.html;
}

describe('cacheHandler', () => {
  test('gives a page that another process stored, with its Buffers and Maps', async () => {
    const [one, other] = await startProcesses();
    await one.handler().set('/', pageOf('page', 'a'), { cacheControl: life });
    const found = await other.handler().get('/', page);
    expect(found).toEqual({ value: pageOf('page', 'a'), lastModified: expect.any(Number), cacheControl: life });
    expect(Math.abs((found?.lastModified ?? 0) - Date.now())).toBeLessThan(1000);
    expect(await other.handler().get('/else', page)).toBe(null);
  });

  test('gives a page that is not found', async () => {
    const [one, other] = await startProcesses();
    await one.handler().set('/none', null, { cacheControl: life });
    expect(await other.handler().get('/none', page)).toMatchObject({ value: null, cacheControl: life });
  });

  test('keeps the pages of builds apart, and shares the responses of fetch', async () => {
    const [one, other] = await startProcesses({ buildId: 'one' }, { buildId: 'two' });
    await one.handler().set('/', pageOf('page'), { cacheControl: life });
    expect(await htmlOf(other)).toBe(undefined);
    const data = { kind: 'FETCH', data: { headers: {}, body: 'x', url: '' }, revalidate: hour };
    await one.handler().set('hash', data, { fetchCache: true, tags: ['a'] });
    expect(await other.handler().get('hash', { kind: 'FETCH', tags: ['a'] })).toMatchObject({ value: data });
  });

  test('misses a page in every process once its tag or its path is revalidated', async () => {
    const [one, other] = await startProcesses();
    for (const tag of ['a', '_N_T_/']) {
      await one.handler().set('/', pageOf(tag, 'a', '_N_T_/'), { cacheControl: life });
      expect(await htmlOf(other)).toBe(tag);
      await other.handler().revalidateTag(tag === 'a' ? tag : [tag]);
      expect(await htmlOf(one)).toBe(undefined);
    }
  });

  test('does not store a page whose tag was revalidated during its render', async () => {
    const [one, other] = await startProcesses();
    const day = dayOf();
    expect(await htmlOf(one)).toBe(undefined);
    day.later(1000);
    await other.handler().revalidateTag('a');
    day.later(1000);
    await one.handler().set('/', pageOf('old', 'a'), { cacheControl: life });
    expect(await htmlOf(other)).toBe(undefined);
    await one.handler().set('/', pageOf('new', 'a'), { cacheControl: life });
    expect(await htmlOf(other)).toBe('new');
  });

  test('lets one process render a stale page anew, while the others serve it as fresh', async () => {
    const [one, other] = await startProcesses({ renderWait: 20_000 }, { renderWait: 20_000 });
    const day = dayOf();
    const causes = [() => one.handler().revalidateTag('a', { expire: hour }), async () => day.later(2 * hour * 1000)];
    for (const makeStale of causes) {
      await one.handler().set('/', pageOf('old', 'a'), { cacheControl: life });
      await makeStale();
      day.later(1);
      const [first, second] = [await one.handler().get('/', page), await other.handler().get('/', page)];
      const steady = performance.timeOrigin + performance.now();
      expect(first?.cacheControl).toEqual({ revalidate: 1, expire: 24 * hour });
      expect(steady - (first?.lastModified ?? 0)).toBeGreaterThan(1000);
      expect(second?.cacheControl).toEqual({ revalidate: 1, expire: 24 * hour });
      expect(steady - (second?.lastModified ?? 0)).toBeLessThan(1000);
      await one.handler().set('/', pageOf('new', 'a'), { cacheControl: life });
      expect((await other.handler().get('/', page))?.cacheControl).toEqual(life);
    }
  });

  test('makes a stale response of fetch older than its seconds, in every process', async () => {
    const [one, other] = await startProcesses();
    const data = { kind: 'FETCH', data: { headers: {}, body: 'x', url: '' }, revalidate: 0xffff_fffe };
    await one.handler().set('hash', data, { fetchCache: true, tags: ['a'] });
    await one.handler().revalidateTag('a', { expire: hour });
    for (const process of [one, other]) {
      const found = await process.handler().get('hash', { kind: 'FETCH', tags: ['a'], softTags: [] });
      expect(Date.now() - (found?.lastModified ?? 0)).toBeGreaterThan(data.revalidate * 1000);
    }
  });

  test('misses a response of fetch by the tags of its call and of its path', async () => {
    const [one, other] = await startProcesses();
    const context = { kind: 'FETCH', tags: ['a', 'later'], softTags: ['_N_T_/'] };
    for (const tag of context.tags.concat(context.softTags)) {
      const day = dayOf();
      await one.handler().get('hash', context);
      day.later(1000);
      await one.handler().set('hash', { kind: 'FETCH', tag }, { fetchCache: true, tags: ['a'] });
      day.later(1000);
      expect((await other.handler().get('hash', context))?.value).toMatchObject({ tag });
      await one.handler().revalidateTag(tag);
      expect(await other.handler().get('hash', context)).toBe(null);
      day.later(1000);
    }
  });

  test('misses an item that is not a value', async () => {
    const { address } = await startNode();
    const Handler = nextCacheHandler(clientOf(address), { ...quick, buildId: 'b' });
    await clientOf(address).set('next:p~b~/', 'no entry');
    expect(await new Handler({}).get('/', page)).toBe(null);
    await new Handler({}).set('/', pageOf('page'), { cacheControl: life });
    expect(await new Handler({}).get('/', page)).toMatchObject({ value: { html: 'page' } });
    new Handler({}).resetRequestCache();
  });

  test('keeps no page before the build has an id', async () => {
    const Handler = nextCacheHandler(await startClient(), quick);
    const early = new Handler({ serverDistDir: '/nowhere/server' });
    await early.set('/', pageOf('page'), { cacheControl: life });
    expect(await early.get('/', page)).toBe(null);
  });

  test('refuses options that it does not know', async () => {
    const client = await startClient();
    expect(() => nextCacheHandler(client, { build: 'x' } as never)).toThrow('unknown option "build"');
  });
});

describeBadCases('cacheHandler of Next.js', (client: Client) => {
  const Handler = nextCacheHandler(client, { ...quick, buildId: 'b' });
  const set = (key: string, data: object): Promise<void> =>
    new Handler({}).set(key, data, { fetchCache: true, tags: [key] });
  return {
    async get(key) {
      const found = await new Handler({}).get(key, { kind: 'FETCH', tags: [key] });
      return (found?.value as { readonly value?: string } | undefined)?.value;
    },
    set: (key, value) => set(key, { value }),
    delete: (key) => new Handler({}).revalidateTag(key),
    setUnfit: (key) => set(key, { value: () => {} }),
  };
});
