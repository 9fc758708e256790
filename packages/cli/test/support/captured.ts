/** Runs command lines in this process, and keeps what they print. */
import { afterEach, beforeEach, vi } from 'vitest';
import { runProgram } from '../../src/program.ts';

/** What a command line printed, and its exit code. */
export interface Outcome {
  readonly code: unknown;
  /** Each character is one byte. */
  readonly stdout: string;
  readonly stderr: string;
}

let stdout = '';
let stderr = '';

function textOf(data: string | Uint8Array): string {
  return Buffer.from(data as string).toString('latin1');
}

/** For the tests of this file: what goes to stdout and stderr is kept. */
export function captureOutput(): void {
  beforeEach(() => {
    vi.spyOn(process.stdout, 'write').mockImplementation((data) => {
      stdout += textOf(data);
      return true;
    });
    vi.spyOn(console, 'log').mockImplementation((line) => {
      stdout += `${String(line)}\n`;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((data) => {
      stderr += String(data);
      return true;
    });
  });
  afterEach(() => {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
  });
}

/** Runs one. */
export async function runWords(...words: readonly string[]): Promise<Outcome> {
  stdout = '';
  stderr = '';
  process.exitCode = undefined;
  await runProgram(['node', 'memfleet', ...words]);
  return { code: process.exitCode ?? 0, stdout, stderr };
}
