/** The options of a bucket as the docs describe them, in Markdown. No program loads this file. */
import type { About } from '../core/option-table.ts';
import type { CouchbaseOptions } from './options.ts';

/** The options of a bucket. */
export const couchbaseAbout: About<CouchbaseOptions> = {
  bucket: "the bucket's name",
  username: 'the user that logs in; on clusters of the Membase era the bucket',
  password: 'its password',
  bootstrap:
    'where the map comes from: `data` = the data port of `nodes`, `rest` = HTTP, `auto` = the data port, and HTTP if that gives none (Membase)',
  urls: 'configuration URLs, tried in turn: `http://host:8091` for the usual paths, or whole ones',
  map: 'a map that is known already: the document, its JSON, or the path of a file with it. No configuration is then requested; refusals still update it',
  network:
    'which addresses of the nodes: `default`, the name of an alternate network, or `auto` = the one that contains the host of the request',
  pollInterval: 'the time between two requests to the data port for a new map',
  mechanisms:
    "SASL mechanisms that may be used. Without TLS, `PLAIN` sends the password in clear: it is used only if it is named here, or if the bucket's document shows the password anyway (Membase)",
  srv: 'whether the SRV records of the host (`_couchbase._tcp.…`, with TLS `_couchbases._tcp.…`) name the nodes; without any, the host itself is used',
  compression:
    'which values are sent compressed by Snappy, to nodes that accept it; `false` = none, and nodes send none',
  durability:
    'the copies that must have a write before it is acknowledged: `majority`, `majorityAndPersistActive`, `persistToMajority`, or `none` = the active one in memory',
  collection: 'the collection of the keys, `scope.collection`',
  hello: '`false` for nodes that do not expect HELLO: stock memcached behind a static map',
  serverGroup: 'the server group whose nodes are near: reads of replicas prefer its copies',
  unordered:
    'whether a node may execute the requests of a connection in any order, so that a slow one does not hold up the others; calls of one key keep their order',
};
