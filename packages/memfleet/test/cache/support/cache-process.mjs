// A process with a cache for each of several fleets, as the build made them. Told by messages what to do; each has an
// `id`, under which the result comes back:
//   { call: 'open', fleet, options }                      makes the cache of a fleet
//   { call: 'ask', fleet, key, count, options }           calls getOrSet so many times at once. First result: all calls
//                                                         have been to the node; second: what they gave
//   { call: 'finish', run, value | error | isNothing }    ends a load
//   { call: 'reach', fleet, key }                         writes until the node of the key takes it
//   { call: any other, fleet, args }                      a method of the cache
// A loader says { loading: run, fleet, key }, and waits for its end.
import { createCache } from '../../../dist/cache/index.js';

const caches = new Map();
const loads = new Map();
let runs = 0;

/** What the calls gave: how many of each value, as JSON, and of each error, by its name; and what the last one took. */
async function answersOf(calls) {
  const began = performance.now();
  const values = {};
  const errors = {};
  await Promise.all(
    calls.map(async (call) => {
      try {
        const value = JSON.stringify((await call) ?? null);
        values[value] = (values[value] ?? 0) + 1;
      } catch (error) {
        errors[error.name] = (errors[error.name] ?? 0) + 1;
      }
    }),
  );
  return { values, errors, took: performance.now() - began };
}

function loaderOf(fleet, key) {
  return () =>
    new Promise((resolve, reject) => {
      const run = ++runs;
      loads.set(run, { resolve, reject });
      process.send({ loading: run, fleet, key });
    });
}

const jobs = {
  open({ fleet, options }) {
    caches.set(fleet, createCache(options));
  },
  async ask({ id, fleet, key, count, options }) {
    const cache = caches.get(fleet);
    const load = loaderOf(fleet, key);
    const answers = answersOf(Array.from({ length: count }, () => cache.getOrSet(key, load, options)));
    // Behind the reads, on the same connection.
    await cache.has(key);
    process.send({ id, result: 'begun' });
    return answers;
  },
  finish({ run, value, error }) {
    const { resolve, reject } = loads.get(run);
    loads.delete(run);
    if (error === undefined) resolve(value);
    else reject(new RangeError(error));
  },
  async reach({ fleet, key }) {
    const cache = caches.get(fleet);
    while (!(await cache.set(key, true))) await new Promise((resolve) => void setTimeout(resolve, 10));
  },
};

async function obey(message) {
  const { call, fleet, args } = message;
  if (jobs[call] !== undefined) return jobs[call](message);
  return caches.get(fleet)[call](...args);
}

async function answer(message) {
  try {
    process.send({ id: message.id, result: await obey(message) });
  } catch (error) {
    process.send({ id: message.id, error: String(error) });
  }
}

process.on('message', (message) => void answer(message));
process.on('disconnect', () => process.exit());
