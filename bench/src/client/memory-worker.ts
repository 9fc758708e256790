/** The process whose memory is looked at: ten million mixed calls, and a look after every million. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Client, createClient } from 'memfleet';
import { makeData } from './data.ts';
import type { MemorySample } from './memory.ts';
import { workloadNamed } from './workload.ts';

const [port = '', total = '', every = ''] = process.argv.slice(2);
const inFlight = 256;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const { keys, missing, values } = makeData(workloadNamed('mixed100-256'));
const some = keys.slice(0, 20);
const object = { name: 'value', list: [1, 2, 3] };
const bytes = Buffer.alloc(4096, 7);

/** Of a hundred calls: 80 gets (10 of them misses), 10 sets, and some of everything else. */
function call(client: Client, n: number): Promise<unknown> {
  const key = keys[n % keys.length] as string;
  const kind = n % 100;
  if (kind < 70) return client.get(key);
  if (kind < 80) return client.get(missing[n % missing.length] as string);
  if (kind < 90) return client.set(key, values[n % values.length]);
  if (kind < 92) return client.set(`object:${n % 100}`, object, 60);
  if (kind < 94) return client.get(`object:${n % 100}`);
  if (kind < 95) return client.set(`bytes:${n % 100}`, bytes);
  if (kind < 96) return client.get(`bytes:${n % 100}`);
  if (kind < 97) return client.delete(`object:${n % 100}`);
  if (kind < 98) return client.incr('counter', 1, { initial: 0 });
  return kind < 99 ? client.getWithCas(key) : client.getMany(some);
}

async function sample(calls: number): Promise<MemorySample> {
  // Twice: objects that the first collection frees may hold more until its finalizers have run.
  for (let i = 0; i < 2; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { calls, resident: rss, heap: heapUsed, external, arrayBuffers };
}

const client = createClient({ nodes: `127.0.0.1:${port}` });
for (const [i, key] of keys.entries()) await client.set(key, values[i]);
for (let done = 0; done < Number(total); done += Number(every)) {
  let next = done;
  const end = done + Number(every);
  const work = async (): Promise<void> => {
    while (next < end) await call(client, next++);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  process.send?.(await sample(end));
}
await client.close();
process.disconnect();
