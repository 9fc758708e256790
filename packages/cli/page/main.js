/**
 * The page: receives events, keeps the points of the chosen time span, and draws.
 *
 *   EventSource ─▶ history, sample, config ─▶ model ─ once for each event ─▶ tiles, charts, heat map, tables, lists
 *
 * @import { LogLine, Mark, PageEvents, Point, Snapshot } from '../src/dashboard/snapshot.ts'
 */
import { Chart } from './charts.js';
import { age, duration, number, percent, time } from './format.js';
import { drawHeatMap } from './heat-map.js';
import { countsOf, percentile } from './latency.js';
import { charts as chartSpecs, hitRatio } from './series.js';
import {
  bareNodeTable,
  commandTable,
  frontCacheTable,
  hotKeyTable,
  listenerTable,
  pooledNodeTable,
  processTable,
} from './table-specs.js';
import { Table } from './tables.js';

/** What is kept, so that a page that stays open for weeks does not grow. */
const kept = { points: 3600, marks: 200, lines: 500 };

/** Figures of tables are about this time, in ms. */
const recent = 60_000;

/** After this time without an event the page says so, in ms. */
const patience = 15_000;

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id */
const selectAt = (id) => /** @type {HTMLSelectElement} */ (at(id));

/** Changes a text only if it differs, as screen readers and selections notice. @param {string} id @param {string} text */
function say(id, text) {
  const element = at(id);
  if (element.textContent !== text) element.textContent = text;
}

/** @type {Point[]} */
let points = [];
/** @type {Mark[]} */
let marks = [];
/** @type {LogLine[]} */
let lines = [];
/** @type {Snapshot | undefined} */
let snapshot;
let isPaused = false;
let lastEvent = 0;

/** @type {Chart[]} */
const charts = [];

const tables = {
  commands: new Table(commandTable),
  pooledNodes: new Table(pooledNodeTable),
  bareNodes: new Table(bareNodeTable),
  listeners: new Table(listenerTable),
  frontCaches: new Table(frontCacheTable),
  hotKeys: new Table(hotKeyTable),
  processes: new Table(processTable),
};

/** @param {'live' | 'lost' | 'paused' | 'connecting'} state @param {string} [text] */
function setState(state, text = state) {
  at('state').className = state;
  say('state', text);
}

function chosenNode() {
  const { value } = selectAt('node');
  return value === '' ? undefined : value;
}

/** @param {Snapshot} now */
function offerNodes(now) {
  const select = selectAt('node');
  const names = [...new Set(now.nodes.map(({ node }) => node))];
  const known = [...select.options].slice(1).map(({ value }) => value);
  if (names.join('\n') === known.join('\n')) return;
  const chosen = select.value;
  select.replaceChildren(new Option('all nodes', ''), ...names.map((name) => new Option(name, name)));
  select.value = names.includes(chosen) ? chosen : '';
}

/** @param {Snapshot} now @param {readonly Point[]} last @returns {readonly (readonly [string, string, boolean])[]} */
function tilesOf(now, last) {
  const point = points.at(-1);
  const rate = Object.values(point?.commands ?? {}).reduce((sum, value) => sum + value, 0);
  const counts = countsOf(last, undefined, now.latencyBounds.length + 1);
  const out = now.nodes.filter(({ state }) => ['ejected', 'probing', 'down', 'slow'].includes(state)).length;
  const errors = point?.results.error ?? 0;
  const waiting = point?.waiting ?? 0;
  return [
    ['Requests', `${number(rate)}/s`, false],
    ['Errors', `${number(errors)}/s`, errors > 0],
    ['Hit ratio', percent(point === undefined ? undefined : hitRatio(point)), false],
    ['p50 (1 min)', duration(percentile(counts, now.latencyBounds, 0.5)), false],
    ['p99 (1 min)', duration(percentile(counts, now.latencyBounds, 0.99)), false],
    ['Nodes in use', `${now.nodes.length - out} of ${now.nodes.length}`, out > 0],
    ...(now.source === 'proxy'
      ? /** @type {const} */ ([
          ['Sessions', number(now.listeners.reduce((sum, { sessions }) => sum + sessions, 0)), false],
          ['In flight', number(point?.inFlight ?? 0), false],
          ['Waiting', number(waiting), waiting > 0],
        ])
      : /** @type {const} */ ([
          ['Connections', number(point?.sessions ?? 0), false],
          ['Items', number(now.nodes.reduce((sum, { server }) => sum + (server?.items ?? 0), 0)), false],
          ['Evictions', `${number(point?.evictions ?? 0)}/s`, (point?.evictions ?? 0) > 0],
        ])),
  ];
}

