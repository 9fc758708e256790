/** The clients in other languages: their programs, how these are made, and what a machine needs for them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../client/entrant.ts';
import type { Operation } from '../client/workload.ts';
import { findProgram } from '../programs.ts';

/** A client in another language. */
export interface ForeignProgram {
  readonly name: string;
  readonly language: string;
  /** Operations with one call in flight, and with many. */
  readonly alone: readonly Operation[];
  readonly together: readonly Operation[];
  /** Debian's packages for it. */
  readonly packages: readonly string[];
  /** Makes the program. Throws with what is missing. */
  readonly build: () => Command;
}

const source = (file: string): string => fileURLToPath(new URL(`../../src/languages/${file}`, import.meta.url));

function made(name: string): string {
  const folder = fileURLToPath(new URL('../../dist/languages/programs/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return `${folder}${name}`;
}

function need(program: string): string {
  const path = isAbsolute(program) && existsSync(program) ? program : findProgram(program);
  if (path === undefined) throw new Error(`there is no ${program}`);
  return path;
}

/** Runs what must succeed; throws the first line that it printed as an error. */
function tryRun(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const path = need(program);
  try {
    execFileSync(path, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer };
    throw new Error(stderr?.toString().trim().split('\n')[0] ?? `${program} failed`, { cause: error });
  }
}

function compileC(name: string, libraries: readonly string[]): Command {
  const path = made(name);
  tryRun('cc', ['-O2', '-Wall', '-o', path, source(`${name}.c`), ...libraries.map((library) => `-l${library}`)]);
  return { path, args: [] };
}

function compileGo(name: string): Command {
  const path = made(name);
  // Where Debian's packages for Go are.
  const env = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
  tryRun('go', ['build', '-o', path, source(`${name}.go`)], env);
  return { path, args: [] };
}

/** Debian's Python, as its packages are seen by no other. */
function findPython(): Command {
  const python = '/usr/bin/python3';
  tryRun(python, ['-c', 'import pylibmc']);
  return { path: python, args: [source('pylibmc-client.py')] };
}

function findPhp(): Command {
  tryRun('php', ['-r', 'class_exists("Memcached") || (fwrite(STDERR, "there is no class Memcached") && exit(1));']);
  return { path: need('php'), args: [source('php-memcached.php')] };
}

const alone: readonly Operation[] = ['get', 'set', 'getMany', 'getArray'];
const together: readonly Operation[] = ['get', 'set'];

/** In the order of the tables. */
export const foreignPrograms: readonly ForeignProgram[] = [
  {
    name: 'plain socket',
    language: 'C, no API',
    alone,
    together,
    packages: ['gcc', 'libc6-dev'],
    build: () => compileC('plain-socket', []),
  },
  {
    name: 'libmemcached',
    language: 'C',
    alone,
    together: [],
    packages: ['gcc', 'libc6-dev', 'libmemcached-dev'],
    build: () => compileC('libmemcached', ['memcached']),
  },
  {
    name: 'pylibmc',
    language: 'Python',
    alone,
    together: [],
    packages: ['python3-pylibmc'],
    build: findPython,
  },
  {
    name: 'php-memcached',
    language: 'PHP',
    alone,
    together: [],
    packages: ['php-cli', 'php-memcached'],
    build: findPhp,
  },
  {
    name: 'gomemcache',
    language: 'Go',
    alone,
    together,
    packages: ['golang-go', 'golang-github-bradfitz-gomemcache-dev'],
    build: () => compileGo('gomemcache'),
  },
];

/** What is said of a program that could not be made: the reason, and the command that installs what it needs. */
export function skippedBecause({ name, packages }: ForeignProgram, reason: string): string {
  return `${name} (${reason}): sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
}

/** The program, or why it is skipped. */
export function programOrReason(foreign: ForeignProgram): Command | string {
  try {
    return foreign.build();
  } catch (error) {
    return skippedBecause(foreign, (error as Error).message);
  }
}
