/** Sizes as people write them: `64m`. */

const units: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/**
 * Bytes of `512k`, `64m`, `1g`, `900b`; undefined for anything else. A bare number is refused, as memcached's `-m`
 * takes megabytes and `-I` bytes.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmg])b?$/i.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (units[(match[2] as string).toLowerCase()] as number));
}

/** `64 MB`: with the largest unit that leaves at least 1. */
export function formatSize(bytes: number): string {
  const [unit, name] =
    bytes >= 1024 ** 3
      ? [1024 ** 3, 'GB']
      : bytes >= 1024 ** 2
        ? [1024 ** 2, 'MB']
        : bytes >= 1024
          ? [1024, 'KB']
          : [1, 'B'];
  const value = bytes / unit;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${name}`;
}