/** @param {ReturnType<typeof tilesOf>} tiles */
function showTiles(tiles) {
  const list = at('tiles');
  while (list.children.length > tiles.length) list.lastElementChild?.remove();
  for (const [index, [title, value, isBad]] of tiles.entries()) {
    let box = list.children[index];
    if (box === undefined) {
      box = document.createElement('div');
      box.append(document.createElement('dt'), document.createElement('dd'));
      list.append(box);
    }
    box.className = isBad ? 'bad' : '';
    const [term, figure] = box.children;
    if (term !== undefined && term.textContent !== title) term.textContent = title;
    if (figure !== undefined && figure.textContent !== value) figure.textContent = value;
  }
}

/** @param {Snapshot} now @param {readonly Point[]} last */
function showTables(now, last) {
  const point = points.at(-1);
  const bounds = now.latencyBounds;
  const rated = now.nodes.map((node) => {
    const counts = countsOf(last, node.node, bounds.length + 1);
    return {
      ...node,
      rate: point?.requests[node.node] ?? 0,
      p50: percentile(counts, bounds, 0.5),
      p99: percentile(counts, bounds, 0.99),
    };
  });
  const isProxy = now.source === 'proxy';
  const came = now.commands.filter((row) => row.ok + row.miss + row.not_stored + row.exists + row.error > 0);
  tables.commands.fill(came.map((row) => ({ ...row, rate: point?.commands[row.command] ?? 0 })));
  tables.pooledNodes.fill(isProxy ? rated : []);
  tables.bareNodes.fill(isProxy ? [] : rated);
  tables.listeners.fill(now.listeners);
  tables.frontCaches.fill(now.frontCaches);
  tables.processes.fill(now.processes.map((process) => ({ ...process, share: point?.cpu[process.name] })));
  const { hotKeys } = now;
  tables.hotKeys.fill(
    (hotKeys?.keys ?? []).map((row) => ({
      ...row,
      rate: row.count / Math.max(1, hotKeys?.seconds ?? 1),
      share: row.count / Math.max(1, hotKeys?.commands ?? 1),
    })),
  );
}

/** @param {Snapshot} now */
function showCharts(now) {
  const to = now.at;
  const from = to - 1000 * Number(selectAt('span').value);
  const first = points.findIndex((point) => point.at >= from);
  // The one before, so that lines begin at the edge.
  const shown = first < 0 ? [] : points.slice(Math.max(0, first - 1));
  const node = chosenNode();
  const bounds = now.latencyBounds;
  for (const chart of charts) chart.draw(shown, marks, { node, bounds, source: now.source, from, to });
  const buckets = bounds.length + 1;
  drawHeatMap(/** @type {HTMLCanvasElement} */ (at('heat')), shown, { node, buckets, from, to });
  say('heat-node', node ?? 'all nodes');
  const counts = countsOf(shown, node, buckets);
  const [half, most] = [percentile(counts, bounds, 0.5), percentile(counts, bounds, 0.99)];
  say(
    'heat-text',
    `In the time shown, half of the replies came within ${duration(half)}, 99 % within ${duration(most)}.`,
  );
  const labels = at('heat-labels');
  if (labels.childElementCount === 0 && bounds.length > 0) {
    const chosen = [bounds.at(-1), bounds[Math.floor(bounds.length / 2)], bounds[0]];
    for (const bound of chosen)
      labels.append(Object.assign(document.createElement('span'), { textContent: duration(bound) }));
  }
}

function showMarks() {
  at('no-marks').hidden = marks.length > 0;
  const items = [...marks].reverse().map((mark) => listItem(mark.kind, mark.at, mark.text));
  at('marks').replaceChildren(...items);
}

const severities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

