/**
 * Scans by the official SDK, in a process of its own: `scan` waits for the cluster without returning to the event loop,
 * so the cluster must not be in the same process. Standard input has `{ connectionString, credentials, scans }`, each
 * scan `{ type, args, options, tokenOf, collection }`; the output is a list of `{ id, content, cas, expiryTime }` for
 * each scan, or its error.
 */
import { connect, MutationState, PrefixScan, RangeScan, SamplingScan, ScanTerm } from 'couchbase';

const types = {
  prefix: (text) => new PrefixScan(text),
  range: (...ends) => new RangeScan(...ends.map((end) => (end === null ? undefined : new ScanTerm(...end)))),
  sampling: (limit, seed) => new SamplingScan(limit, seed),
};

const parts = [];
for await (const part of process.stdin) parts.push(part);
const { connectionString, credentials, scans } = JSON.parse(Buffer.concat(parts).toString());
const sdk = await connect(connectionString, { ...credentials, timeouts: { kvTimeout: 8000 } });
const results = [];
for (const { type, args, options = {}, tokenOf, collection = ['_default', '_default'] } of scans) {
  const items = sdk.bucket('default').scope(collection[0]).collection(collection[1]);
  try {
    const { token } = tokenOf === undefined ? {} : await items.upsert(tokenOf, 'new');
    const consistentWith = token === undefined ? {} : { consistentWith: new MutationState(token) };
    const found = await items.scan(types[type](...args), { timeout: 10_000, ...options, ...consistentWith });
    results.push(found.map(({ id, content, cas, expiryTime }) => ({ id, content, cas: String(cas), expiryTime })));
  } catch (error) {
    results.push(String(error));
  }
}
await sdk.close();
process.stdout.write(JSON.stringify(results));
