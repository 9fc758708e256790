/** What commands print: text for people, or JSON, one object a line. */
import { exitCodes } from './failure.ts';

/** Prints `text`, or `fields` as JSON; without a text nothing but JSON is printed. */
export function printResult(
  { json }: { readonly json?: true },
  fields: Readonly<Record<string, unknown>>,
  text?: string,
): void {
  if (json === true) process.stdout.write(`${JSON.stringify(fields)}\n`);
  else if (text !== undefined) process.stdout.write(`${text}\n`);
}

/** Prints a failure to stderr. The command continues, and its exit code is 1. */
export function printFailure(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCodes.failed;
}