function showLog() {
  const least = Number(selectAt('level').value) / 10 - 1;
  const shown = lines.filter(({ level }) => severities.indexOf(level) >= least).reverse();
  at('no-log').hidden = shown.length > 0;
  at('log').replaceChildren(
    ...shown.map(({ at: when, level, message, fields }) => listItem(level, when, `${level} ${message} ${fields}`)),
  );
}

/** @param {string} look @param {number} when @param {string} text */
function listItem(look, when, text) {
  const item = document.createElement('li');
  item.className = look;
  const clock = document.createElement('time');
  clock.dateTime = new Date(when).toISOString();
  clock.textContent = time(when);
  item.append(clock, text);
  return item;
}

let isAwaited = false;

/** Shows what is there at the next frame: events that come faster than frames are one, and a hidden page draws nothing. */
function show() {
  if (isAwaited) return;
  isAwaited = true;
  requestAnimationFrame(() => {
    isAwaited = false;
    if (snapshot !== undefined && !isPaused) draw(snapshot);
  });
}

/** @param {Snapshot} now */
function draw(now) {
  const last = points.filter((point) => point.at > now.at - recent);
  const what = now.source === 'proxy' ? 'proxy' : 'fleet';
  say('about', `${what}, memfleet ${now.version}, up for ${age(now.uptime)}`);
  document.title = `memfleet ${what}`;
  at('unready').hidden = now.unready.length === 0;
  say('unready', `Not ready for clients: ${now.unready.join('; ')}`);
  if (now.config !== undefined) say('revision', String(now.config.revision));
  offerNodes(now);
  showTiles(tilesOf(now, last));
  showTables(now, last);
  chooseCharts(now.source);
  showCharts(now);
}

/** @param {'proxy' | 'fleet'} source */
function chooseCharts(source) {
  if (charts.length > 0) return;
  charts.push(...chartSpecs.filter(({ only = source }) => only === source).map((spec) => new Chart(spec)));
  at('charts').append(...charts.map(({ element }) => element));
}

/** @param {PageEvents['config']} config */
function showConfig({ origin, settings, problems, refusedAt }) {
  at('config-section').hidden = false;
  say('origin', origin);
  say('config', JSON.stringify(settings, undefined, 2));
  at('refused').hidden = problems.length === 0;
  say('refused-at', refusedAt === undefined ? '' : time(refusedAt));
  at('problems').replaceChildren(
    ...problems.map((problem) => Object.assign(document.createElement('li'), { textContent: problem })),
  );
}

/** @type {{ readonly [Name in keyof PageEvents]: (data: PageEvents[Name]) => void }} */
const handlers = {
  history(data) {
    points = [...data.points];
    marks = [...data.marks];
    lines = [...data.log];
    showMarks();
    showLog();
  },
  config: showConfig,
  sample(data) {
    snapshot = data.snapshot;
    if (data.point !== undefined) points = [...points, data.point].slice(-kept.points);
    if (data.marks.length > 0) {
      marks = [...marks, ...data.marks].slice(-kept.marks);
      showMarks();
    }
    if (data.log.length > 0) {
      lines = [...lines, ...data.log].slice(-kept.lines);
      if (!isPaused) showLog();
    }
    show();
  },
};

function connect() {
  const source = new EventSource('events');
  for (const [name, handle] of Object.entries(handlers))
    source.addEventListener(name, (event) => {
      lastEvent = Date.now();
      if (!isPaused) setState('live');
      handle(JSON.parse(event.data));
    });
  source.addEventListener('error', () => {
    setState('lost', 'connection lost, trying again');
    // After a refusal (401, 503) a browser does not try again.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  });
}

at('tables').append(
  tables.pooledNodes.element,
  tables.bareNodes.element,
  tables.commands.element,
  tables.hotKeys.element,
  tables.listeners.element,
  tables.frontCaches.element,
  tables.processes.element,
);
for (const id of ['span', 'node']) at(id).addEventListener('change', show);
at('level').addEventListener('change', showLog);
at('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  at('pause').setAttribute('aria-pressed', String(isPaused));
  setState(isPaused ? 'paused' : 'live');
  showLog();
  show();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.restyle();
  show();
});
setInterval(() => {
  if (Date.now() - lastEvent > patience && !isPaused && lastEvent > 0)
    setState('lost', `no data received for ${patience / 1000} s`);
}, 5000);
connect();
