/** The options of a fleet as the docs describe them, in Markdown. No program loads this file. */
import { discoverySources } from '../cluster/discovery/registry.ts';
import type { About } from '../core/option-table.ts';
import type { FleetSettings } from './options.ts';

const discoveryForms = discoverySources.flatMap(({ forms }) => forms.map((form) => `\`${form}\``)).join(', ');

/** The options of a fleet. */
export const fleetAbout: About<FleetSettings> = {
  nodes: `a string, a list, or a function that returns a list; \`host:port\`, \`[v6]:port\`, \`/socket/path\`, \`{ host, port, weight, id }\` (\`id\` is the name on the ring: it must be unique; one address may have several); or a discovery source: ${discoveryForms}`,
  locator:
    "how a key finds its node: `ketama` (libmemcached's, weighted), `modulo`, `round-robin` (all nodes equivalent: proxies), or the scheme of another client: `memfleet locate --list`",
  hashTag: 'hashes only the part of a key between these two characters, such as `{}`',
  couchbase:
    'a bucket of a Couchbase or Membase cluster; `nodes` are then hosts of the cluster, on port 11210 by default',
  protocol: 'the protocol of the nodes; `auto` detects that of each node. A bucket speaks `binary`',
  timeout: 'the whole call: waiting, connecting, all attempts',
  connectTimeout: 'from the dial to the first reply of the node, TLS and authentication included',
  ejectTime: 'how long a failing node is ejected (blacklisted) at first',
  ejectAfter: 'failures in a row that eject a node',
  ejectGrowth: 'each further ejection in a row is this many times longer',
  ejectTimeMax: 'the longest ejection',
  probeInterval:
    'the time between two probes of an ejected node: its first reply ends the ejection; 0 = one probe, when the ejection is over',
  ejectShare: 'the share of the nodes that may be ejected at once, rounded up',
  failure:
    'the outcome for keys of an ejected node: `fail` (`NodeEjectedError`), `miss`, or `redistribute` to the next node. Always `redistribute` with `round-robin`',
  replica: '`on-error`: a plain get whose active node fails goes to the replicas. Couchbase only',
  pool: 'the connections to each node',
  retry: 'retries of commands that are safe to repeat, within the timeout and a budget; `false` = none',
  coalesce: 'sends concurrent equal gets once; a get may then miss the newest write of another client',
  username: 'the name for SASL PLAIN or the ASCII authentication; needs `password`',
  password: 'the password of `username`',
  tls: '`true`, or options of `tls.connect`, such as `{ ca, cert, key, passphrase, servername, rejectUnauthorized, minVersion, ciphers }`',
  keepAliveDelay: 'the time without traffic after which the kernel probes a connection',
  refreshInterval:
    'the time between two queries of a `nodes` function, DNS or a configuration endpoint; 0 = none after the first reply',
  clock: 'the source of time; for tests',
  random: 'a source of random numbers, 0 ≤ x < 1; for tests',
  network: 'where connections come from; for tests',
};
