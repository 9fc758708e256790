/**
 * Metrics of connections, by pool: the connections of all clients to one node.
 *
 *   channels: connect, pool-wait ─▶ create_time, wait_time, timeouts    of every client
 *   stats() of watched clients ───▶ count, limit, pending_requests      when a reader collects
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { ClusterStats, NodeStats } from '../cluster/stats.ts';
import { TimeoutError } from '../core/errors.ts';
import { channels, type ConnectMessage, type TypedChannel, type WaitMessage } from '../observe/channels.ts';

/** What has connections: a `Client`. */
export interface StatsSource {
  /** A snapshot of the nodes and their pools. */
  stats(): ClusterStats;
}

/** Something that is counted in the pools of a node. */
interface Gauge {
  readonly instrument: Observable;
  readonly attributes?: Attributes;
  readonly read: (node: NodeStats) => number;
}

function ofPool(node: string): Attributes {
  return { 'db.client.connection.pool.name': node };
}

function gaugesOf(meter: Meter): readonly Gauge[] {
  const count = meter.createObservableUpDownCounter('db.client.connection.count', {
    description: 'The number of connections that are currently in state described by the state attribute.',
    unit: '{connection}',
  });
  const limit = meter.createObservableUpDownCounter('db.client.connection.limit', {
    description: 'The maximum number of open connections allowed.',
    unit: '{connection}',
  });
  const pending = meter.createObservableUpDownCounter('db.client.connection.pending_requests', {
    description: 'The number of current pending requests for an open connection.',
    unit: '{request}',
  });
  return [
    {
      instrument: count,
      attributes: { 'db.client.connection.state': 'idle' },
      read: ({ open, busy }) => open - busy,
    },
    { instrument: count, attributes: { 'db.client.connection.state': 'used' }, read: ({ busy }) => busy },
    { instrument: limit, read: ({ limit: most }) => most },
    { instrument: pending, read: ({ waiting }) => waiting },
  ];
}

/** Reports the pools of `sources`, which may change, until the function that it returns is called. */
export function reportPools(meter: Meter, sources: ReadonlySet<StatsSource>): () => void {
  const gauges = gaugesOf(meter);
  const instruments = [...new Set(gauges.map(({ instrument }) => instrument))];
  const observe = (result: BatchObservableResult): void => {
    const all = [...sources].flatMap((source) => source.stats().nodes);
    for (const pool of new Set(all.map(({ node }) => node))) {
      const nodes = all.filter(({ node }) => node === pool);
      for (const { instrument, attributes, read } of gauges) {
        const total = nodes.reduce((sum, node) => sum + read(node), 0);
        result.observe(instrument, total, { ...ofPool(pool), ...attributes });
      }
    }
  };
  meter.addBatchObservableCallback(observe, instruments);
  return () => meter.removeBatchObservableCallback(observe, instruments);
}

function listen<Message>({ name }: TypedChannel<Message>, onMessage: (message: Message) => void): () => void {
  const listener = (message: unknown): void => onMessage(message as Message);
  subscribe(name, listener);
  return () => void unsubscribe(name, listener);
}

/** Reports dials and waits of all clients until the function that it returns is called. */
export function reportConnections(meter: Meter): () => void {
  const seconds = (name: string, description: string): ReturnType<Meter['createHistogram']> =>
    meter.createHistogram(`db.client.connection.${name}`, { description, unit: 's' });
  const createTime = seconds('create_time', 'The time it took to create a new connection.');
  const waitTime = seconds('wait_time', 'The time it took to obtain an open connection from the pool.');
  const timeouts = meter.createCounter('db.client.connection.timeouts', {
    description: 'The number of connection timeouts that have occurred trying to obtain a connection from the pool.',
    unit: '{timeout}',
  });
  const ends = [
    listen<ConnectMessage>(channels.connect, ({ node, duration }) => createTime.record(duration / 1000, ofPool(node))),
    listen<WaitMessage>(channels.wait, ({ node, duration, error }) => {
      if (error === undefined) waitTime.record(duration / 1000, ofPool(node));
      else if (error instanceof TimeoutError) timeouts.add(1, ofPool(node));
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
