/** What the Grafana dashboard shows: rows of panels with their queries. */

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} about
 * @property {string} unit Grafana's name of it
 * @property {'lines' | 'heat'} kind
 * @property {readonly (readonly [expr: string, legend: string])[]} queries
 * @property {number} [max]
 */

const proxy = '{instance=~"$instance"}';
const rate = '[$__rate_interval]';

/** @param {string} metric @param {string} [labels] */
const rateOf = (metric, labels = 'instance=~"$instance"') => `rate(${metric}{${labels}}${rate})`;

const gets = 'instance=~"$instance",command=~"get|gets|gat"';

/** @param {number} share */
const quantile = (share) =>
  `histogram_quantile(${share}, sum by (le) (${rateOf('memfleet_node_latency_seconds_bucket')}))`;

/** @type {readonly (readonly [row: string, panels: readonly Panel[]])[]} */
export const rows = [
  [
    'Clients',
    [
      {
        title: 'Requests by verb',
        about: 'Commands of clients; each key of a get of many keys counts.',
        unit: 'reqps',
        kind: 'lines',
        queries: [[`sum by (command) (${rateOf('memfleet_commands_total')}) > 0`, '{{command}}']],
      },
      {
        title: 'Requests by result',
        about: 'What clients received.',
        unit: 'reqps',
        kind: 'lines',
        queries: [[`sum by (result) (${rateOf('memfleet_commands_total')})`, '{{result}}']],
      },
      {
        title: 'Hit ratio of gets',
        about: 'Hits by hits and misses; errors do not count.',
        unit: 'percentunit',
        kind: 'lines',
        max: 1,
        queries: [
          [
            `sum(${rateOf('memfleet_commands_total', `${gets},result="ok"`)}) / sum(${rateOf('memfleet_commands_total', `${gets},result=~"ok|miss"`)})`,
            'hits',
          ],
        ],
      },
      {
        title: 'Sessions',
        about: 'Clients that are connected, and how many may be.',
        unit: 'short',
        kind: 'lines',
        queries: [
          [`sum by (listener) (memfleet_sessions${proxy})`, '{{listener}}'],
          [`sum by (listener) (memfleet_sessions_max${proxy})`, '{{listener}}: limit'],
        ],
      },
      {
        title: 'Sessions accepted, rejected and closed',
        about: 'Rejected: over the limit. Closed: idle, slow, or with a protocol error.',
        unit: 'ops',
        kind: 'lines',
        queries: [
          [`sum(${rateOf('memfleet_sessions_accepted_total')})`, 'accepted'],
          [`sum(${rateOf('memfleet_sessions_rejected_total')})`, 'rejected'],
          [`sum by (reason) (${rateOf('memfleet_sessions_kicked_total')})`, 'closed: {{reason}}'],
        ],
      },
      {
        title: 'Gets that no node was asked for',
        about: 'From a front cache, or merged with an equal key of the same get.',
        unit: 'reqps',
        kind: 'lines',
        queries: [
          [`sum(${rateOf('memfleet_front_cache_hits_total')})`, 'front cache hits'],
          [`sum(${rateOf('memfleet_multiget_duplicates_total')})`, 'merged keys'],
        ],
      },
    ],
  ],
  [
    'Nodes',
    [
      {
        title: 'Latency',
        about: 'From the command of a client to its reply, over all nodes.',
        unit: 's',
        kind: 'lines',
        queries: [
          [quantile(0.5), 'p50'],
          [quantile(0.95), 'p95'],
          [quantile(0.99), 'p99'],
        ],
      },
      {
        title: 'Latency p99 by node',
        about: 'The slowest node is the one to look at.',
        unit: 's',
        kind: 'lines',
        queries: [
          [
            `histogram_quantile(0.99, sum by (le, node) (${rateOf('memfleet_node_latency_seconds_bucket')}))`,
            '{{node}}',
          ],
        ],
      },
      {
        title: 'Latency heat map',
        about: 'How many replies took how long.',
        unit: 's',
        kind: 'heat',
        queries: [[`sum by (le) (${rateOf('memfleet_node_latency_seconds_bucket')})`, '{{le}}']],
      },
      {
        title: 'Processes that use the node',
        about: '0: the node is ejected everywhere.',
        unit: 'short',
        kind: 'lines',
        queries: [[`sum by (node) (memfleet_node_up${proxy})`, '{{node}}']],
      },
      {
        title: 'Pools',
        about: 'Connections, commands in flight, and commands that wait for a connection: 0 in health.',
        unit: 'short',
        kind: 'lines',
        queries: [
          [`sum(memfleet_pool_open${proxy})`, 'open'],
          [`sum(memfleet_pool_in_flight${proxy})`, 'in flight'],
          [`sum(memfleet_pool_waiting${proxy})`, 'waiting'],
        ],
      },
      {
        title: 'Failures',
        about: 'By node: dials that failed, commands that timed out, commands refused because too many waited.',
        unit: 'ops',
        kind: 'lines',
        queries: [
          [`sum by (node) (${rateOf('memfleet_pool_connect_failures_total')})`, '{{node}}: failed dials'],
          [`sum by (node) (${rateOf('memfleet_pool_timeouts_total')})`, '{{node}}: timeouts'],
          [`sum by (node) (${rateOf('memfleet_pool_refused_total')})`, '{{node}}: refused'],
        ],
      },
    ],
  ],
  [
    'The proxies',
    [
      {
        title: 'Event-loop delay',
        about: 'The delay that one of a hundred readings exceeds; the mean over the workers of a proxy.',
        unit: 's',
        kind: 'lines',
        queries: [[`nodejs_eventloop_lag_p99_seconds${proxy}`, '{{instance}}']],
      },
      {
        title: 'CPU',
        about: 'Cores in use, of all processes of a proxy.',
        unit: 'short',
        kind: 'lines',
        queries: [[rateOf('process_cpu_seconds_total'), '{{instance}}']],
      },
      {
        title: 'Memory',
        about: 'Resident memory of all processes of a proxy.',
        unit: 'bytes',
        kind: 'lines',
        queries: [[`process_resident_memory_bytes${proxy}`, '{{instance}}']],
      },
      {
        title: 'Workers and the configuration',
        about: 'Worker processes, those that were replaced, and proxies whose last configuration was refused.',
        unit: 'short',
        kind: 'lines',
        queries: [
          [`memfleet_workers${proxy}`, '{{instance}}: workers'],
          [`memfleet_worker_restarts_total${proxy}`, '{{instance}}: replaced'],
          [`memfleet_config_refused${proxy}`, '{{instance}}: configuration refused'],
        ],
      },
    ],
  ],
];

/** Ejections, as marks on every panel. */
export const ejections = `sum by (node) (increase(memfleet_node_ejections_total${proxy}[$__rate_interval])) > 0`;
