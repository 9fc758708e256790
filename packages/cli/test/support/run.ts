/** Runs the built program as users do. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { firstWords, program } from './program.ts';

/** A run of the program. */
export interface ProgramRun {
  readonly process: ChildProcess;
  /** Fulfils when it has ended. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Fulfils with the match as soon as stdout shows it; rejects when the program ends before. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same of stderr. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** `flags` are Node's. `input`: whether standard input is a pipe. */
export function runMemfleet(
  args: readonly string[],
  flags: readonly string[] = [],
  input: 'ignore' | 'pipe' = 'ignore',
): ProgramRun {
  const env = flags.length === 0 ? {} : { NODE_OPTIONS: flags.join(' ') };
  return run(program, [...firstWords, ...args], input, env);
}

/** Runs any program of Node's: its flags, the file, its words. */
export function runNode(args: readonly string[], input: 'ignore' | 'pipe' = 'ignore'): ProgramRun {
  return run(process.execPath, args, input);
}

function run(
  file: string,
  args: readonly string[],
  input: 'ignore' | 'pipe',
  extra: NodeJS.ProcessEnv = {},
): ProgramRun {
  const env = { ...process.env, ...extra };
  const child = spawn(file, args, { env, stdio: [input, 'pipe', 'pipe'] }) as ChildProcessByStdio<
    Writable | null,
    Readable,
    Readable
  >;
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
    for (const watcher of watchers) watcher();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
    for (const watcher of watchers) watcher();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const waitFor = (read: () => string, pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(read());
        if (match === null) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without showing ${pattern}: ${stdout}${stderr}`)));
    });
  return {
    process: child,
    ended,
    shows: (pattern) => waitFor(() => stdout, pattern),
    says: (pattern) => waitFor(() => stderr, pattern),
  };
}
