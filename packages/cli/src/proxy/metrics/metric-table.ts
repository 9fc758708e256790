/**
 * The metrics of a proxy as a table: name, kind, help, and where its values stand in the statistics of the engine. The
 * values are read when somebody asks; nothing is counted twice.
 */
import type { CommandStats } from 'memfleet/proxy';
import {
  max,
  type MetricRow,
  perCluster,
  perEvent,
  perFrontCache,
  perListener,
  perNode,
  type Pick1,
  type Sample,
  sum,
  whole,
} from './metric-row.ts';

const results: readonly (readonly [result: string, pick: Pick1<CommandStats>])[] = [
  ['ok', ({ ok }) => ok],
  ['miss', ({ misses }) => misses],
  ['not_stored', ({ notStored }) => notStored],
  ['exists', ({ exists }) => exists],
  ['error', ({ errors }) => errors],
];

const general: readonly MetricRow[] = [
  {
    name: 'memfleet_uptime_seconds',
    type: 'gauge',
    ...max,
    help: 'How long the proxy runs.',
    samples: whole(({ uptime }) => uptime / 1000),
  },
  {
    name: 'memfleet_config_revision',
    type: 'gauge',
    ...max,
    help: 'Counts the configurations that were accepted.',
    samples: whole(({ revision }) => revision),
  },
  {
    name: 'memfleet_reloads_total',
    type: 'counter',
    ...max,
    help: 'New configurations, accepted and refused by the engine.',
    samples: ({ stats }) => [
      [{ result: 'accepted' }, stats.reloads],
      [{ result: 'refused' }, stats.reloadsRefused],
    ],
  },
  {
    name: 'memfleet_receiving_bytes',
    type: 'gauge',
    ...sum,
    help: 'Bytes of large values that are being received.',
    samples: whole(({ receiving }) => receiving),
  },
];

const listeners: readonly MetricRow[] = [
  {
    name: 'memfleet_commands_total',
    type: 'counter',
    ...sum,
    help: 'Commands answered, by verb and result.',
    samples: ({ stats }) =>
      stats.listeners.flatMap(({ name: listener, commands }) =>
        Object.entries(commands).flatMap(([command, counts]) =>
          results.map(([result, pick]): Sample => [{ listener, command, result }, pick(counts)]),
        ),
      ),
  },
  {
    name: 'memfleet_quiet_commands_total',
    type: 'counter',
    ...sum,
    help: 'Commands that asked for silence.',
    samples: ({ stats }) =>
      stats.listeners.flatMap(({ name: listener, commands }) =>
        Object.entries(commands).map(([command, { quiet }]): Sample => [{ listener, command }, quiet]),
      ),
  },
  {
    name: 'memfleet_multiget_keys_total',
    type: 'counter',
    ...sum,
    help: 'Keys in multi-key gets.',
    samples: perListener(({ multigetKeys }) => multigetKeys),
  },
  {
    name: 'memfleet_multiget_duplicates_total',
    type: 'counter',
    ...sum,
    help: 'Keys in multi-key gets that were merged with an equal one.',
    samples: perListener(({ multigetDuplicates }) => multigetDuplicates),
  },
  {
    name: 'memfleet_sessions',
    type: 'gauge',
    ...sum,
    help: 'Clients that are connected.',
    samples: perListener(({ sessions }) => sessions),
  },
  {
    name: 'memfleet_sessions_max',
    type: 'gauge',
    ...sum,
    help: 'Clients that may be connected.',
    samples: perListener(({ maxSessions }) => maxSessions),
  },
  {
    name: 'memfleet_sessions_accepted_total',
    type: 'counter',
    ...sum,
    help: 'Clients accepted.',
    samples: perListener(({ accepted }) => accepted),
  },
  {
    name: 'memfleet_sessions_rejected_total',
    type: 'counter',
    ...sum,
    help: 'Clients turned away because there were too many.',
    samples: perListener(({ rejected }) => rejected),
  },
  {
    name: 'memfleet_sessions_failed_total',
    type: 'counter',
    ...sum,
    help: 'Clients lost while they were accepted.',
    samples: perListener(({ failed }) => failed),
  },
  {
    name: 'memfleet_sessions_kicked_total',
    type: 'counter',
    ...sum,
    help: 'Clients that were closed, by reason.',
    samples: ({ stats }) =>
      stats.listeners.flatMap(({ name: listener, idleKicks, slowKicks, protocolErrors }): Sample[] => [
        [{ listener, reason: 'idle' }, idleKicks],
        [{ listener, reason: 'slow' }, slowKicks],
        [{ listener, reason: 'protocol' }, protocolErrors],
      ]),
  },
  {
    name: 'memfleet_authentications_total',
    type: 'counter',
    ...sum,
    help: 'Logins of clients, by result.',
    samples: ({ stats }) =>
      stats.listeners.flatMap(({ name: listener, authentications, authenticationFailures }): Sample[] => [
        [{ listener, result: 'ok' }, authentications - authenticationFailures],
        [{ listener, result: 'failed' }, authenticationFailures],
      ]),
  },
  {
    name: 'memfleet_session_received_bytes_total',
    type: 'counter',
    ...sum,
    help: 'Bytes read from clients.',
    samples: perListener(({ bytesRead }) => bytesRead),
  },
  {
    name: 'memfleet_session_sent_bytes_total',
    type: 'counter',
    ...sum,
    help: 'Bytes written to clients.',
    samples: perListener(({ bytesWritten }) => bytesWritten),
  },
];

