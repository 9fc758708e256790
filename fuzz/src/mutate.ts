/** Makes new inputs of old ones. */
import type { Random } from './random.ts';

/** An input is no longer than this. */
export const maxInput: number = 16 * 1024;

/** Numbers at which something changes. */
const numbers: readonly string[] = [
  '0', '1', '-1', '+1', '01', '127', '128', '250', '251', '255', '256', '2048', '2049', '4095', '4096', '32767', '32768', '65535',
  '65536', '1048576', '1048577', '2147483647', '2147483648', '-2147483649', '4294967295', '4294967296', '9007199254740993',
  '9223372036854775807', '18446744073709551615', '18446744073709551616', '99999999999999999999', '1e3', '0x10', '1.5', 'NaN',
]; // prettier-ignore

/** Bytes that end or begin something. */
const bytes: readonly string[] = Array.from('\0\t\n\r "\'\\,:;/%@[]{}#&*!|>-+=?\x7f\x80\x81\xff\xfe');

type Mutation = (input: string, random: Random, words: readonly string[], other: string) => string;

const mutations: readonly Mutation[] = [
  (input, random) => splice(input, random, String.fromCharCode(random.below(256)), 1),
  (input, random) => splice(input, random, random.pick(bytes), random.below(2)),
  (input, random) => splice(input, random, '', 1 + random.below(8)),
  (input, random) => splice(input, random, '', random.below(input.length + 1)),
  (input, random, words) => splice(input, random, random.pick(words), random.below(2)),
  (input, random, words) => splice(input, random, random.pick(words), random.below(12)),
  (input, random) => splice(input, random, part(input, random), 0),
  (input, random, _, other) => splice(input, random, part(other, random), random.below(4)),
  (input, random, _, other) =>
    input.slice(0, random.below(input.length + 1)) + other.slice(random.below(other.length + 1)),
  (input, random) => input.replace(/\d+/, () => random.pick(numbers)),
  (input, random) => replaceOne(input, random, /[+-]?\d+/g, random.pick(numbers)),
  (input, random) =>
    replaceOne(input, random, /[^\s,:]+/g, random.pick(['', 'x', 'a'.repeat(251), '__proto__', 'constructor'])),
  (input, random) => flip(input, random),
  (input, random) => input.repeat(2 + random.below(3)),
];

/** One to eight changes. */
export function mutate(input: string, random: Random, words: readonly string[], other: string): string {
  let changed = input;
  for (let count = 1 + random.below(random.oneIn(4) ? 8 : 2); count > 0; count--)
    changed = random.pick(mutations)(changed, random, words, other).slice(0, maxInput);
  return changed;
}

/** Puts `piece` somewhere, in place of `count` bytes. */
function splice(input: string, random: Random, piece: string, count: number): string {
  const at = random.below(input.length + 1);
  return input.slice(0, at) + piece + input.slice(at + count);
}

function part(input: string, random: Random): string {
  const at = random.below(input.length + 1);
  return input.slice(at, at + 1 + random.below(random.oneIn(8) ? 2000 : 20));
}

function replaceOne(input: string, random: Random, pattern: RegExp, piece: string): string {
  const matches = [...input.matchAll(pattern)];
  const match = matches.length === 0 ? undefined : random.pick(matches);
  if (match === undefined) return input;
  return input.slice(0, match.index) + piece + input.slice(match.index + match[0].length);
}

function flip(input: string, random: Random): string {
  if (input === '') return '\0';
  const at = random.below(input.length);
  const flipped = (input.charCodeAt(at) & 0xff) ^ (1 << random.below(8));
  return input.slice(0, at) + String.fromCharCode(flipped) + input.slice(at + 1);
}
