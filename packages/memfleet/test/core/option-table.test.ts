/** A table of options gives its checks and its defaults, and is tied to the interface that it declares. */
import { describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../../src/core/errors.ts';
import {
  flag,
  func,
  milliseconds,
  oneOf,
  someOf,
  table,
  tableOrFalse,
  text,
  whole,
} from '../../src/core/option-kinds.ts';
import { checkOptions, defaultsOf, type OptionTable, withDefaults } from '../../src/core/option-table.ts';

interface Inner {
  readonly size?: number | undefined;
}
interface Outer {
  readonly name: string;
  readonly wait?: number | undefined;
  readonly mode?: 'fast' | 'safe' | undefined;
  readonly inner?: Inner | undefined;
  readonly spare?: Inner | false | undefined;
}

const inner = { size: { kind: whole(1), default: 4, about: '' } } satisfies OptionTable<Inner>;
const outer = {
  name: { kind: text, isRequired: true, about: '' },
  wait: { kind: milliseconds(0), default: 50, about: '' },
  mode: { kind: oneOf('fast', 'safe'), about: '' },
  inner: { kind: table<Inner>(inner), default: defaultsOf(inner), about: '' },
  spare: { kind: tableOrFalse<Inner>(inner), about: '' },
} satisfies OptionTable<Outer>;

describe('a table of options', () => {
  test.each<[given: unknown, option: string, message: string]>([
    [null, '', 'option "options" must be an object, not null'],
    [{}, 'name', 'option "name" is missing: a text'],
    [{ name: undefined }, 'name', 'option "name" is missing: a text'],
    [{ name: '' }, 'name', 'option "name" must be a text, not ""'],
    [{ name: 'a', nmae: 'b' }, 'nmae', 'unknown option "nmae"; known: name, wait, mode, inner, spare'],
    [{ name: 'a', wait: -1 }, 'wait', 'option "wait" must be milliseconds from 0, not -1'],
    [{ name: 'a', mode: 'slow' }, 'mode', 'option "mode" must be one of "fast", "safe", not "slow"'],
    [{ name: 'a', inner: { size: 1.5 } }, 'inner.size', 'option "inner.size" must be a whole number from 1, not 1.5'],
    [{ name: 'a', inner: false }, 'inner', 'option "inner" must be an object, not false'],
    [{ name: 'a', spare: { sise: 1 } }, 'spare.sise', 'unknown option "spare.sise"; did you mean "spare.size"?'],
    [{ name: 'a', spare: true }, 'spare', 'option "spare" must be an object or false, not true'],
  ])('refuses %j by the path of the option', (given, option, message) => {
    const check = (): void => checkOptions(outer, given, '');
    expect(check).toThrow(new InvalidOptionError(message, option));
    expect(check).toThrow(expect.objectContaining({ option }) as Error);
  });

  test('takes what fits, and an option that is undefined as one that is absent', () => {
    expect(() =>
      checkOptions(outer, { name: 'a', wait: undefined, mode: 'safe', inner: { size: 1 }, spare: false }, ''),
    ).not.toThrow();
  });

  test('gives the defaults of the options that have one, frozen', () => {
    expect(defaultsOf(outer)).toEqual({ wait: 50, inner: { size: 4 } });
    expect(Object.isFrozen(defaultsOf(outer))).toBe(true);
  });

  test('can be given other defaults, within tables too, and stays as it was', () => {
    const other = withDefaults(outer, { wait: 7, inner: { size: 9 } });
    expect(defaultsOf(other)).toEqual({ wait: 7, inner: { size: 9 } });
    expect(defaultsOf(outer)).toEqual({ wait: 50, inner: { size: 4 } });
    expect(() => checkOptions(other, { name: 'a', inner: { size: 0 } }, '')).toThrow('option "inner.size"');
  });

  test('does not compile without an option of its interface, with one that the interface lacks, or with another kind', () => {
    // @ts-expect-error: `size` is missing
    const short: OptionTable<Inner> = {};
    // @ts-expect-error: the interface has no `colour`
    const long = { ...inner, colour: { kind: flag, about: '' } } satisfies OptionTable<Inner>;
    // @ts-expect-error: `size` is a number
    const other: OptionTable<Inner> = { size: { kind: text, about: '' } };
    expect([short, long, other]).toHaveLength(3);
  });
});

test.each([
  ['a function', func(), () => {}, {}],
  ['some of the choices', someOf('a', 'b'), ['a'], ['a', 'c']],
  ['not an empty list', someOf('a', 'b'), ['b', 'a'], []],
  ['a whole number within bounds', whole(1, 5), 5, 6],
  ['not a number that is none', whole(1), 1, Number.NaN],
  ['no time beyond what a timer takes', milliseconds(0), 0x7fffffff, 0x80000000],
])('a kind takes %s', (_, kind, right, wrong) => {
  expect([kind.fits(right), kind.fits(wrong)]).toEqual([true, false]);
});
