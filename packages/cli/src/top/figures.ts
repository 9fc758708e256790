/** Numbers in few cells. */

const steps: readonly (readonly [least: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** What is shown where there is no figure. */
export const none = '–';

/** `12.3k`: at most five cells up to 999T. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return none;
  for (const [least, unit] of steps) if (value >= least * 0.9995) return `${threeDigits(value / least)}${unit}`;
  return value >= 99.95 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

/** `1.5G` of bytes, by 1024. */
export function shortBytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return none;
  const exponent = Math.max(0, Math.min(4, Math.floor(Math.log2(Math.max(1, value)) / 10)));
  const [least, unit] = [1024 ** exponent, 'BKMGT'.charAt(exponent)];
  return exponent === 0 ? `${Math.round(value)}B` : `${threeDigits(value / least)}${unit}`;
}

/** Milliseconds: `0.12`, `3.4`, `120`, or seconds: `12s`. */
export function shortMillis(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return none;
  if (value >= 9999.5) return `${Math.round(value / 1000)}s`;
  return value >= 99.95 ? String(Math.round(value)) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** A share: `98.2%`. */
export function shortShare(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return none;
  return value >= 0.9995 ? '100%' : `${(value * 100).toFixed(1)}%`;
}

/** Seconds as `3d4h`, `5h12m`, `4m10s`, `12s`. */
export function shortAge(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return none;
  const whole = Math.max(0, Math.round(seconds));
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  return d > 0 ? `${d}d${h}h` : h > 0 ? `${h}h${m}m` : m > 0 ? `${m}m${s}s` : `${s}s`;
}

/** At most three digits, and a dot. */
function threeDigits(value: number): string {
  return value >= 99.95 ? String(Math.round(value)) : value.toFixed(1);
}

const blocks = '▁▂▃▄▅▆▇█';

/** The last `width` values as blocks; the largest of all is the full one. A missing value is a blank. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = values.slice(-width);
  const most = Math.max(0, ...shown.map((value) => value ?? 0));
  const cells = shown.map((value) => {
    if (value === undefined) return ' ';
    return blocks.charAt(most === 0 ? 0 : Math.min(7, Math.floor((value / most) * 7.999)));
  });
  return cells.join('').padStart(width);
}

/** A bar of `width` cells for a share of 0 to 1. */
export function bar(share: number | undefined, width: number): string {
  if (share === undefined || !Number.isFinite(share)) return ' '.repeat(width);
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
