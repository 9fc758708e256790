/** Random requests of the meta protocol. */
import { clientFlags, keys, lastCas, type RequestKind, values } from './operands.ts';
import type { Random } from './random.ts';

const metaTime = ['T0', 'T100', 'T-1', 'T1000'];
const opaque = ['Oabc', 'O1', 'O0123456789'];
const base64 = [
  'YQ==',
  'Yg==',
  'bg==',
  'YQ',
  '!!!!',
  'AAEC',
  '-YQ==',
  'Y-g==',
  'YQ==Yg==',
  'YQ=a',
  '=YQ=',
  'A===',
  'YQ==z',
];

function metaKey(random: Random, flags: string[]): string {
  // The key of an item that `mg N` makes comes back without its base64.
  if (!random.once(12) || flags.some((flag) => flag.startsWith('N'))) return random.of(keys);
  flags.push('b');
  return random.of(base64);
}

/** A flag more, or one too many. */
function odd(random: Random, flags: string[]): string[] {
  if (random.once(15))
    flags.push(random.of(['v', 'k', '!', 'Tz', 'Nz', 'k k', 'O', 'S5', 'MX', 'M', 'D', 'Jz', 'Fz', 'Cz']));
  return flags;
}

const line = (random: Random, verb: string, flags: string[], more = ''): string => {
  const key = metaKey(random, flags);
  return `${verb} ${key}${more}${odd(random, flags)
    .map((flag) => ` ${flag}`)
    .join('')}\r\n`;
};

export const metaRequests: readonly RequestKind[] = [
  (random) =>
    line(random, 'mg', [
      ...random.some(['v', 'f', 's', 'k', 'q', 'c', 'h', 'u'], 3),
      ...random.some([random.of(opaque), random.of(metaTime), 'R50', 'R1000', 'N0', 'N100', 't'], 6),
    ]),
  (random) => {
    const value = random.of(values);
    const flags = [
      ...random.some(['c', 'k', 'q', 'I'], 4),
      ...random.some(
        [random.of(opaque), random.of(metaTime), `F${random.of(clientFlags)}`, `C${random.of([lastCas, '1', '0'])}`],
        4,
      ),
      ...random.some([random.of(['MS', 'ME', 'MA', 'MP', 'MR', 'Mset', 'mS'])], 3),
    ];
    return `${line(random, 'ms', flags, ` ${value.length}`)}${value}\r\n`;
  },
  (random) =>
    line(random, 'md', [
      ...random.some(['k', 'q', 'I'], 3),
      ...random.some([random.of(opaque), random.of(metaTime), `C${random.of([lastCas, '1', '0'])}`], 4),
    ]),
  (random) => {
    // A `q` silences what `N` makes in newer versions only.
    const quietOrMade = random.of([['q'], ['N0'], ['N100'], ['J7', 'N0'], []]);
    const others = [random.of(opaque), 'D3', 'D18446744073709551615', `C${random.of([lastCas, '1'])}`];
    return line(random, 'ma', [
      ...random.some(['v', 'k', 'c', 't', ...quietOrMade], 2),
      ...random.some(others, 5),
      ...random.some([random.of(['MI', 'MD', 'M+', 'M-', 'Mi', 'MX'])], 3),
    ]);
  },
];
