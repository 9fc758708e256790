/** Figures as people read them. */

/** @type {ReadonlyArray<readonly [least: number, unit: string]>} */
const thousands = [
  [1e9, ' G'],
  [1e6, ' M'],
  [1e4, ' k'],
];

/** A number in three figures or so: `1234`, `12.3 k`. @param {number} value */
export function number(value) {
  for (const [least, unit] of thousands) {
    const base = least === 1e4 ? 1000 : least;
    if (Math.abs(value) >= least) return `${figures(value / base)}${unit}`;
  }
  return figures(value);
}

/** @param {number} value */
function figures(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return String(Math.round(value));
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** A whole count with its thousands apart. @param {number} value */
export function count(value) {
  return Math.round(value).toLocaleString('en');
}

/** A share from 0 to 1. @param {number | undefined} value */
export function percent(value) {
  return value === undefined ? '–' : `${(value * 100).toFixed(value >= 0.9995 || value < 0.0005 ? 0 : 1)} %`;
}

/** A size in bytes. @param {number} value */
export function bytes(value) {
  if (value >= 1024 ** 3) return `${figures(value / 1024 ** 3)} GiB`;
  if (value >= 1024 ** 2) return `${figures(value / 1024 ** 2)} MiB`;
  return value >= 10_240 ? `${figures(value / 1024)} KiB` : `${value} B`;
}

/** A short time in seconds. @param {number | undefined} seconds */
export function duration(seconds) {
  if (seconds === undefined) return '–';
  if (seconds >= 1) return `${figures(seconds)} s`;
  return seconds >= 0.001 ? `${figures(seconds * 1000)} ms` : `${Math.round(seconds * 1e6)} µs`;
}

/** A long time in seconds. @param {number} seconds */
export function age(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** The time of day. @param {number} at milliseconds since 1970 */
export function time(at) {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
