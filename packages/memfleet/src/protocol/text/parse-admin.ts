/**
 * Admin requests: `cache_memlimit`, `lru`, `lru_crawler`, `slabs` and so on. They become verb `admin` with the words of
 * the line as its value; the executing side interprets them. This file makes only the first checks of memcached 1.6.18
 * (`process_command_ascii`): the number of words, and whether `noreply` counts.
 */
import { Command } from '../../core/command.ts';
import { invalid, unknownCommand } from '../ascii/faults.ts';
import type { RequestLine } from '../ascii/request-line.ts';
import type { ParseRequest } from '../ascii/verb-table.ts';

/** The form of a line. */
interface Shape {
  /** The minimum and maximum number of words, including the verb. */
  readonly words: readonly [least: number, most: number];
  /** Whether a `noreply` at the end suppresses the reply. Where it does not, it is a word like any other. */
  readonly noreply: (line: RequestLine) => boolean;
}

const any = Infinity;
const always = (): boolean => true;
const never = (): boolean => false;

const shapes: Readonly<Record<string, Shape>> = {
  cache_memlimit: { words: [2, 3], noreply: always },
  debugtime: { words: [2, any], noreply: never },
  extstore: { words: [2, any], noreply: always },
  lru: { words: [2, any], noreply: always },
  lru_crawler: { words: [1, any], noreply: never },
  refresh_certs: { words: [1, any], noreply: always },
  shutdown: { words: [1, any], noreply: never },
  // Of the two requests only `slabs automove` looks for it.
  slabs: { words: [1, any], noreply: (line) => line.words > 2 && line.is(1, 'automove') },
  watch: { words: [1, any], noreply: always },
};

function parse(line: RequestLine, { words: [least, most], noreply }: Shape): Command {
  const count = line.words;
  if (count < least || count > most) return invalid(unknownCommand, 'text');
  const words: string[] = [];
  for (let i = 0; i < count; i++) words.push(line.word(i));
  const command = new Command('admin');
  command.dialect = 'text';
  command.quiet = noreply(line) && words.at(-1) === 'noreply';
  // A layer that forwards it waits for a reply.
  if (command.quiet) words.pop();
  command.value = words.join(' ');
  return command;
}

/** The parsers of these verbs. */
export const adminParsers: Readonly<Record<string, ParseRequest>> = Object.fromEntries(
  Object.entries(shapes).map(([verb, shape]) => [verb, (line: RequestLine) => parse(line, shape)]),
);
