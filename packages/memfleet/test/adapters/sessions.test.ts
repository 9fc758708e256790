/** Stores of sessions: applications with them, and the calls one by one. */
import { promisify } from 'node:util';
import cookiePlugin from '@fastify/cookie';
import sessionPlugin from '@fastify/session';
import express from 'express';
import session, { type SessionData, type Store } from 'express-session';
import fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expressSessionStore } from '../../src/adapters/express-session.ts';
import { FastifySessionStore } from '../../src/adapters/fastify-session.ts';
import type { Client } from '../../src/client/index.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startCounted, startNode } from './nodes.ts';

interface Visit {
  visits?: number;
  cookie: { maxAge?: number | null | undefined };
  destroy(callback: () => void): void;
}

interface Exchange {
  readonly session: Visit;
}

const secret = 'a secret of the 32 letters that it needs';

/** The calls of a store as promises. */
function callsOf(store: Store) {
  return {
    get: promisify<string, SessionData | null | undefined>(store.get.bind(store)),
    set: promisify<string, SessionData, void>(store.set.bind(store)),
    touch: promisify<string, SessionData, void>((id, data, callback) => store.touch?.(id, data, () => callback(null))),
    destroy: promisify<string, void>(store.destroy.bind(store)),
  };
}

const inSeconds = (seconds: number, more: object = {}): SessionData => {
  const cookie = { originalMaxAge: seconds * 1000, expires: new Date(Date.now() + seconds * 1000) };
  return { cookie, ...more };
};

