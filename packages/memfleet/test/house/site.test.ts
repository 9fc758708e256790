/** The site shows every document, and its charts show the figures of the tables beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Pages {
  readonly pages: readonly { readonly source: string; readonly name: string }[];
  readonly repository: string;
  readonly resolveImage: (link: string, source: string) => string;
  readonly resolveLink: (link: string, source: string) => string;
}

interface Charts {
  readonly withCharts: (page: string, figures: string) => string;
}

// Types of .mjs files are checked in their own folders only.
const load = (path: string): Promise<unknown> => import(new URL(`../../../../site/src/${path}`, import.meta.url).href);
const { pages, repository, resolveImage, resolveLink } = (await load('pages.mjs')) as Pages;
const { withCharts } = (await load('charts.mjs')) as Charts;

test('every document of docs is a page of the site', () => {
  const documents = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  expect(pages.map(({ source }) => source)).toEqual(expect.arrayContaining(documents.map((name) => `docs/${name}`)));
  expect(new Set(pages.map(({ name }) => name)).size).toBe(pages.length);
});

test.each([
  ['proxy.md#workers', 'docs/operations.md', '/proxy.md#workers'],
  ['docs/proxy.md', 'README.md', '/proxy.md'],
  ['../README.md', 'docs/proxy.md', '/overview.md'],
  ['#here', 'docs/proxy.md', '#here'],
  ['https://example.com/x', 'docs/proxy.md', 'https://example.com/x'],
  ['../examples/proxy', 'docs/proxy.md', `${repository}/tree/main/examples/proxy`],
  ['../LICENSE', 'docs/proxy.md', `${repository}/blob/main/LICENSE`],
  [`${repository}/blob/main/docs/proxy.md#workers`, 'packages/cli/README.md', '/proxy.md#workers'],
])('the link %s of %s leads to %s', (link, source, expected) => {
  expect(resolveLink(link, source)).toBe(expected);
});

test.each([
  ['dashboard.png', 'docs/proxy.md', '/docs/dashboard.png'],
  ['docs/dashboard.png', 'README.md', '/docs/dashboard.png'],
  [`${repository}/blob/main/docs/dashboard.png`, 'packages/cli/README.md', '/docs/dashboard.png'],
  ['https://example.com/x.png', 'README.md', 'https://example.com/x.png'],
  [`${repository}/blob/main/docs/dashboard.png?raw=true`, 'packages/cli/README.md', '/docs/dashboard.png'],
])('the image %s of %s is %s', (link, source, expected) => {
  expect(resolveImage(link, source)).toBe(expected);
});

interface Comparison {
  readonly workload: string;
  readonly other: string;
  readonly rateRatio: Readonly<Record<'median' | 'min' | 'max', number>>;
}

interface CpuLine {
  readonly workload: string;
  readonly other: string;
  readonly cpu: Readonly<Record<'median', number>>;
}

interface TailLine {
  readonly workload: string;
  readonly other: string;
  readonly p99?: Readonly<Record<'median', number>>;
}

/** The rows of the first table behind a mark, without the head. */
function tableBehind(mark: string): string[][] {
  const [, behind = ''] = read('docs/performance.md').split(`${mark}\n\n`);
  const [table = ''] = behind.split('\n\n');
  return table.split('\n').map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

describe('the charts', () => {
  const number = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));

  test('of the clients have the figures of the table', () => {
    const { comparisons } = JSON.parse(read('docs/figures/client.json')) as { comparisons: readonly Comparison[] };
    const [head = [], , ...rows] = tableBehind('<!-- chart: client -->');
    const cells = rows.flatMap(([workload = '', ...ratios]) =>
      ratios.flatMap((cell, at) => (cell === '' ? [] : [`${workload} ${head[at + 1]} ${cell.split(' ')[0]}`])),
    );
    const drawn = comparisons.map(
      ({ workload, other, rateRatio }) => `${workload} ${other} ${number(rateRatio.median)}`,
    );
    expect(drawn).toEqual(cells);
  });

  test.each(['proxy', 'server'])('of the %s have the figures of the table', (name) => {
    const { lines } = JSON.parse(read(`docs/figures/${name}.json`)) as { lines: readonly Comparison[] };
    const [, , ...rows] = tableBehind(`<!-- chart: ${name} -->`);
    const drawn = lines.map(({ workload, rateRatio: { median, min, max } }) => [
      workload,
      `${number(median)} (${number(min)}–${number(max)})`,
    ]);
    expect(drawn).toEqual(rows.map((row) => row.slice(0, 2)));
  });

  test('of the languages have the figures of the table', () => {
    const { lines } = JSON.parse(read('docs/figures/languages.json')) as { lines: readonly CpuLine[] };
    const [head = [], , ...rows] = tableBehind('<!-- chart: languages -->');
    const columns: Readonly<Record<string, string>> = {
      'get100-1': 'get, 1',
      'get100-256': 'get, n',
      'set100-256': 'set, n',
      'getmany100-1': 'multi-get of 100',
    };
    const plain = (cell = ''): string => cell.replaceAll('*', '');
    const found = lines.map(({ workload, other }) => {
      const row = rows.find(([name]) => plain(name) === other);
      return Number(plain(row?.[head.indexOf(columns[workload] ?? '')]));
    });
    expect(lines.map(({ cpu }) => cpu.median)).toEqual(found);
  });

  test('of the tails have the figures of the table', () => {
    const { lines } = JSON.parse(read('docs/figures/open-loop.json')) as { lines: readonly TailLine[] };
    const [head = [], , ...rows] = tableBehind('<!-- chart: tails -->');
    const cells = rows.map((row) => row[head.indexOf('p99')]?.split(' ')[0] ?? '');
    const drawn = lines.map(({ p99 }) => (p99 === undefined ? '–' : p99.median.toFixed(0)));
    expect(drawn).toEqual(cells);
    expect(lines.map(({ other }) => other)).toEqual(rows.map((row) => row[head.indexOf('client')]));
  });

  test('are drawn where a page names them, and an unknown one is refused', () => {
    const page = withCharts('# A\n\n<!-- chart: server -->\n', join(root, 'docs/figures'));
    expect(page).toMatch(/^# A\n\n<figure class="chart">\n<svg /);
    expect(page).not.toMatch(/<figure[^]*\n\n[^]*<\/figure>/);
    expect(() => withCharts('<!-- chart: none -->', 'nowhere')).toThrow('there is no chart "none"');
  });
});
