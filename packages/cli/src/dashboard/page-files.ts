/** The files of the page. They are in the package; nothing is built, and nothing comes from elsewhere. */
import { readOwnFile, readPackageFile } from '../own-program.ts';
import type { Endpoint } from '../proxy/admin/answer.ts';

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The files of `page/` beside the page itself. */
const own = [
  'style.css',
  'icon.svg',
  'main.js',
  'charts.js',
  'format.js',
  'heat-map.js',
  'latency.js',
  'series.js',
  'table-specs.js',
  'tables.js',
] as const;

/** uPlot as its package has it. The binary has these files by the same names (scripts/binary/bundle.mjs). */
const foreign: Readonly<Record<string, string>> = {
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
};

type PageFile = readonly [path: string, endpoint: Endpoint];

/** The page, at `/`, and what is below `/page/`. Each file is read when it is asked for first. */
export function pageFiles(): readonly [page: PageFile, ...files: PageFile[]] {
  return [
    ['/', fileEndpoint('index.html', () => readOwnFile('page/index.html'))],
    ...own.map((name) => [`/page/${name}`, fileEndpoint(name, () => readOwnFile(`page/${name}`))] as const),
    ...Object.entries(foreign).map(
      ([name, module]) => [`/page/${name}`, fileEndpoint(name, () => readPackageFile(module))] as const,
    ),
  ];
}

function fileEndpoint(name: string, read: () => Buffer): Endpoint {
  let body: Buffer | undefined;
  const type = types[name.slice(name.lastIndexOf('.') + 1)] as string;
  return () => {
    body ??= read();
    return { status: 200, type, body };
  };
}
