/**
 * The tables of the page: their columns.
 *
 * @import { CommandRow, FrontCacheRow, HotKeyRows, ListenerRow, NodeRow, ProcessRow } from '../src/dashboard/snapshot.ts'
 * @import { Column, TableSpec } from './tables.js'
 */
import { age, bytes, count, duration, number, percent } from './format.js';

/** @typedef {CommandRow & { readonly rate: number }} RatedCommand */
/** @typedef {NodeRow & { readonly rate: number; readonly p50: number | undefined; readonly p99: number | undefined }} RatedNode */
/** @typedef {ProcessRow & { readonly share: number | undefined }} RatedProcess */
/** @typedef {HotKeyRows['keys'][number] & { readonly share: number; readonly rate: number }} RatedKey */

/** @param {number} value */
const rate = (value) => `${number(value)}/s`;

/** @type {TableSpec<RatedCommand>} */
export const commandTable = {
  id: 'commands',
  title: 'Commands since the start',
  key: ({ command }) => command,
  columns: [
    { title: 'Verb', value: ({ command }) => command },
    { title: 'Now', value: (row) => row.rate, show: rate },
    { title: 'ok', value: ({ ok }) => ok, show: count },
    { title: 'miss', value: ({ miss }) => miss, show: count },
    { title: 'not stored', value: (row) => row.not_stored, show: count },
    { title: 'exists', value: ({ exists }) => exists, show: count },
    { title: 'error', value: ({ error }) => error, show: count, look: ({ error }) => (error > 0 ? 'warn' : '') },
  ],
};

/** @type {Readonly<Record<string, 'bad' | 'warn'>>} */
const looks = { ejected: 'bad', down: 'bad', probing: 'bad', mixed: 'warn', slow: 'warn', suspect: 'warn' };

/** @type {readonly Column<RatedNode>[]} */
const anyNode = [
  { title: 'Node', value: ({ node }) => node },
  { title: 'Cluster', value: ({ cluster }) => cluster },
  { title: 'State', value: ({ state }) => state, look: ({ state }) => looks[state] ?? '' },
  { title: 'Requests', value: (row) => row.rate, show: rate },
  { title: 'p50', value: ({ p50 }) => p50, show: duration },
  { title: 'p99', value: ({ p99 }) => p99, show: duration },
];

/** @type {TableSpec<RatedNode>} */
export const pooledNodeTable = {
  id: 'nodes',
  title: 'Nodes and their pools',
  key: ({ cluster, node }) => `${cluster} ${node}`,
  columns: [
    ...anyNode,
    { title: 'In flight', value: ({ pool }) => pool?.inFlight, show: count },
    {
      title: 'Waiting',
      value: ({ pool }) => pool?.waiting,
      show: count,
      look: ({ pool }) => ((pool?.waiting ?? 0) > 0 ? 'warn' : ''),
    },
    { title: 'Open', value: ({ pool }) => pool?.open, show: count },
    { title: 'Dialling', value: ({ pool }) => pool?.connecting, show: count },
    { title: 'Connects', value: ({ pool }) => pool?.connects, show: count },
    { title: 'Failed dials', value: ({ pool }) => pool?.connectFailures, show: count },
    { title: 'Timeouts', value: ({ pool }) => pool?.timeouts, show: count },
    { title: 'Waits', value: ({ pool }) => pool?.waits, show: count },
    { title: 'Refused', value: ({ pool }) => pool?.refused, show: count },
    { title: 'Ejections', value: ({ ejections }) => ejections, show: count },
    { title: 'vBuckets', value: ({ vbuckets }) => vbuckets, show: count },
  ],
};

/** @type {TableSpec<RatedNode>} */
export const bareNodeTable = {
  id: 'nodes',
  title: 'Nodes',
  key: ({ node }) => node,
  columns: [
    ...anyNode.filter(({ title }) => title !== 'Cluster'),
    { title: 'Version', value: ({ server }) => server?.version },
    { title: 'Up for', value: ({ server }) => server?.uptime, show: age },
    { title: 'Items', value: ({ server }) => server?.items, show: count },
    { title: 'Memory', value: ({ server }) => server?.bytes, show: bytes },
    { title: 'Limit', value: ({ server }) => server?.maxBytes, show: bytes },
    {
      title: 'Used',
      value: ({ server }) =>
        server === undefined || server.maxBytes === 0 ? undefined : server.bytes / server.maxBytes,
      show: percent,
    },
    {
      title: 'Evictions',
      value: ({ server }) => server?.evictions,
      show: count,
      look: ({ server }) => ((server?.evictions ?? 0) > 0 ? 'warn' : ''),
    },
    { title: 'Connections', value: ({ server }) => server?.connections, show: count },
    { title: 'Received', value: ({ server }) => server?.received, show: bytes },
    { title: 'Sent', value: ({ server }) => server?.sent, show: bytes },
    { title: 'Error', value: ({ server }) => server?.error ?? '', look: () => 'bad' },
  ],
};

/** @type {TableSpec<ListenerRow>} */
export const listenerTable = {
  id: 'listeners',
  title: 'Listeners and their sessions',
  key: ({ listener }) => listener,
  columns: [
    { title: 'Listener', value: ({ listener }) => listener },
    { title: 'Address', value: ({ address }) => address },
    { title: 'Route', value: ({ route }) => route },
    {
      title: 'Sessions',
      value: ({ sessions }) => sessions,
      show: count,
      look: ({ sessions, maxSessions }) => (sessions > maxSessions * 0.8 ? 'warn' : ''),
    },
    { title: 'Limit', value: ({ maxSessions }) => maxSessions, show: count },
    { title: 'Accepted', value: ({ accepted }) => accepted, show: count },
    { title: 'Rejected', value: ({ rejected }) => rejected, show: count },
    { title: 'Closed', value: ({ kicked }) => kicked, show: count },
    { title: 'Received', value: ({ received }) => received, show: bytes },
    { title: 'Sent', value: ({ sent }) => sent, show: bytes },
  ],
};

/** @type {TableSpec<FrontCacheRow>} */
export const frontCacheTable = {
  id: 'front-caches',
  title: 'Front caches',
  key: ({ route }) => route,
  columns: [
    { title: 'Route', value: ({ route }) => route },
    { title: 'Items', value: ({ items }) => items, show: count },
    { title: 'Size', value: (row) => row.bytes, show: bytes },
    { title: 'Hits', value: ({ hits }) => hits, show: count },
    { title: 'Misses', value: ({ misses }) => misses, show: count },
    { title: 'Expired', value: ({ expires }) => expires, show: count },
    { title: 'Evictions', value: ({ evictions }) => evictions, show: count },
  ],
};

/** @type {TableSpec<RatedKey>} */
export const hotKeyTable = {
  id: 'hot-keys',
  title: 'Hottest keys (estimates for the last seconds)',
  key: ({ key }) => key,
  columns: [
    { title: 'Key', value: ({ key }) => key, look: () => 'key' },
    { title: 'Requests', value: (row) => row.rate, show: rate },
    { title: 'Share', value: ({ share }) => share, show: percent },
  ],
};

/** @type {TableSpec<RatedProcess>} */
export const processTable = {
  id: 'processes',
  title: 'Processes',
  key: ({ pid }) => String(pid),
  columns: [
    { title: 'Process', value: ({ name }) => name },
    { title: 'PID', value: ({ pid }) => pid, show: String },
    { title: 'CPU', value: ({ share }) => share, show: percent },
    { title: 'Memory', value: ({ memory }) => memory, show: bytes },
    { title: 'Event-loop delay (p99)', value: ({ loopDelay }) => loopDelay, show: duration },
  ],
};
