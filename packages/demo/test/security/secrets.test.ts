/** A secret that stands in the wrong place of the demo's command line is printed. Every option is tried. */
import { expect, test } from 'vitest';
import { captureOutput } from '../../../cli/test/support/captured.ts';
import { optionsOf, secret, texts } from '../../../cli/test/support/secrets.ts';
import { demoCommand, runProgram } from '../../src/program.ts';

const output = captureOutput();

const options = optionsOf(demoCommand()).map((words) => words.at(-1) ?? '');

test('the options that take a value are --seconds, --callers, --think, --seed and --nodes', () => {
  expect(options).toEqual(['--seconds', '--callers', '--think', '--seed', '--nodes']);
});

// What would be taken is refused for the option behind it, so that nothing is started.
test.each(options)('%s shows no secret', async (option) => {
  const { signal } = new AbortController();
  for (const text of texts) expect(await runProgram([option, text, '--no-such-option'], signal)).toBe(2);
  expect(output.stderr).not.toBe('');
  expect(output.stdout + output.stderr).not.toContain(secret);
});
