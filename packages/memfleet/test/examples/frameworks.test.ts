/** The examples of docs/frameworks.md run as their framework runs them, against the embedded server. */
import { request } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Client } from 'memfleet';
import { describe, expect, it, onTestFinished } from 'vitest';
import 'reflect-metadata';
import { examples, load, serveExamples } from './support.ts';

const page = 'docs/frameworks.md';
const product = { id: '7', price: 5 };
const { server } = serveExamples();

/** The text of a GET over a real connection. */
async function get(port: number, path: string): Promise<unknown> {
  const body = await new Promise<string>((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, agent: false }, (response) => void text(response).then(resolve, reject))
      .once('error', reject)
      .end();
  });
  return JSON.parse(body);
}

/** The keys that the embedded server holds. */
function keys(): string[] {
  return [...server.store.items()].map(({ key }) => key);
}

it('all of them are run here', () => {
  expect(examples.filter((example) => example.page === page).map(({ name }) => name)).toEqual([
    'express.mjs',
    'fastify.mjs',
    'cache.module.ts',
    'products.service.ts',
    'lib/cache.ts',
    'app/api/products/[id]/route.ts',
    'lambda.mjs',
  ]);
});

describe('Express', () => {
  it('serves from the cache, and closes requests before the client', async () => {
    const app = await load<{ server: Server; stop(): Promise<void>; cache: Client }>(page, 'express.mjs');
    const { port } = app.server.address() as AddressInfo;
    expect(await get(port, '/products/7')).toEqual(product);
    expect(keys()).toEqual(['product:7']);
    await app.cache.set('product:7', 'from the cache');
    expect(await get(port, '/products/7')).toBe('from the cache');
    await app.stop();
    expect(app.server.listening).toBe(false);
    expect(app.cache.stats().nodes[0]?.open).toBe(0);
  });
});

describe('Fastify', () => {
  interface App {
    readonly cache: Client;
    inject(path: string): Promise<{ json(): unknown }>;
    close(): Promise<void>;
  }

  it('serves from the cache, and `app.close()` closes the client', async () => {
    const { app } = await load<{ app: App }>(page, 'fastify.mjs');
    expect((await app.inject('/products/7')).json()).toEqual(product);
    expect(keys()).toEqual(['product:7']);
    await app.close();
    expect(app.cache.stats().nodes[0]?.open).toBe(0);
  });
});

describe('Nest', () => {
  interface Service {
    find(id: string): Promise<unknown>;
  }

  /** The module of an application. */
  class App {
    readonly name = 'app';
  }

  it('injects one client by its token, and closes it on shutdown', async () => {
    const { CacheModule } = await load<{ CacheModule: Type }>(page, 'cache.module.ts');
    const { ProductsService } = await load<{ ProductsService: Type<Service> }>(page, 'products.service.ts');
    const root: DynamicModule = { module: App, imports: [CacheModule], providers: [ProductsService] };
    const context = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    expect(await context.get(ProductsService).find('7')).toEqual(product);
    expect(keys()).toEqual(['product:7']);
    const cache = context.get<Client>(Client);
    await context.close();
    expect(cache.stats().nodes[0]?.open).toBe(0);
  });
});

describe('Next.js, without Next: its modules are evaluated, and its handler called, as Next does', () => {
  it('a module that is evaluated again has the same client', async () => {
    const first = await load<{ cache: Client }>(page, 'lib/cache.ts', 'first');
    const second = await load<{ cache: Client }>(page, 'lib/cache.ts', 'second');
    onTestFinished(() => forget(first.cache));
    expect(first).not.toBe(second);
    expect(second.cache).toBe(first.cache);
  });

  it('the route handler responds from the cache', async () => {
    interface Route {
      readonly runtime: string;
      readonly GET: (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>;
    }
    const { GET, runtime } = await load<Route>(page, 'app/api/products/[id]/route.ts');
    const { cache } = await load<{ cache: Client }>(page, 'lib/cache.ts');
    onTestFinished(() => forget(cache));
    const response = await GET(new Request('http://localhost/'), { params: Promise.resolve({ id: '7' }) });
    expect(await response.json()).toEqual(product);
    expect(keys()).toEqual(['product:7']);
    expect(runtime).toBe('nodejs');
  });

  async function forget(cache: Client): Promise<void> {
    delete (globalThis as { cache?: Client }).cache;
    await cache.close();
  }
});

describe('Lambda, without AWS: its handler is called as the runtime does', () => {
  it('two requests of one environment share the client and its connection', async () => {
    interface Lambda {
      readonly cache: Client;
      readonly handler: (event: { id: string }) => Promise<unknown>;
    }
    const { handler, cache } = await load<Lambda>(page, 'lambda.mjs');
    expect(await handler({ id: '7' })).toEqual(product);
    expect(await handler({ id: '7' })).toEqual(product);
    expect(cache.stats().nodes[0]?.connects).toBe(1);
    await cache.close();
  });
});
