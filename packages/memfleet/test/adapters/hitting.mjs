import { ExpressRateLimitStore } from '../../dist/adapters/express-rate-limit.js';
// A process that hits one counter: `node hitting.mjs ADDRESS NUMBER`. Prints the numbers that it was given.
import { createClient } from '../../dist/index.js';

const [, , address, number] = process.argv;
const client = createClient({ nodes: [address], timeout: 20_000 });
const store = new ExpressRateLimitStore(client);
store.init({ windowMs: 600_000 });
const hits = await Promise.all(Array.from({ length: Number(number) }, () => store.increment('visitor')));
console.log(JSON.stringify(hits.map(({ totalHits }) => totalHits)));
await client.close();
