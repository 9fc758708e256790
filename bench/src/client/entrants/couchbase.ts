/**
 * couchbase: the official SDK, a native module with an I/O thread of its own. Gives strings and objects back as they
 * were set.
 */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';

interface Collection {
  get(key: string): Promise<{ readonly content: unknown }>;
  upsert(key: string, value: unknown): Promise<unknown>;
}

interface Cluster {
  bucket(name: string): { defaultCollection(): Collection };
  close(): Promise<void>;
}

interface CouchbaseModule {
  readonly connect: (connectionString: string, options: object) => Promise<Cluster>;
}

async function open({ cluster }: Ports): Promise<OpenClient> {
  if (cluster === undefined) throw new Error('there is no cluster');
  const { connect } = await load<CouchbaseModule>('couchbase');
  const { connectionString, username, password } = cluster;
  const sdk = await connect(connectionString, { username, password });
  const items = sdk.bucket('default').defaultCollection();
  return {
    get: (key) => items.get(key).then((found) => found.content),
    set: (key, value) => items.upsert(key, value),
    close: () => sdk.close(),
  };
}

export const couchbase: Entrant = {
  name: 'couchbase (official SDK)',
  role: 'peer',
  module: 'couchbase',
  place: 'cluster',
  takes: () => true,
  open,
};
