/** Runs command lines in this process, and keeps what they print. */
import { afterEach, beforeEach, vi } from 'vitest';
import { runProgram } from '../../src/program.ts';

/** What was printed. */
export interface Output {
  /** Each character is one byte. */
  stdout: string;
  stderr: string;
}

/** What a command line printed, and its exit code. */
export interface Outcome extends Readonly<Output> {
  readonly code: unknown;
}

const output: Output = { stdout: '', stderr: '' };

function textOf(data: string | Uint8Array): string {
  return Buffer.from(data as string).toString('latin1');
}

/** For the tests of this file: what goes to stdout and stderr is kept, for each test anew. */
export function captureOutput(): Readonly<Output> {
  beforeEach(() => {
    Object.assign(output, { stdout: '', stderr: '' });
    vi.spyOn(process.stdout, 'write').mockImplementation((data) => {
      output.stdout += textOf(data);
      return true;
    });
    vi.spyOn(console, 'log').mockImplementation((line) => {
      output.stdout += `${String(line)}\n`;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((data) => {
      output.stderr += String(data);
      return true;
    });
  });
  afterEach(() => {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
  });
  return output;
}

/** Runs one. */
export async function runWords(...words: readonly string[]): Promise<Outcome> {
  Object.assign(output, { stdout: '', stderr: '' });
  process.exitCode = undefined;
  await runProgram(['node', 'memfleet', ...words]);
  return { ...output, code: process.exitCode ?? 0 };
}
