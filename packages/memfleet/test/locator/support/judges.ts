/**
 * The real libraries as judges of where a key lives. Each is a small program in the language of its library; it reads
 * questions as JSON and answers with the index of the server of every key. Without a judge its tests are skipped by
 * name, and the run fails under MEMFLEET_REQUIRE_REAL=1: see `describeWithout`.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import type { LocatorNode } from '../../../src/cluster/locator/locator.ts';
import { createLocator } from '../../../src/cluster/locator/registry.ts';
import { describeWithout, findBinary } from '../../support/real-memcached.ts';
import { bytes } from './fleet.ts';

/** A library that can be asked. */
export interface Judge {
  readonly name: string;
  /** Programs that may run it; the first with which `probe` succeeds is taken. */
  readonly programs: readonly string[];
  /** Arguments with which a program shows that it has the library. */
  readonly probe: readonly string[];
  /** The program in `judges/` that asks it, and its arguments. */
  readonly script?: readonly [file: string, ...args: string[]];
}

const pythons = ['python3', '/usr/bin/python3'];

export const libmemcached: Judge = {
  name: 'libmemcached',
  programs: pythons,
  probe: ['-c', 'import ctypes; ctypes.CDLL("libmemcached.so.11"); ctypes.CDLL("libhashkit.so.2")'],
  script: ['libmemcached.py'],
};
export const pymemcache: Judge = {
  name: 'pymemcache',
  programs: pythons,
  probe: ['-c', 'import pymemcache.client.rendezvous'],
  script: ['python-clients.py', 'pymemcache'],
};
export const pythonMemcached: Judge = {
  name: 'python-memcached',
  programs: pythons,
  probe: ['-c', 'import memcache'],
  script: ['python-clients.py', 'python-memcached'],
};
export const dalli: Judge = {
  name: 'Dalli',
  programs: ['ruby'],
  probe: ['-e', 'require "dalli"'],
  script: ['dalli.rb'],
};
export const phpMemcached: Judge = {
  name: 'php-memcached',
  programs: ['php'],
  probe: ['-r', 'new Memcached();'],
  script: ['php-memcached.php'],
};

export const nutcracker: Judge = {
  name: 'nutcracker',
  programs: ['nutcracker'],
  probe: ['-V'],
};

/** What a judge is asked: a fleet, and what its own language needs to know. */
export interface Question {
  readonly nodes: readonly LocatorNode[];
  /** libmemcached: MEMCACHED_BEHAVIOR_… and their values. */
  readonly behaviors?: readonly (readonly [behavior: number, value: number])[];
  /** php-memcached: names of options and of their values. */
  readonly options?: readonly (readonly [name: string, value: string | boolean])[];
  /** Indexes of the servers that are down. */
  readonly dead?: readonly number[];
}

/** `describe` for tests with a judge. */
export function describeJudge(judge: Judge, title: string, body: (program: string) => void): void {
  const program = judge.programs.map(runnable).find((path) => path !== undefined && succeeds(path, judge.probe));
  if (program !== undefined) describe(title, () => body(program));
  else describeWithout(judge.name, title, () => body(''));
}

function runnable(name: string): string | undefined {
  return name.startsWith('/') ? name : findBinary(name);
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** The judge's answers: per question, the server index of every key. */
export function ask(
  judge: Judge,
  program: string,
  keys: readonly string[],
  questions: readonly Question[],
): readonly (readonly number[])[] {
  const [file, ...args] = judge.script!;
  const path = fileURLToPath(new URL(`../judges/${file}`, import.meta.url));
  const input = JSON.stringify({
    keys,
    questions: questions.map(({ nodes, behaviors, options, dead }) => ({
      behaviors,
      options,
      dead,
      servers: nodes.map(({ host, port, weight }) => [host, port, weight]),
    })),
  });
  return JSON.parse(
    execFileSync(program, [path, ...args], { input, maxBuffer: 1 << 28, encoding: 'utf8' }),
  ) as number[][];
}

/**
 * Expects a locator to put every key where the judge has put it; the message shows the first keys that are elsewhere.
 */
export function expectSameOwners(
  profile: string,
  nodes: readonly LocatorNode[],
  keys: readonly string[],
  answers: readonly number[] | undefined,
  dead: readonly number[] = [],
): void {
  const locator = createLocator(profile, nodes);
  const elsewhere: string[] = [];
  for (const [i, text] of keys.entries()) {
    const key = bytes(text);
    const first = locator.locate(key);
    const index = dead.includes(first) ? locator.locateNext(key, (node) => dead.includes(node)) : first;
    if (index !== answers?.[i]) elsewhere.push(`${JSON.stringify(text)}: ${index}, not ${answers?.[i]}`);
  }
  expect(elsewhere.length, `${profile}, ${nodes.length} nodes: ${elsewhere.slice(0, 5).join('; ')}`).toBe(0);
}
