/**
 * The latency heat map: time to the right, durations upwards, the darker the more commands.
 *
 * @import { Point } from '../src/dashboard/snapshot.ts'
 */
import { countsOf } from './latency.js';

const width = 600;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {readonly Point[]} points
 * @param {{ readonly node: string | undefined; readonly buckets: number; readonly from: number; readonly to: number }} view
 */
export function drawHeatMap(canvas, points, { node, buckets, from, to }) {
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  canvas.width = width;
  canvas.height = Math.max(buckets, 1);
  pen.fillStyle = getComputedStyle(canvas).getPropertyValue('color');
  const columns = points.map((point) => ({ point, counts: countsOf([point], node, buckets) }));
  // Rates, so that long and short columns compare.
  const most = Math.max(1, ...columns.flatMap(({ point, counts }) => counts.map((count) => count / point.seconds)));
  const scale = width / Math.max(1, to - from);
  for (const { point, counts } of columns) {
    const left = Math.max(0, (point.at - point.seconds * 1000 - from) * scale);
    const right = (point.at - from) * scale;
    for (const [bucket, count] of counts.entries()) {
      if (count === 0) continue;
      pen.globalAlpha = 0.15 + (0.85 * Math.log1p(count / point.seconds)) / Math.log1p(most);
      pen.fillRect(Math.floor(left), buckets - 1 - bucket, Math.max(1, Math.ceil(right) - Math.floor(left)), 1);
    }
  }
}
