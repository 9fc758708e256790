/** The files of examples/proxy/monitoring, judged by promtool and by a real Prometheus. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardJson } from '../../../../scripts/monitoring/dashboard.mjs';
import { describeBinaries } from '../../../memfleet/test/support/real-memcached.ts';
import { startDashboard } from '../../src/dashboard/run-dashboard.ts';
import { embedded } from '../proxy/embedded.ts';
import { RunningProxy } from '../proxy/running-proxy.ts';
import { scratch } from '../proxy/scratch.ts';
import { TextClient } from '../proxy/text-client.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

const folder = fileURLToPath(new URL('../../../../examples/proxy/monitoring/', import.meta.url));
const read = (name: string): string => readFileSync(`${folder}${name}`, 'utf8');
const timeout = 20_000;

interface Rule {
  readonly alert?: string;
  readonly expr: string;
}

const rules = (parse(read('alerts.yml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups
  .flatMap((group) => group.rules)
  .filter(({ alert }) => alert !== undefined);

interface PanelJson {
  readonly title?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly panels?: readonly PanelJson[];
}

const dashboard = JSON.parse(read('dashboard.json')) as {
  readonly panels: readonly PanelJson[];
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
};

/** What Grafana puts in place of its variables. */
function filled(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
}

function targetsOf(panels: readonly PanelJson[]): { readonly expr: string; readonly legend: string }[] {
  return panels.flatMap(({ targets = [], panels: inner = [] }) => [
    ...targets.map(({ expr, legendFormat }) => ({ expr: filled(expr), legend: legendFormat })),
    ...targetsOf(inner),
  ]);
}

/** Each metric with its labels. */
function selectorsIn(expr: string): string[] {
  return [...expr.matchAll(/\b(?:memfleet[:_]|nodejs_|process_)[\w:]*(?:\{[^}]*\})?/g)].map(([selector]) => selector);
}

/** What stands to the left of each comparison. */
function sidesOf(expr: string): string[] {
  return expr.split(/\s(?:and|or)\s/).map((part) => part.split(/\s(?:<|>|==)\s/)[0] as string);
}

const promtool = (...words: readonly string[]): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', words, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
};

/** A proxy with two workers before a node that works and one that does not, and the dashboard of the node. */
async function startAll(): Promise<{ proxy: RunningProxy; targets: string[] }> {
  const node = await embedded();
  const file = scratch({
    'proxy.yml': `
listeners: [{ name: apps, listen: '127.0.0.1:0', route: web, onNodeFailure: miss }]
routes: { web: { type: front-cache, route: main, prefixes: ['hot:'], lifespan: 1h } }
clusters: { main: { nodes: ['${node}', '127.0.0.1:1'], ejectAfter: 1, ejectTime: 100ms, ejectTimeMax: 100ms, retry: false } }
workers: 2
admin: 127.0.0.1:0
`,
  })('proxy.yml');
  const proxy = new RunningProxy(['--config', file]);
  await proxy.address();
  const shown = await startDashboard(
    { nodes: node },
    {
      listen: { port: 0 },
      interval: 200,
      timeout: 1000,
      hosts: [],
      tokenFile: undefined,
      isInsecure: false,
    },
  );
  onTestFinished(() => shown.close());
  return { proxy, targets: [(await proxy.line('admin listening'))['address'] as string, shown.address] };
}

/** Sends commands until the test ends. */
async function keepBusy(proxy: RunningProxy): Promise<void> {
  const client = await TextClient.open(await proxy.address());
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const work = async (): Promise<void> => {
    for (let index = 0; !over.signal.aborted; index++) {
      await client.set(`k${index % 50}`, 'x');
      await client.get(`k${index % 70}`, 'hot:a', 'hot:a');
    }
  };
  void work().catch(() => {});
}

/** Waits until there is a result. */
async function resultOf(prometheus: Prometheus, expr: string): Promise<readonly Readonly<Record<string, string>>[]> {
  let found: readonly Readonly<Record<string, string>>[] = [];
  await expect
    .poll(
      async () => {
        found = (await prometheus.query(expr)).map(({ metric }) => metric);
        return found.length > 0 ? 'a result' : `nothing for ${expr}`;
      },
      { timeout, interval: 250 },
    )
    .toBe('a result');
  return found;
}

test('there are the eight alerts', () => {
  expect(rules.map(({ alert }) => alert)).toEqual([
    'MemfleetNodeEjected',
    'MemfleetHitRatioDrop',
    'MemfleetLatencyHigh',
    'MemfleetEvictions',
    'MemfleetPoolWaits',
    'MemfleetSessionsNearLimit',
    'MemfleetWorkerRestarts',
    'MemfleetConfigRefused',
  ]);
});

test('the dashboard for Grafana is the one that its builders make: npm run monitoring', () => {
  expect(dashboard).toEqual(JSON.parse(dashboardJson()));
  expect(targetsOf(dashboard.panels).length).toBeGreaterThan(25);
});

describeBinaries(['prometheus', 'promtool'], 'monitoring by Prometheus', () => {
  test.each([
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
    ['check', 'config', 'prometheus.yml'],
  ])('promtool %s %s %s finds nothing wrong', (...words) => {
    const { status, output } = promtool(...words);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  test('promtool finds nothing wrong with /metrics of the proxy, of its workers, and of the dashboard', async () => {
    const { proxy, targets } = await startAll();
    await keepBusy(proxy);
    await expect.poll(() => proxy.metric('memfleet_commands_total', 'command="get"'), { timeout }).toBeGreaterThan(10);
    for (const target of targets) {
      const input = await (await fetch(`http://${target}/metrics`)).text();
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(input).toMatch(/^memfleet_\w+\{/m);
    }
  });

  test('every metric with its labels, every query and every side of an alert has a result', async () => {
    const { proxy, targets } = await startAll();
    const prometheus = await startPrometheus(targets, read('alerts.yml'));
    await resultOf(prometheus, 'memfleet_node_ejections_total');
    await keepBusy(proxy);

    const queries = targetsOf(dashboard.panels);
    const marks = dashboard.annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : [filled(expr)]));
    expect(marks).toHaveLength(1);
    const exprs = [...queries.map(({ expr }) => expr), ...marks, ...rules.map(({ expr }) => expr)];
    const selectors = new Set(exprs.flatMap(selectorsIn));
    expect(selectors.size).toBeGreaterThan(30);
    for (const selector of selectors) await resultOf(prometheus, selector);

    for (const { expr, legend } of queries) {
      const series = await resultOf(prometheus, expr);
      for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
        for (const metric of series) expect(metric, `${label} of ${expr}`).toHaveProperty(label);
    }
    for (const mark of marks) await resultOf(prometheus, mark);
    for (const { expr } of rules) {
      await prometheus.query(expr);
      for (const side of sidesOf(expr)) await resultOf(prometheus, side);
    }
  }, 120_000);
});
