/**
 * Sessions in memcached, and a page whose slow part comes from a cache.
 *
 *   request ─▶ session (express-session, one item each) ─▶ page ─▶ fragment (one loader in the whole fleet)
 */
import express from 'express';
import session from 'express-session';
import { createClient } from 'memfleet';
import { expressSessionStore } from 'memfleet/adapters/express-session';
import { createCache } from 'memfleet/cache';
import { createServer } from 'memfleet/server';

/** Without MEMCACHED_NODES: a memcached server in this process. */
async function embeddedServer() {
  const server = createServer({ port: 0 });
  const { port } = await server.listen();
  return { nodes: `127.0.0.1:${port}`, close: () => server.close() };
}

const { MEMCACHED_NODES, PORT = '3000', SECRET = 'change me' } = process.env;
const memcached = MEMCACHED_NODES ? { nodes: MEMCACHED_NODES, close: async () => {} } : await embeddedServer();
const client = createClient({ nodes: memcached.nodes, timeout: 500 });
const fragments = createCache({ client, ttl: 30, staleTtl: 60 });

const app = express();
const store = expressSessionStore(client);
app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }));

app.get('/', async (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  const offers = await fragments.getOrSet('fragment:offers', renderOffers);
  response.send(`<p>Your visit number ${request.session.visits}</p>${offers}`);
});

app.post('/offers', async (_request, response) => {
  await fragments.delete('fragment:offers'); // the next page renders them anew
  response.sendStatus(204);
});

let renderings = 0;

/** Stands for queries of a database. */
function renderOffers() {
  renderings++;
  return `<p>Offers, rendered ${renderings} times</p>`;
}

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

async function stop() {
  await new Promise((resolve) => server.close(resolve)); // first the requests
  await fragments.close();
  await client.close(); // then what they use
  await memcached.close();
}

process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
