/**
 * The arguments of a command line as `getopt_long` reads them: `-p 11211`, `-p11211`, `-vvA`, `--port=11211`,
 * `--port 11211`, `--por 11211`. Words that are no option are skipped, as memcached skips them.
 */
import { refuse } from './failure.ts';

/** What an option is called, and whether a value follows. */
export interface OptionName {
  readonly short: string;
  readonly long?: string;
  /** `required`: the rest of the word, or the next one. `optional`: only behind `=`. */
  readonly takes?: 'required' | 'optional';
}

/** Calls `use` for every option, in their order. Throws Exit for an option that is unknown or has no value. */
export function readArguments<Option extends OptionName>(
  words: readonly string[],
  options: readonly Option[],
  use: (option: Option, value: string) => void,
): void {
  const left = [...words];
  for (let word = left.shift(); word !== undefined && word !== '--'; word = left.shift()) {
    if (word.startsWith('--')) readLong(word.slice(2), left, options, use);
    else if (word.startsWith('-') && word.length > 1) readCluster(word.slice(1), left, options, use);
  }
}

function readLong<Option extends OptionName>(
  text: string,
  left: string[],
  options: readonly Option[],
  use: (option: Option, value: string) => void,
): void {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const exact = options.find(({ long }) => long === name);
  const [first, another] = exact === undefined ? options.filter(({ long }) => long?.startsWith(name)) : [exact];
  if (first === undefined) refuse(`memcached: unrecognized option '--${name}'\nIllegal argument "?"`);
  if (another !== undefined) refuse(`memcached: option '--${name}' is ambiguous\nIllegal argument "?"`);
  if (first.takes === undefined) {
    if (equals >= 0) refuse(`memcached: option '--${first.long}' doesn't allow an argument\nIllegal argument "?"`);
    use(first, '');
    return;
  }
  const value = equals >= 0 ? text.slice(equals + 1) : first.takes === 'required' ? left.shift() : '';
  if (value === undefined) refuse(`memcached: option '--${first.long}' requires an argument\nIllegal argument "?"`);
  use(first, value);
}

function readCluster<Option extends OptionName>(
  letters: string,
  left: string[],
  options: readonly Option[],
  use: (option: Option, value: string) => void,
): void {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters.charAt(at);
    const option = options.find(({ short }) => short === letter);
    if (option === undefined) refuse(`memcached: invalid option -- '${letter}'\nIllegal argument "?"`);
    if (option.takes !== 'required') {
      use(option, '');
      continue;
    }
    const value = at + 1 < letters.length ? letters.slice(at + 1) : left.shift();
    if (value === undefined) refuse(`memcached: option requires an argument -- '${letter}'\nIllegal argument "?"`);
    use(option, value);
    return;
  }
}
