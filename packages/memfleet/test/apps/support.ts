/** Applications of examples/ that have a lock file of their own, as processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The folder of an application. */
export const folderOf = (name: string): string => `${root}examples/${name}`;

/** The path of a program of TypeScript's package at the root. */
export const compiler: string = `${root}node_modules/typescript/bin/tsc`;

/** A program that runs. */
export interface Program {
  /** Where it listens. */
  readonly url: string;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Ends it as a supervisor does. */
  readonly stop: () => Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown>;
  readonly output: () => string;
}

function launch(name: string, argv: readonly string[], env: NodeJS.ProcessEnv): Running {
  const { MEMCACHED_NODES: _, NODE_ENV: __, VITEST: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, argv, {
    cwd: folderOf(name),
    env: { ...inherited, NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  return { child, exit: once(child, 'exit'), output: () => output };
}

/** Runs a program of an application to its end; gives its exit code and what it printed. */
export async function run(
  name: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: unknown; readonly output: string }> {
  const { exit, output } = launch(name, argv, env);
  const [code] = (await exit) as [unknown];
  return { code, output: output() };
}

/** Starts a program of an application; it listens when it prints an address. */
export async function start(name: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Program> {
  const { child, exit, output } = launch(name, argv, env);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exit;
  };
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const [address] = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(output()) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on('data', look);
    void exit.then(() => reject(new Error(`${name} has ended: ${output()}`)));
  });
  return { url, output, stop };
}

/** Runs `look` until it gives a result. The time limit of the test bounds it. */
export async function eventually<R>(look: () => Promise<R | undefined>): Promise<R> {
  for (;;) {
    const result = await look();
    if (result !== undefined) return result;
  }
}
