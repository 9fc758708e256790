/**
 * Documents of Couchbase clusters and answers of configuration endpoints: whatever they are, a ConfigError at the
 * worst, and the same in any pieces.
 */
import { ConfigReplyReader, parseConfigReply } from '../../../packages/memfleet/dist/cluster/discovery/config-reply.js';
import { ConfigError } from '../../../packages/memfleet/dist/core/errors.js';
import { parseBucketDocument } from '../../../packages/memfleet/dist/couchbase/bucket-document.js';
import { ConfigKeeper } from '../../../packages/memfleet/dist/couchbase/config-keeper.js';
import { DocumentSplitter } from '../../../packages/memfleet/dist/couchbase/rest/document-splitter.js';
import { parseErrorMap } from '../../../packages/memfleet/dist/protocol/binary/error-map.js';
import { hashOf, Random } from '../random.ts';
import { holds, holdsSame, outcome, type Target } from '../target.ts';

const jsonWords = [
  '"name"', '"nodeLocator"', '"vbucket"', '"ketama"', '"vBucketServerMap"', '"vBucketMap"', '"vBucketMapForward"', '"numReplicas"', '"serverList"',
  '"nodes"', '"nodesExt"', '"hostname"', '"services"', '"kv"', '"kvSSL"', '"ports"', '"direct"', '"sslDirect"', '"alternateAddresses"', '"external"',
  '"rev"', '"revEpoch"', '"uuid"', '"saslPassword"', '"buckets"', '"$HOST:11210"', '"[::1]:11210"', '"__proto__"', 'null', 'true', '[', ']', '{', '}',
  '[[', ':', ',', '[0,1]', '[-1]', '11210', '1e400', '-0', '"\\ud800"', '['.repeat(3000), '{"a":'.repeat(2000),
]; // prettier-ignore

const nodesExt = [
  { services: { kv: 11210, kvSSL: 11207 }, hostname: 'n1' },
  { services: { kv: 11210, kvSSL: 11207 }, hostname: 'n2' },
];
const documents: readonly string[] = [
  { name: 'default', rev: 5, nodeLocator: 'vbucket', nodesExt, vBucketServerMap: { numReplicas: 1, serverList: ['n1:11210', 'n2:11210'], vBucketMap: [[0, 1], [1, 0]] } }, // prettier-ignore
  {
    hashAlgorithm: 'CRC',
    numReplicas: 0,
    serverList: ['a:1', 'b:1'],
    vBucketMap: [[0], [1], [-1], [0]],
    vBucketMapForward: [[1], [1], [1], [1]],
  },
  {
    buckets: [
      {
        name: 'default',
        saslPassword: 'x',
        vBucketServerMap: { numReplicas: 0, serverList: ['$HOST:1'], vBucketMap: [[0]] },
      },
    ],
  },
  {
    name: 'default',
    nodeLocator: 'ketama',
    nodes: [{ hostname: 'n1:8091', ports: { direct: 11210, sslDirect: 11207 } }],
  },
  { name: 'default', revEpoch: 2, rev: 1, nodesExt: [{ services: { kv: 1 }, alternateAddresses: { external: { hostname: 'h', ports: { kv: 2 } } } }], vBucketServerMap: { numReplicas: 3, vBucketMap: [[0]] } }, // prettier-ignore
].map((document) => JSON.stringify(document));

const contexts = ['default', 'external', 'auto'].flatMap((network) =>
  [false, true].map((tls) => ({ bucket: 'default', host: 'h', tls, network })),
);

