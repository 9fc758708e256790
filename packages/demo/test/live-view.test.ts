import { expect, test } from 'vitest';
import { LiveView, type Row } from '../src/live-view.ts';
import type { Measure } from '../src/meter.ts';
import type { Screen } from '../src/table.ts';

const measure: Measure = {
  seconds: 1,
  calls: 123_456,
  callsPerSecond: 123_456,
  failed: 4321,
  hits: 99,
  misses: 1,
  hitRatio: 0.99,
  megabytesPerSecond: 1234.5,
  p50: 0.4,
  p99: 1234,
  max: 999,
};

class FakeScreen implements Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor(isTTY: boolean, columns: number) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** What a person sees: `\r` goes back to the first column, `ESC [ K` erases to the end. */
  get seen(): string[] {
    return this.text.split('\n').map((line) => {
      let row = '';
      let at = 0;
      // oxlint-disable-next-line no-control-regex -- escape sequences are what this is about
      for (const [token] of line.matchAll(/\u001B\[\??[\d;]*[A-Za-z]|[^]/g)) {
        if (token === '\r') at = 0;
        else if (token === '\u001B[K') row = row.slice(0, at);
        else if (!token.startsWith('\u001B')) row = row.slice(0, at) + token + row.slice(++at);
      }
      return row;
    });
  }
}

function row(count: number): Row {
  const states = ['alive', 'ejected', 'suspect', 'probing'];
  return {
    time: 3599,
    measure,
    nodes: Array.from({ length: count }, (_, n) => ({ open: n, state: states[n % 4] ?? 'alive' })),
  };
}

test.each([
  [80, 3],
  [80, 4],
  [100, 3],
  [120, 3],
  [80, 50],
])('rows and titles line up and fit into %d columns for %d nodes', (columns, count) => {
  const screen = new FakeScreen(true, columns);
  const view = new LiveView(screen, count);
  view.titles();
  view.row(row(count));
  view.close();
  const [titles, figures] = screen.seen as [string, string];
  expect(titles.length).toBeLessThanOrEqual(columns);
  expect(figures.length).toBe(titles.length);
});

test('a row shows each node with its connections, and its state unless it is alive', () => {
  const screen = new FakeScreen(false, 80);
  const view = new LiveView(screen, 3);
  view.titles();
  view.row({ ...row(3), time: 5 });
  expect(screen.lines).toEqual([
    '  time  calls/s      p50      p99    hits  failed    node 1    node 2    node 3',
    '   5 s  123,456  0.40 ms 1,234 ms  99.0 %   4,321         0 1 ejected 2 suspect',
  ]);
});

test('in a pipe there is no bar, no colour and no cursor movement', () => {
  const screen = new FakeScreen(false, 80);
  const view = new LiveView(screen, 3);
  view.titles();
  view.progress(0.5, 'half');
  view.event(4.81, 'node 2 is killed', 'red');
  view.row(row(3));
  view.close();
  // oxlint-disable-next-line no-control-regex -- escape sequences are what this is about
  expect(screen.text).not.toMatch(/[\u001B\r█]/);
  expect(screen.lines[1]).toBe(' 4.8 s  node 2 is killed');
});

test('on a terminal the bar is the last line, once, and leaves nothing behind', () => {
  const screen = new FakeScreen(true, 80);
  const view = new LiveView(screen, 3);
  view.progress(0.5, '1 of 2 s');
  view.line('one');
  view.progress(0.75, '1.5 of 2 s');
  view.line('two');
  expect(screen.seen.slice(0, 2)).toEqual(['one', 'two']);
  expect(screen.seen.at(-1)).toMatch(/^ {2}█+░+ {2}1\.5 of 2 s$/);
  expect(screen.seen.at(-1)?.length).toBeLessThan(80);
  view.close();
  expect(screen.seen).toEqual(['one', 'two', '']);
  expect(screen.text.endsWith('\u001B[?25h'), 'the cursor is shown again').toBe(true);
});

test('on a cluster a row shows the revision of the map and the vBuckets of each node, also of one yet to come, within 80 columns', () => {
  const screen = new FakeScreen(false, 80);
  const view = new LiveView(screen, 4, 'map');
  view.titles();
  const nodes = [22, 21, 21].map((vbuckets) => ({ open: 2, state: 'alive', vbuckets }));
  view.row({ time: 5, measure, nodes, revision: 17 });
  expect(screen.lines).toEqual([
    '  time  calls/s      p50      p99  failed   map  node 1  node 2  node 3  node 4',
    '   5 s  123,456  0.40 ms 1,234 ms   4,321   r17    2/22    2/21    2/21       –',
  ]);
});
