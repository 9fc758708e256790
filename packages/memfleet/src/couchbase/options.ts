/** The options of a Couchbase or Membase bucket. */
import { isCollectionName, isScopeName, namingRule } from '../core/collection.ts';
import { flag, type Kind, milliseconds, oneOf, secret, someOf, tableOrFalse, text } from '../core/option-kinds.ts';
import { defaultsOf, type OptionTable } from '../core/option-table.ts';
import { durabilities, type Durability } from '../core/write-terms.ts';
import {
  compressionDefaults,
  type CompressionOptions,
  compressionOptions,
  maxValueSize,
} from './compression-options.ts';
import { saslMechanisms } from './sasl-mechanisms.ts';

/** A bucket of a Couchbase or Membase cluster. */
export interface CouchbaseOptions {
  /** The name of the bucket. @default 'default' */
  readonly bucket?: string | undefined;
  /**
   * The user name of the login; on clusters of the Membase era the bucket's name. @default the bucket's name, if there
   * is a password
   */
  readonly username?: string | undefined;
  /** The password of `username`. */
  readonly password?: string | undefined;
  /**
   * The source of the map: `'data'` = the data port of `nodes`, `'rest'` = HTTP, `'auto'` = the data port, and HTTP if
   * the data port has none (Membase).
   * @default 'auto'; 'rest' where only `urls` are given
   */
  readonly bootstrap?: 'auto' | 'data' | 'rest' | undefined;
  /**
   * Configuration URLs, tried in order: `http://host:8091` for the usual paths, or whole ones
   * (`…/pools/default/bs/BUCKET`, `…/bucketsStreaming/BUCKET`, `…/saslBucketsStreaming`, any URL that gives one
   * document). @default made from `nodes`, port 8091, with TLS 18091
   */
  readonly urls?: string | readonly string[] | undefined;
  /**
   * A map that is already known: the document, its JSON, or the path of a file with it. No configuration is then
   * requested; refusals still update the map.
   */
  readonly map?: object | string | undefined;
  /**
   * The network whose node addresses are used: `'default'`, the name of an alternate network, or `'auto'` = the one
   * that contains the host of the request. @default 'auto'
   */
  readonly network?: string | undefined;
  /** Milliseconds between two requests for a newer map on the data port. @default 2500 */
  readonly pollInterval?: number | undefined;
  /**
   * The allowed SASL mechanisms, in order of preference. Without TLS, PLAIN sends the password in clear, and is used
   * only when it is named here, or when the bucket's document contains the same password in clear anyway (Membase).
   * @default SCRAM-SHA512, -SHA256, -SHA1; with TLS PLAIN before them
   */
  readonly mechanisms?: readonly string[] | undefined;
  /**
   * Whether the SRV records of the one host in `nodes` name the nodes (`_couchbase._tcp.…`, with TLS
   * `_couchbases._tcp.…`). Without records, or without a response in 500 ms, the host itself is used. @default true for
   * one host name without a port, except localhost
   */
  readonly srv?: boolean | undefined;
  /**
   * Which values are sent compressed by Snappy, to nodes that accept it. False: none, and nodes send none.
   * @default values from 32 bytes on that become a sixth shorter
   */
  readonly compression?: CompressionOptions | false | undefined;
  /**
   * The copies that must have a write before it is acknowledged; see docs/couchbase.md#durability. Calls and views may
   * name another. @default 'none'
   */
  readonly durability?: Durability | undefined;
  /**
   * The collection of the keys, `scope.collection`; see docs/couchbase.md#collections. `client.collection` gives views
   * of others. @default '_default._default'
   */
  readonly collection?: string | undefined;
  /** False for nodes that HELLO would desynchronise: stock memcached behind a static map. @default true */
  readonly hello?: boolean | undefined;
  /**
   * Whether a node may execute the requests of a connection in any order, so that a slow one, such as the get of an
   * item on its disk, does not hold up the others. Calls of one key keep their order. @default true
   */
  readonly unordered?: boolean | undefined;
  /**
   * The server group whose nodes are near: reads of replicas (`getFromReplica`, `getAnyReplica`, `replica: 'on-error'`)
   * prefer its copies, and take the others where it has none or none of its nodes responds. @default no node is near
   */
  readonly serverGroup?: string | undefined;
}

