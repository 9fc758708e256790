/** The command line of `memfleet load`: readers of its values. */
import { InvalidArgumentError } from 'commander';
import { parseSize } from '../sizes.ts';
import { type Distribution, loadVerbs, type LoadVerb, type SizeRange, type VerbShare } from './workload.ts';

/** The largest item of memcached. */
const largestValue = 1024 ** 3;

/** `100`, `4k`, `100-2000`, `100:90,1k-8k:9,1m:1`: sizes or ranges, each with its weight. */
export function readSizes(text: string): readonly SizeRange[] {
  return text.split(',').map((part) => {
    const [, from = '', to = from, weight = '1'] =
      /^([\d.]+[bkmg]?)(?:-([\d.]+[bkmg]?))?(?::(\d+))?$/i.exec(part.trim()) ?? [];
    const range = { from: bytesOf(from), to: bytesOf(to), weight: Number(weight) };
    if (!(range.from >= 0 && range.from <= range.to && range.to <= largestValue && range.weight > 0))
      throw new InvalidArgumentError(
        'It takes sizes or ranges with weights, such as 100, 100-2000 or 100:90,1k-8k:9,1m:1.',
      );
    return range;
  });
}

/** Bytes, or a size with its unit. */
function bytesOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : (parseSize(text) ?? Number.NaN);
}

/** `get:10,set:1`. */
export function readMix(text: string): readonly VerbShare[] {
  return text.split(',').map((part) => {
    const [verb = '', weight = '1', ...more] = part.trim().split(':');
    if (!isVerb(verb) || !/^\d{1,9}$/.test(weight) || Number(weight) === 0 || more.length > 0)
      throw new InvalidArgumentError(
        `It takes verbs with weights, such as get:10,set:1; verbs are ${loadVerbs.join(', ')}.`,
      );
    return { verb, weight: Number(weight) };
  });
}

function isVerb(text: string): text is LoadVerb {
  return (loadVerbs as readonly string[]).includes(text);
}

/** `uniform`, `sequential`, `zipf`, `zipf:0.99`. */
export function readDistribution(text: string): Distribution {
  if (text === 'uniform' || text === 'sequential') return { kind: text };
  const [, exponent = '1'] = /^zipf(?::(\d+(?:\.\d+)?))?$/.exec(text) ?? [undefined, 'none'];
  if (!(Number(exponent) > 0 && Number(exponent) <= 10))
    throw new InvalidArgumentError('It takes uniform, sequential, zipf, or zipf with its exponent, such as zipf:0.99.');
  return { kind: 'zipf', exponent: Number(exponent) };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `500ms`, `30s`, `2m`, or seconds → ms. */
export function readTime(text: string): number {
  const [, value, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(text.trim()) ?? [];
  const ms = Number(value) * (units[unit] as number);
  if (!(ms >= 0 && ms <= 7 * 24 * 3_600_000))
    throw new InvalidArgumentError('It takes a time up to a week, such as 500ms, 30s, 2m or 1h.');
  return ms;
}
