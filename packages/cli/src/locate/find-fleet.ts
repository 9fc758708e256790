/**
 * The nodes that `--nodes` of `memfleet locate` means:
 *
 *   a:11211:2,b            the list, with weights; nothing is asked
 *   memcached://a,b?…      its hosts, and its locator, hash tag and prefix
 *   dns+host, elasticache://… the source that finds the nodes is asked, as the client asks it
 *   couchbase://a/bucket   the cluster is asked for its map
 */
import { type Client, type ClientOptions, createClient, isDiscovered } from 'memfleet';
import type { Locator, LocatorNode } from 'memfleet/locator';
import { clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { readNodeList } from './node-list.ts';

/** A fleet whose nodes are known. */
export interface LocatedFleet {
  readonly nodes: readonly LocatorNode[];
  /** How it distributes its keys, where no option says otherwise. */
  readonly scheme: string;
  readonly hashTag?: string | undefined;
  /** What its client puts before its keys, and hashes. */
  readonly keyPrefix: string;
  /** The map of a bucket. */
  readonly bucket?: Pick<Locator, 'locate'> | undefined;
  close(): void;
}

/** Throws UsageError for a list that is none, and what the client throws where the nodes cannot be found out. */
export async function findFleet(given: FleetArguments): Promise<LocatedFleet> {
  const { locator: _, prefix: _prefix, ...place } = given;
  const options = clientOptionsOf(place);
  const { locator = 'ketama', hashTag, prefix: keyPrefix = '', couchbase } = options;
  const stated = { scheme: typeof locator === 'string' ? locator : locator.name, hashTag, keyPrefix, close: () => {} };
  const entries = entriesOf(options);
  if (couchbase === undefined && !entries.some(isDiscovered))
    return { ...stated, nodes: readNodeList(entries.join(',')) };
  const client = createClient(options);
  try {
    const names = await firstList(client);
    const close = (): void => client.destroy();
    const nodes = readNodeList(names.join(','));
    if (couchbase === undefined) return { ...stated, nodes, close };
    const locate = (key: string): number => names.indexOf(client.nodeOf(Buffer.from(key, 'latin1')) ?? '');
    return { ...stated, nodes, bucket: { locate }, close };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

function entriesOf({ nodes = '' }: ClientOptions<never>): readonly string[] {
  const entries = typeof nodes === 'string' ? nodes.split(/[,;\s]+/) : (nodes as readonly string[]);
  return entries.filter((entry) => entry !== '').map((entry) => entry.replace(/^unix:/, ''));
}

/** The names of the nodes, once they are known. */
function firstList(client: Client): Promise<readonly string[]> {
  const { revision, nodes: known } = client.stats();
  if (revision > 0) return Promise.resolve(known.map(({ node }) => node));
  return new Promise((resolve, reject) => {
    client.on('topology', ({ nodes }) => resolve(nodes));
    client.on('discoveryError', ({ error }) => reject(error));
  });
}
