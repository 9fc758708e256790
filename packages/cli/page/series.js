/**
 * The charts: which lines each has, and how a point becomes a value.
 *
 * @import { Point } from '../src/dashboard/snapshot.ts'
 */
import { duration, number, percent } from './format.js';
import { countsOf, percentile } from './latency.js';

/**
 * @typedef {object} View What the user has chosen, and what the figures mean.
 * @property {string | undefined} node undefined = all nodes
 * @property {readonly number[]} bounds of the buckets of latencies, in seconds
 * @property {'proxy' | 'fleet'} source
 */

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {(point: Point, view: View) => number | undefined} value
 */

/**
 * @typedef {object} ChartSpec
 * @property {string} id
 * @property {string} title
 * @property {(value: number | undefined) => string} format
 * @property {readonly Line[]} lines
 * @property {boolean} [isShare] from 0 to 1
 * @property {boolean} [isPerNode] changes with the chosen node
 * @property {'proxy' | 'fleet'} [only]
 */

/** @param {number | undefined} value */
const perSecond = (value) => (value === undefined ? '–' : `${number(value)}/s`);
/** @param {number | undefined} value */
const plain = (value) => (value === undefined ? '–' : number(value));

const reads = ['get', 'gets', 'gat'];
const stores = ['set', 'add', 'replace', 'append', 'prepend', 'cas'];

/** @param {readonly string[]} names @returns {Line['value']} */
const ofCommands =
  (names) =>
  ({ commands }) =>
    names.reduce((sum, name) => sum + (commands[name] ?? 0), 0);

/** @param {number} share @returns {Line} */
const quantile = (share) => ({
  label: `p${share * 100}`,
  value: (point, { node, bounds }) => percentile(countsOf([point], node, bounds.length + 1), bounds, share),
});

/** Hits of gets by all gets; undefined when there were none. @param {Pick<Point, 'hits' | 'misses'>} point */
export function hitRatio({ hits, misses }) {
  return hits + misses === 0 ? undefined : hits / (hits + misses);
}

/** @type {readonly ChartSpec[]} */
export const charts = [
  {
    id: 'requests',
    title: 'Requests by verb',
    format: perSecond,
    lines: [
      { label: 'get', value: ofCommands(reads) },
      { label: 'store', value: ofCommands(stores) },
      { label: 'delete', value: ofCommands(['delete']) },
      { label: 'incr, decr', value: ofCommands(['incr', 'decr']) },
      { label: 'touch', value: ofCommands(['touch']) },
      {
        label: 'other',
        value: ({ commands }) =>
          Object.entries(commands)
            .filter(([name]) => ![...reads, ...stores, 'delete', 'incr', 'decr', 'touch'].includes(name))
            .reduce((sum, [, rate]) => sum + rate, 0),
      },
    ],
  },
  {
    id: 'results',
    title: 'Requests by result',
    format: perSecond,
    lines: [
      { label: 'ok', value: ({ results }) => results.ok },
      { label: 'error', value: ({ results }) => results.error },
      { label: 'miss', value: ({ results }) => results.miss },
      { label: 'not stored', value: ({ results }) => results.not_stored + results.exists },
    ],
  },
  {
    id: 'latency',
    title: 'Latency',
    format: duration,
    isPerNode: true,
    lines: [quantile(0.5), quantile(0.95), quantile(0.99)],
  },
  {
    id: 'hits',
    title: 'Hit ratio of gets',
    format: percent,
    isShare: true,
    lines: [{ label: 'hits', value: hitRatio }],
  },
  {
    id: 'pools',
    title: 'Pools',
    format: plain,
    only: 'proxy',
    lines: [
      { label: 'in flight', value: ({ inFlight }) => inFlight },
      { label: 'waiting', value: ({ waiting }) => waiting },
      { label: 'open', value: ({ open }) => open },
    ],
  },
  {
    id: 'sessions',
    title: 'Sessions',
    format: plain,
    only: 'proxy',
    lines: [{ label: 'clients', value: ({ sessions }) => sessions }],
  },
  {
    id: 'connections',
    title: 'Connections of the nodes',
    format: plain,
    only: 'fleet',
    lines: [{ label: 'clients', value: ({ sessions }) => sessions }],
  },
  {
    id: 'evictions',
    title: 'Evictions',
    format: perSecond,
    only: 'fleet',
    lines: [{ label: 'items', value: ({ evictions }) => evictions }],
  },
  {
    id: 'saved',
    title: 'Gets that no node was asked for',
    format: perSecond,
    only: 'proxy',
    lines: [
      { label: 'front cache hits', value: ({ frontHits }) => frontHits },
      { label: 'merged gets', value: ({ mergedKeys }) => mergedKeys },
    ],
  },
  {
    id: 'loop',
    title: 'Event-loop delay (p99, the worst process)',
    format: duration,
    lines: [{ label: 'delay', value: ({ loopDelay }) => loopDelay }],
  },
];