describe('express-session', () => {
  async function serve(client: Client, cookie: object = { maxAge: 60_000 }): Promise<string> {
    const app = express();
    app.use(session({ store: expressSessionStore(client), secret, resave: false, saveUninitialized: false, cookie }));
    app.get('/visit', ({ session: visit }: Exchange, response: { json(body: unknown): void }) => {
      visit.visits = (visit.visits ?? 0) + 1;
      response.json(visit.visits);
    });
    app.get('/look', ({ session: visit }: Exchange, response: { json(body: unknown): void }) => {
      response.json(visit.visits ?? 0);
    });
    app.get('/leave', ({ session: visit }: Exchange, response: { json(body: unknown): void }) => {
      visit.destroy(() => response.json('gone'));
    });
    const server = app.listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  test('a visitor keeps a session in every process, until it is destroyed', async () => {
    const { address } = await startNode();
    const [first, second] = await Promise.all([0, 1].map(() => serve(clientOf(address))));
    const reply = await fetch(`${first}/visit`);
    const headers = { cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' };
    expect(await reply.json()).toBe(1);
    expect(await (await fetch(`${second}/visit`, { headers })).json()).toBe(2);
    expect(await (await fetch(`${first}/look`, { headers })).json()).toBe(2);
    expect(await (await fetch(`${second}/leave`, { headers })).json()).toBe('gone');
    expect(await (await fetch(`${first}/look`, { headers })).json()).toBe(0);
  });

  test('saves at the same time leave one of the sessions whole', async () => {
    const url = await serve(await startClient());
    const reply = await fetch(`${url}/visit`);
    const headers = { cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' };
    const visits = await Promise.all(
      Array.from({ length: 30 }, async () => (await fetch(`${url}/visit`, { headers })).json()),
    );
    expect(visits).toContain(await (await fetch(`${url}/look`, { headers })).json());
  });

  test('a request that began before another one destroyed the session does not revive it', async () => {
    const { address } = await startNode();
    const [one, other] = [0, 1].map(() => callsOf(expressSessionStore(clientOf(address))));
    await one?.set('a', inSeconds(60, { user: 1 }));
    const loaded = (await one?.get('a')) as SessionData;
    await other?.destroy('a');
    await one?.set('a', loaded);
    expect(await other?.get('a')).toBe(null);
    await one?.set('b', loaded);
    expect(await other?.get('b')).toMatchObject({ user: 1 });
  });

  test('a session is saved in one write, and in two when it is new', async () => {
    const { client, count } = await startCounted();
    const store = callsOf(expressSessionStore(client));
    expect(await count(() => store.set('a', inSeconds(60)))).toMatchObject({ chunks: 2 });
    expect(await count(() => store.set('a', inSeconds(60)))).toMatchObject({ chunks: 1 });
    expect(await count(() => store.destroy('a'))).toMatchObject({ chunks: 1 });
  });

  test('a node that is out is an error of the request', async () => {
    const node = await startNode();
    const client = clientOf(node.address);
    await client.ready();
    const url = await serve(client);
    const reply = await fetch(`${url}/visit`);
    const headers = { cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' };
    await node.stop();
    expect((await fetch(`${url}/look`, { headers })).status).toBe(500);
  });

  test('a session lives as long as its cookie, and a day where that says nothing; touch gives it a new life', async () => {
    const client = await startClient();
    const store = callsOf(expressSessionStore(client));
    await store.set('a', inSeconds(30.2, { visits: 1 }));
    // The clock of the node may have ticked.
    expect([31, 30]).toContain(await client.ttlOf('session:a'));
    await store.touch('a', inSeconds(600));
    expect([600, 599]).toContain(await client.ttlOf('session:a'));
    expect(await store.get('a')).toMatchObject({ visits: 1, cookie: { originalMaxAge: 30_200 } });
    await store.set('b', { cookie: { originalMaxAge: null, expires: null } });
    expect([86_400, 86_399]).toContain(await client.ttlOf('session:b'));
    await store.touch('b', inSeconds(-1));
    expect(await store.get('b')).toBe(null);
    await store.set('a', inSeconds(-1));
    expect(await store.get('a')).toBe(null);
    await store.set('c', inSeconds(60));
    await store.destroy('c');
    expect(await store.get('c')).toBe(null);
  });

  test('options are checked', async () => {
    const client = await startClient();
    expect(() => expressSessionStore(client, { ttl: 0 })).toThrow(/option "ttl"/);
    expect(() => expressSessionStore(client, { prefx: 'x' } as object)).toThrow(/unknown option "prefx"/);
  });
});

describe('@fastify/session', () => {
  function appOf(client: Client): ReturnType<typeof fastify> {
    const app = fastify();
    onTestFinished(async () => app.close());
    app.register(cookiePlugin);
    app.register(sessionPlugin, {
      secret,
      store: new FastifySessionStore(client),
      cookie: { secure: false, maxAge: 60_000 },
      saveUninitialized: false,
    });
    app.get('/visit', (request) => {
      const visit = request.session as unknown as Visit;
      visit.visits = (visit.visits ?? 0) + 1;
      return visit.visits;
    });
    app.get('/leave', (request) => request.session.destroy().then(() => 'gone'));
    return app;
  }

  test('a visitor keeps a session in every process, until it is destroyed', async () => {
    const { address } = await startNode();
    const client = clientOf(address);
    const [first, second] = [appOf(client), appOf(clientOf(address))];
    const reply = await first.inject('/visit');
    const headers = { cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '' };
    const id = decodeURIComponent(headers.cookie.split('=')[1] ?? '').split('.')[0];
    expect(await client.ttlOf(`session:${id}`)).toBe(60);
    expect((await second.inject({ url: '/visit', headers })).json()).toBe(2);
    expect((await second.inject({ url: '/leave', headers })).body).toBe('gone');
    expect((await first.inject({ url: '/visit', headers })).json()).toBe(1);
  });

  test('a node that is out is an error of the request', async () => {
    const node = await startNode();
    const app = appOf(clientOf(node.address));
    const reply = await app.inject('/visit');
    const headers = { cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '' };
    await node.stop();
    expect((await app.inject({ url: '/visit', headers })).statusCode).toBe(500);
  });
});

describeBadCases('a store of sessions', (client) => {
  const store = callsOf(expressSessionStore(client));
  return {
    get: async (key) => ((await store.get(key)) as { value?: unknown } | null)?.value,
    set: (key, value) => store.set(key, inSeconds(60, { value })),
    delete: store.destroy,
    setUnfit: (key) => store.set(key, inSeconds(60, { value: 1n })),
  };
});