function readDocument(input: string): string {
  const text = Buffer.from(input, 'latin1').toString();
  const results = contexts.map((context) => {
    const result = outcome(() => parseBucketDocument(text, context), ConfigError);
    if ('error' in result) {
      holds(result.error.message.length < 2000, `a message of ${result.error.message.length} characters`);
      return result.error.message.replace(/[\d"].*/, '');
    }
    const { nodes, map } = result.value;
    for (let vbucket = 0; vbucket < (map?.count ?? 0); vbucket++)
      for (let copy = 0; copy <= map!.replicas; copy++)
        holds(map!.server(vbucket, copy) < nodes.length, 'the map names a server that is not there');
    return `${nodes.length} ${map?.count} ${map?.replicas}`;
  });
  const keeper = new ConfigKeeper({ bucket: 'default', network: 'auto', tls: false });
  for (const document of [documents[0] as string, text, text]) outcome(() => keeper.offer(document, 'h'), ConfigError);
  holds(keeper.current !== undefined, 'a bad document replaced a good one');
  return `${results.join(' | ')} ${parseErrorMap(text)?.size}`;
}

function split(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const cut = (random?: Random): readonly (string | undefined)[] => {
    const splitter = new DocumentSplitter(100_000);
    const documents: (string | undefined)[] = [];
    for (let at = 0; at < bytes.length;) {
      const to =
        random === undefined ? bytes.length : Math.min(bytes.length, at + 1 + random.below(random.oneIn(2) ? 4 : 900));
      documents.push(...splitter.push(bytes.subarray(at, to)));
      at = to;
    }
    return [...documents, splitter.end()];
  };
  const whole = cut();
  const random = new Random(hashOf(input));
  for (let n = 0; n < 2; n++) holdsSame(cut(random), whole, 'cut in pieces it is other documents');
  return whole
    .map((document) => (document === undefined ? '-' : Math.min(9, document.length)))
    .slice(0, 9)
    .join();
}

function readAnswer(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const read = (random?: Random): string => {
    const reader = new ConfigReplyReader();
    for (let at = 0; at < bytes.length;) {
      const to = random === undefined ? bytes.length : Math.min(bytes.length, at + 1 + random.below(50));
      const verdict = reader.push(bytes.subarray(at, to));
      at = to;
      if (verdict === 'whole' && at < bytes.length) return 'early';
    }
    return reader.text();
  };
  // What stands behind the end of an answer is not read, so only where none does must the pieces agree.
  const pieces = read(new Random(hashOf(input)));
  if (pieces !== 'early') holdsSame(pieces, read(), 'cut in pieces it is another answer');
  const results = [true, false].map((byName) => {
    const result = outcome(() => parseConfigReply(input, byName), ConfigError);
    if ('error' in result) return result.error.message.replace(/".*|\d.*/s, '');
    const { nodes } = result.value;
    holds(new Set(nodes.map(({ id }) => id)).size === nodes.length, 'two nodes have one name on the ring');
    return nodes.length;
  });
  return results.join();
}

export const documentTargets: readonly Target[] = [
  {
    name: 'bucket-documents',
    seeds: [...documents, '{"version":2,"errors":{"86":{"name":"ETMPFAIL","attrs":["temp"]}}}'],
    words: jsonWords,
    run: readDocument,
  },
  { name: 'document-streams', seeds: ['{"a":1}\n\n\n\n{"b":"é€😀"}\n\n\n\n', '\n\n\n\n\n{}', 'x'.repeat(5000), '\ufeff{}\n\n\n\n'].map(latin1), words: ['\n', '\n\n', '\n\n\n\n', '{}', '\xc3', '\xf0\x9f', '\xef\xbb\xbf', ' \r'], run: split }, // prettier-ignore
  {
    name: 'endpoint-answers',
    seeds: [
      'CONFIG cluster 0 30\r\n12\na|10.0.0.1|11211 b|10.0.0.2|11211\n\r\nEND\r\n',
      'VALUE AmazonElastiCache:cluster 0 9\r\n1\nh||1\n\r\nEND\r\n',
      'ERROR\r\n',
      'END\r\n',
    ],
    words: [
      '|',
      ' ',
      '\n',
      '\r\n',
      'END\r\n',
      'CONFIG ',
      'VALUE ',
      'a|10.0.0.1|11211',
      'a|10.0.0.9|11211',
      'b|10.0.0.1|11211',
      '|',
      '99999',
      '::1',
    ],
    run: readAnswer,
  },
];

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