const nodes: readonly MetricRow[] = [
  {
    name: 'memfleet_topology_revision',
    type: 'gauge',
    ...max,
    help: 'Counts the changes of the node list; 0 = none is known yet.',
    samples: perCluster(({ revision }) => revision),
  },
  {
    name: 'memfleet_topology_nodes',
    type: 'gauge',
    ...max,
    help: 'Nodes of the cluster.',
    samples: perCluster((its) => its.nodes.length),
  },
  {
    name: 'memfleet_node_up',
    type: 'gauge',
    ...sum,
    help: 'Processes that use the node: 0 = it is ejected everywhere.',
    samples: perNode(({ state }) => (state === 'ejected' || state === 'probing' ? 0 : 1)),
  },
  {
    name: 'memfleet_node_ejections_total',
    type: 'counter',
    ...sum,
    help: 'Ejections of the node.',
    samples: perEvent(({ ejections }) => ejections),
  },
  {
    name: 'memfleet_node_readmissions_total',
    type: 'counter',
    ...sum,
    help: 'Returns of the node after an ejection.',
    samples: perEvent(({ readmissions }) => readmissions),
  },
  {
    name: 'memfleet_pool_open',
    type: 'gauge',
    ...sum,
    help: 'Connections to the node that are ready.',
    samples: perNode(({ open }) => open),
  },
  {
    name: 'memfleet_pool_connecting',
    type: 'gauge',
    ...sum,
    help: 'Dials in progress.',
    samples: perNode(({ connecting }) => connecting),
  },
  {
    name: 'memfleet_pool_waiting',
    type: 'gauge',
    ...sum,
    help: 'Commands that wait for a connection.',
    samples: perNode(({ waiting }) => waiting),
  },
  {
    name: 'memfleet_pool_in_flight',
    type: 'gauge',
    ...sum,
    help: 'Commands whose answer is owed.',
    samples: perNode(({ inFlight }) => inFlight),
  },
  {
    name: 'memfleet_pool_connects_total',
    type: 'counter',
    ...sum,
    help: 'Connections that became ready.',
    samples: perNode(({ connects }) => connects),
  },
  {
    name: 'memfleet_pool_connect_failures_total',
    type: 'counter',
    ...sum,
    help: 'Dials that failed.',
    samples: perNode(({ connectFailures }) => connectFailures),
  },
  {
    name: 'memfleet_pool_disconnects_total',
    type: 'counter',
    ...sum,
    help: 'Connections that ended.',
    samples: perNode(({ disconnects }) => disconnects),
  },
  {
    name: 'memfleet_pool_timeouts_total',
    type: 'counter',
    ...sum,
    help: 'Commands that timed out on a connection.',
    samples: perNode(({ timeouts }) => timeouts),
  },
  {
    name: 'memfleet_pool_waits_total',
    type: 'counter',
    ...sum,
    help: 'Commands that had to wait for a connection.',
    samples: perNode(({ waits }) => waits),
  },
  {
    name: 'memfleet_pool_refused_total',
    type: 'counter',
    ...sum,
    help: 'Commands refused because too many were waiting.',
    samples: perNode(({ refused }) => refused),
  },
];

const frontCaches: readonly MetricRow[] = [
  {
    name: 'memfleet_front_cache_items',
    type: 'gauge',
    ...sum,
    help: 'Items in the front cache.',
    samples: perFrontCache(({ items }) => items),
  },
  {
    name: 'memfleet_front_cache_bytes',
    type: 'gauge',
    ...sum,
    help: 'Bytes of these items.',
    samples: perFrontCache(({ bytes }) => bytes),
  },
  {
    name: 'memfleet_front_cache_hits_total',
    type: 'counter',
    ...sum,
    help: 'Gets answered from the front cache.',
    samples: perFrontCache(({ hits }) => hits),
  },
  {
    name: 'memfleet_front_cache_misses_total',
    type: 'counter',
    ...sum,
    help: 'Gets that found nothing in it.',
    samples: perFrontCache(({ misses }) => misses),
  },
  {
    name: 'memfleet_front_cache_expires_total',
    type: 'counter',
    ...sum,
    help: 'Gets that found an item too old.',
    samples: perFrontCache(({ expires }) => expires),
  },
  {
    name: 'memfleet_front_cache_deletes_total',
    type: 'counter',
    ...sum,
    help: 'Items taken out for a write.',
    samples: perFrontCache(({ deletes }) => deletes),
  },
  {
    name: 'memfleet_front_cache_evictions_total',
    type: 'counter',
    ...sum,
    help: 'Items evicted because the cache was full.',
    samples: perFrontCache(({ evictions }) => evictions),
  },
];

/** All metrics of a proxy. */
export const metricTable: readonly MetricRow[] = [...general, ...listeners, ...nodes, ...frontCaches];