const urls: Kind<string | readonly string[]> = {
  name: 'texts',
  wanted: 'a URL or a list of URLs',
  fits: (value) =>
    typeof value === 'string' ||
    (Array.isArray(value) && value.length > 0 && value.every((url) => typeof url === 'string')),
};

const map: Kind<object | string> = {
  name: 'bucketMap',
  wanted: 'an object',
  fits: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
};

const collection: Kind<string> = {
  name: 'text',
  wanted: `a string \`scope.collection\`, each name ${namingRule}`,
  fits: (value) => {
    if (typeof value !== 'string') return false;
    const [scope = '', name = '', ...rest] = value.split('.');
    return rest.length === 0 && isScopeName(scope) && isCollectionName(name, scope);
  },
};

const options = {
  bucket: { kind: text, default: 'default' },
  username: {
    kind: text,
    defaultText: "the bucket's name, if there is a password",
  },
  password: { kind: secret },
  bootstrap: {
    aka: ['bootstrap_on'],
    kind: oneOf('auto', 'data', 'rest'),
    defaultText: '`auto`; `rest` if only `urls` are given',
  },
  urls: {
    kind: urls,
    defaultText: 'made from `nodes`, port 8091, with TLS 18091',
  },
  map: {
    kind: map,
  },
  network: {
    kind: text,
    default: 'auto',
  },
  pollInterval: {
    kind: milliseconds(100),
    aka: ['config_poll_interval', 'configPollInterval'],
    default: 2500,
  },
  mechanisms: {
    aka: ['sasl_mech_force', 'sasl_mechanisms', 'allowed_sasl_mechanisms'],
    kind: someOf(...saslMechanisms.clear),
    defaultText: 'SCRAM-SHA512, -SHA256, -SHA1; with TLS PLAIN before them',
  },
  srv: {
    kind: flag,
    defaultText: 'true for one host name without a port, except localhost',
    aka: ['enableDnsSrv', 'enable_dns_srv'],
  },
  compression: {
    kind: tableOrFalse<CompressionOptions>(compressionOptions),
    default: compressionDefaults,
    aka: ['enable_compression', 'enableCompression', 'snappy'],
  },
  durability: {
    kind: oneOf(...durabilities),
    default: 'none',
    aka: ['durabilityLevel', 'durability_level'],
  },
  collection: {
    kind: collection,
    default: '_default._default',
  },
  hello: {
    kind: flag,
    default: true,
  },
  serverGroup: {
    kind: text,
    aka: ['preferredServerGroup', 'preferred_server_group', 'server_group'],
  },
  unordered: {
    kind: flag,
    default: true,
    aka: ['enable_unordered_execution', 'unorderedExecutionEnabled'],
  },
} satisfies OptionTable<CouchbaseOptions>;

/** The options of a bucket. */
export const couchbaseOptions: OptionTable<CouchbaseOptions> = options;

/** The defaults of `CouchbaseOptions`, and the ports. */
export const couchbaseDefaults: {
  readonly bucket: string;
  readonly network: string;
  readonly pollInterval: number;
  readonly compression: CompressionOptions | false;
  readonly durability: Durability;
  readonly collection: string;
  readonly hello: boolean;
  readonly unordered: boolean;
  /** The maximum size of a document in bytes. */
  readonly maxItemSize: number;
  readonly host: string;
  readonly dataPort: number;
  readonly dataPortTls: number;
  readonly restPort: number;
  readonly restPortTls: number;
} = Object.freeze({
  ...defaultsOf(options),
  maxItemSize: maxValueSize,
  host: '127.0.0.1',
  dataPort: 11210,
  dataPortTls: 11207,
  restPort: 8091,
  restPortTls: 18091,
});
