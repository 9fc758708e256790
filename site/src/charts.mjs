/**
 * Charts as text of SVG, drawn when the site is built from what `npm run bench -- … --json` wrote (docs/figures). A
 * page names the place:
 *
 *   <!-- chart: client -->
 *
 * Colours and fonts are those of the page (theme/style.css). No line is empty: Markdown ends HTML there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ median: number, min?: number, max?: number }} Spread
 * @typedef {{ workload: string, other: string, rateRatio?: Spread, cpu?: Spread, p99?: Spread }} Comparison
 *
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} source the file of its figures
 * @property {'rateRatio' | 'cpu' | 'p99'} of what is drawn: a multiple, or microseconds
 * @property {Readonly<Record<string, string>>} [workloads] those that it shows, with what they are; without, all under
 *   their names
 */

/** @type {Readonly<Record<string, Chart>>} */
const charts = {
  client: {
    title: 'Calls a second of memfleet as a multiple of those of each client',
    source: 'client.json',
    of: 'rateRatio',
    workloads: {
      'get100-256': 'get of 100 bytes, 256 in flight',
      'set100-256': 'set of 100 bytes, 256 in flight',
      'get4k-64': 'get of 4 KB, 64 in flight',
      'get100k-8': 'get of 100 KB, 8 in flight',
      'getjson1k-256': 'get of an object, 1 KB of JSON, 256 in flight',
      'getmany100-8': 'getMany of 100 keys, 8 in flight',
    },
  },
  languages: {
    title: 'CPU of a key in µs',
    source: 'languages.json',
    of: 'cpu',
    workloads: {
      'get100-1': 'get of 100 bytes, one at a time',
      'get100-256': 'get of 100 bytes, many at once',
      'set100-256': 'set of 100 bytes, many at once',
      'getmany100-1': 'multi-get of 100 keys, one at a time',
    },
  },
  tails: {
    title: 'p99 of a get of 100 bytes in µs, from when it was due',
    source: 'open-loop.json',
    of: 'p99',
    workloads: {
      '10k': '10 000 gets/s',
      '50k': '50 000 gets/s',
      '100k': '100 000 gets/s',
      '10k-getmany': '10 000 gets/s beside a getMany of 10 000 keys',
      '10k-large': '10 000 gets/s beside a get of 1 MB',
    },
  },
  proxy: {
    title: 'Requests a second of the proxy as a multiple of those of nutcracker',
    source: 'proxy.json',
    of: 'rateRatio',
  },
  server: {
    title: 'Requests a second of the embedded server as a multiple of those of memcached',
    source: 'server.json',
    of: 'rateRatio',
  },
};

const place = /^<!-- chart: (\w+) -->$/gm;

/** The page with its charts. @param {string} page @param {string} figures the folder of the results */
export function withCharts(page, figures) {
  return page.replaceAll(place, (_, name) => {
    const chart = charts[name];
    if (chart === undefined) throw new Error(`there is no chart "${name}"`);
    const result = JSON.parse(readFileSync(join(figures, chart.source), 'utf8'));
    return draw(chart, result.comparisons ?? result.lines);
  });
}

const width = 440;
const left = 150;
const right = 46;
const rowHeight = 22;
const headHeight = 30;

/**
 * A bar for each comparison, from 1 to its median; a thin line from the lowest round to the highest. Times begin at the
 * left. The scale is logarithmic, so that twice and half are equally far from 1. Comparisons with several others stand
 * together by workload.
 * @param {Chart} chart @param {readonly Comparison[]} comparisons
 */
export function draw(chart, comparisons) {
  const { of, workloads, title } = chart;
  const shown = comparisons.flatMap(({ workload, other, [of]: value }) =>
    value === undefined || (workloads !== undefined && !(workload in workloads)) ? [] : [{ workload, other, value }],
  );
  const isGrouped = new Set(shown.map(({ other }) => other)).size > 1;
  const values = shown.flatMap(({ value: { median, min = median, max = median } }) => [min, max]);
  const isTime = of !== 'rateRatio';
  const low = isTime ? Math.min(...values) / 2 : Math.min(0.8, ...values);
  const high = Math.max(1.25, ...values);
  const base = isTime ? low : 1;
  /** @param {number} value */
  const x = (value) => Math.round(left + ((width - left - right) * Math.log(value / low)) / Math.log(high / low));
  /** @type {string[]} */
  const parts = [];
  let y = 0;
  let heading = '';
  for (const { workload, other, value } of shown) {
    if (isGrouped && workload !== heading) {
      heading = workload;
      y += headHeight;
      parts.push(text(0, y - 8, 'chart-heading', workloads?.[heading] ?? heading));
    }
    const side = (isTime ? other === 'memfleet' : value.median >= 1) ? 'chart-faster' : 'chart-slower';
    parts.push(...bar(value, isGrouped ? other : workload, side, { x, y, base }));
    y += rowHeight;
  }
  if (!isTime)
    parts.push(
      `<line class="chart-one" x1="${x(1)}" x2="${x(1)}" y1="0" y2="${y + 4}"/>`,
      text(x(1), y + 20, 'chart-label', '1: as fast'),
    );
  const size = `viewBox="0 0 ${width} ${y + 26}"`;
  return [
    '<figure class="chart">',
    `<svg ${size} role="img" aria-label="${escape(title)}">`,
    ...parts,
    '</svg>',
    `<figcaption>${escape(title)}, on a logarithmic scale. The table has the figures.</figcaption>`,
    '</figure>',
  ].join('\n');
}

/**
 * @param {Spread} value @param {string} name @param {string} side the colour
 * @param {{ x: (value: number) => number, y: number, base: number }} place where a value is, the row, where bars begin
 */
function bar({ median, min, max }, name, side, { x, y, base }) {
  const [from = 0, to = 0] = [x(median), x(base)].sort((a, b) => a - b);
  const end = Math.max(x(base), x(median), max === undefined ? 0 : x(max)) + 6;
  const drawn = [
    text(left - 10, y + 15, 'chart-name', name),
    `<rect class="${side}" x="${from}" y="${y + 4}" width="${Math.max(1, to - from)}" height="${rowHeight - 8}"/>`,
    text(end, y + 15, 'chart-value', median.toFixed(median < 10 ? 2 : median < 100 ? 1 : 0)),
  ];
  if (min === undefined || max === undefined) return drawn;
  const middle = y + rowHeight / 2;
  return [...drawn, `<line class="chart-range" x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}"/>`];
}

/** @param {number} x @param {number} y @param {string} kind @param {string} content */
const text = (x, y, kind, content) => `<text class="${kind}" x="${x}" y="${y}">${escape(content)}</text>`;

/** @param {string} content */
const escape = (content) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('{', '&#123;');
