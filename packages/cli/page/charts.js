/**
 * The charts on uPlot. Each is a figure that screen readers read as an image with a sentence.
 *
 * @import { Mark, Point } from '../src/dashboard/snapshot.ts'
 * @import { ChartSpec, View } from './series.js'
 */
import { time } from './format.js';

/** @type {typeof import('uplot')} */
// @ts-ignore -- the script before this module defines it
const Plot = globalThis.uPlot;

const height = 190;

/** @type {Readonly<Record<Mark['kind'], string>>} */
const markColors = {
  ejected: '--bad',
  refused: '--bad',
  worker: '--warn',
  returned: '--good',
  topology: '--quiet',
  config: '--quiet',
};

/** @param {string} name */
function color(name) {
  // `light-dark()` is resolved where it is used as a colour only.
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** A chart on the page. */
export class Chart {
  /** @type {ChartSpec} */ #spec;
  /** @type {HTMLElement} */ #plotBox = document.createElement('div');
  /** @type {HTMLElement} */ #text = document.createElement('p');
  /** @type {HTMLElement} */ #subject = document.createElement('span');
  /** @type {HTMLElement[]} */ #values = [];
  /** @type {InstanceType<typeof Plot> | undefined} */ #plot;
  /** @type {readonly Mark[]} */ #marks = [];
  /** @type {string[]} */ #colors = [];
  /** @type {Readonly<Record<string, string>>} */ #markColors = {};
  element = document.createElement('section');

  /** @param {ChartSpec} spec */
  constructor(spec) {
    this.#spec = spec;
    const { id, title, lines } = spec;
    this.element.className = 'card';
    this.element.id = `chart-${id}`;
    const heading = document.createElement('h2');
    heading.id = `${id}-title`;
    heading.append(title, this.#subject);
    this.element.setAttribute('aria-labelledby', heading.id);
    this.#text.id = `${id}-text`;
    this.#text.className = 'unseen';
    this.#plotBox.className = 'plot';
    this.#plotBox.setAttribute('role', 'img');
    this.#plotBox.setAttribute('aria-labelledby', `${heading.id} ${this.#text.id}`);
    const keys = document.createElement('ul');
    keys.className = 'keys';
    for (const [index, { label }] of lines.entries()) {
      const item = document.createElement('li');
      item.className = `series-${index}`;
      const value = document.createElement('span');
      this.#values.push(value);
      item.append(value);
      value.textContent = label;
      keys.append(item);
    }
    this.element.append(heading, this.#plotBox, this.#text, keys);
    new ResizeObserver(() => this.#plot?.setSize({ width: this.#plotBox.clientWidth, height })).observe(this.#plotBox);
  }

  /** Draws with the colours of today. */
  restyle() {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  /**
   * @param {readonly Point[]} points
   * @param {readonly Mark[]} marks
   * @param {View & { readonly from: number; readonly to: number }} view
   */
  draw(points, marks, view) {
    const { lines, format, isPerNode, title } = this.#spec;
    this.#marks = marks;
    this.#subject.textContent = isPerNode ? `: ${view.node ?? 'all nodes'}` : '';
    const rows = lines.map(({ value }) => points.map((point) => value(point, view)));
    const data = /** @type {import('uplot').AlignedData} */ ([
      points.map(({ at }) => at / 1000),
      ...rows.map((row) => row.map((value) => value ?? null)),
    ]);
    this.#plot ??= this.#create(data);
    this.#plot.batch(() => {
      this.#plot?.setData(data, false);
      this.#plot?.setScale('x', { min: view.from / 1000, max: view.to / 1000 });
    });
    const last = rows.map((row) => row.at(-1));
    for (const [index, value] of last.entries()) {
      const text = `${lines[index]?.label}: ${format(value)}`;
      const item = this.#values[index];
      if (item !== undefined && item.textContent !== text) item.textContent = text;
    }
    this.#text.textContent = `${title}, now: ${lines.map(({ label }, index) => `${label} ${format(last[index])}`).join(', ')}.`;
  }

  /** @param {import('uplot').AlignedData} data */
  #create(data) {
    const { lines, format, isShare } = this.#spec;
    this.#colors = lines.map((_, index) => color(`--series-${index}`));
    this.#markColors = Object.fromEntries(Object.entries(markColors).map(([kind, name]) => [kind, color(name)]));
    const [text, grid] = [color('--quiet'), color('--line')];
    const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    return new Plot(
      {
        width: Math.max(this.#plotBox.clientWidth, 100),
        height,
        legend: { show: false },
        cursor: { sync: { key: 'memfleet' }, drag: { x: false, y: false } },
        scales: {
          x: { time: true },
          y: { range: isShare ? [0, 1] : (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
        },
        axes: [
          { ...axis, space: 70, size: 34, values: (_plot, splits) => splits.map((at) => time(at * 1000)) },
          { ...axis, size: 66, values: (_plot, splits) => splits.map((value) => format(value)) },
        ],
        series: [
          {},
          ...lines.map(({ label }, index) => ({
            label,
            stroke: this.#colors[index] ?? text,
            width: 1.6,
            spanGaps: false,
            points: { show: false },
          })),
        ],
        hooks: { draw: [(plot) => this.#drawMarks(plot)] },
      },
      data,
      this.#plotBox,
    );
  }

  /** @param {InstanceType<typeof Plot>} plot */
  #drawMarks(plot) {
    const { ctx: pen, bbox } = plot;
    pen.save();
    pen.lineWidth = 2;
    pen.setLineDash([6, 4]);
    for (const { at, kind } of this.#marks) {
      const x = plot.valToPos(at / 1000, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      pen.strokeStyle = this.#markColors[kind] ?? '';
      pen.beginPath();
      pen.moveTo(x, bbox.top);
      pen.lineTo(x, bbox.top + bbox.height);
      pen.stroke();
    }
    pen.restore();
  }
}
