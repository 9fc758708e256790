/**
 * The corpus: a file of JSON strings for each target, one input a line, `#` begins a remark. Every input runs first, in
 * every run: what was found once is found again. Then they are mutated.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The file of a target. */
export function corpusFile(target: string): string {
  return fileURLToPath(new URL(`../corpus/${target}.txt`, import.meta.url));
}

/** The inputs of a target. */
export function readCorpus(target: string): string[] {
  const file = corpusFile(target);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => JSON.parse(line) as string);
}

/** Keeps an input. */
export function keep(target: string, input: string): void {
  appendFileSync(corpusFile(target), `${lineOf(input)}\n`);
}

/** An input as it stands in the file and on the command line: ASCII. */
export function lineOf(input: string): string {
  return JSON.stringify(input).replace(/[\x7f-\xff]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
