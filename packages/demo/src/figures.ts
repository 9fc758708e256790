/** Numbers as people read them. */

/** `12,345`. */
export function whole(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–';
}

/** Milliseconds with three digits: `0.42 ms`, `14.2 ms`, `1,250 ms`. */
export function milliseconds(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${digits === 0 ? whole(value) : value.toFixed(digits)} ms`;
}

/** `4.8 s`. */
export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

/** A share as `98.2 %`. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '–';
}
