/** The command line of the demo: the messages for mistakes. */
import { expect, test, vi } from 'vitest';
import { captureOutput } from '../../cli/test/support/captured.ts';
import { runProgram } from '../src/program.ts';

const output = captureOutput();

function run(line: string): Promise<number> {
  return runProgram(line.split(' '), new AbortController().signal);
}

test.each([
  ['--bogus', "unknown option '--bogus'", ''],
  ['--seconds abc', "'abc' is invalid", 'a number from 2 to 86400 (seconds)'],
  ['--seconds 1', "'1' is invalid", ''],
  ['--callers 0', "'0' is invalid", 'a whole number from 1 to 10000 (callers)'],
  ['--seed 1.5', "'1.5' is invalid", ''],
  ['--real --nodes a:1', "'--nodes <list>' cannot be used with option '--real'", ''],
  ['--nodes 127.0.0.1:1,127.0.0.1:2', 'cannot reach 127.0.0.1:1 (connect ECONNREFUSED', '127.0.0.1:2 (connect'],
  ['--nodes a:b:c', 'is not host, host:port', ''],
  ['more', 'too many arguments', ''],
])('memfleet-demo %s: exit code 2 and "%s"', async (line, message, more) => {
  expect(await run(line)).toBe(2);
  expect(output.stderr).toContain(message);
  expect(output.stderr).toContain(more);
});

test('--real on a machine without memcached is exit code 2 and says so', async () => {
  vi.stubEnv('PATH', '');
  expect(await run('--real')).toBe(2);
  expect(output.stderr).toMatch(/there is no memcached on the PATH/);
});

test.each([
  ['--version', /^\d+\.\d+\.\d+\n$/],
  ['--help', /^Usage: memfleet-demo \[options\]/],
])('%s is exit code 0', async (option, text) => {
  expect(await run(option)).toBe(0);
  expect(output.stdout).toMatch(text);
});
