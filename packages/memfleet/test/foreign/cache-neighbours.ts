/** Clients of other languages that have the keys of a cache in common with memfleet, call by call. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CacheOptions } from '../../src/cache/index.ts';
import { dalli, type Judge, phpMemcached, pymemcache } from '../locator/support/judges.ts';

/** What the programs of `clients/cache.*` are told and tell. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** How a neighbour says a call. */
export type Said = readonly [method: string, ...args: Json[]];

/** A client that shares keys. */
export interface Neighbour extends Judge {
  readonly file: string;
  readonly args: (port: number) => readonly string[];
  /** The options of the cache that has the same keys. */
  readonly options: CacheOptions;
  /** A number as both store it. */
  readonly five: string | number;
  /** What it gives for what a touch or delete does not find. */
  readonly missing: Json;
  readonly get: (key: string) => Said;
  /** For 300 seconds. */
  readonly set: (key: string, value: Json) => Said;
  readonly add: (key: string, value: Json) => Said;
  readonly incr: (key: string) => Said;
  readonly touch: (key: string, ttl: number) => Said;
  readonly remove: (key: string) => Said;
}

/** The prefix of all keys. */
export const prefix = 'shop';
/** The version of all keys, where there is one. */
export const version = 2;

const prefixed = (key: string): string => `${prefix}:${key}`;

const django = (library: string): Neighbour => ({
  name: `Django on ${library}`,
  programs: pymemcache.programs,
  probe: ['-c', `import django, ${library}`],
  file: 'cache.py',
  args: (port) => [library, `127.0.0.1:${port}`, prefix, String(version)],
  options: { interop: 'django', keyPrefix: prefix, version },
  five: 5,
  missing: false,
  get: (key) => ['get', key],
  set: (key, value) => ['set', key, value],
  add: (key, value) => ['add', key, value],
  incr: (key) => ['incr', key],
  touch: (key, ttl) => ['touch', key, ttl],
  remove: (key) => ['delete', key],
});

/** The caches of Django. */
export const djangos: readonly Neighbour[] = [django('pymemcache'), django('pylibmc')];

/** All of them. */
export const neighbours: readonly Neighbour[] = [
  ...djangos,
  {
    ...phpMemcached,
    file: 'cache.php',
    args: (port) => ['127.0.0.1', String(port), `${prefix}:`],
    options: { interop: 'php', keyFunction: prefixed },
    five: 5,
    missing: false,
    get: (key) => ['get', key],
    set: (key, value) => ['set', key, value, 300],
    add: (key, value) => ['add', key, value],
    incr: (key) => ['increment', key],
    touch: (key, ttl) => ['touch', key, ttl],
    remove: (key) => ['delete', key],
  },
  {
    ...dalli,
    file: 'cache.rb',
    args: (port) => [`127.0.0.1:${port}`, prefix],
    options: { interop: 'dalli', keyFunction: prefixed },
    five: '5',
    missing: null,
    get: (key) => ['get', key],
    // Text as it is, and not by Ruby's Marshal.
    set: (key, value) => ['set', key, value, 300, { raw: true }],
    add: (key, value) => ['add', key, value, null, { raw: true }],
    incr: (key) => ['incr', key],
    touch: (key, ttl) => ['touch', key, ttl],
    remove: (key) => ['delete', key],
  },
];

/** A neighbour that runs. */
export interface RunningNeighbour {
  /** The result of a call. Rejects with the name of its error. */
  say(call: Said): Promise<Json>;
  stop(): void;
}

/** Starts the program of a neighbour. */
export function startNeighbour({ name, file, args }: Neighbour, program: string, port: number): RunningNeighbour {
  const path = fileURLToPath(new URL(`clients/${file}`, import.meta.url));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', LC_ALL: 'C.UTF-8' };
  const child = spawn(program, [path, ...args(port)], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const pending: { resolve(line: string): void; reject(error: Error): void }[] = [];
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => pending.shift()?.resolve(line));
  const onEnd = (): void => {
    for (const call of pending.splice(0)) call.reject(new Error(`${name} has ended: ${complaint}`));
  };
  child.once('close', onEnd);
  child.once('error', onEnd);
  return {
    async say(call) {
      const line = await new Promise<string>((resolve, reject) => {
        pending.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(call)}\n`);
      });
      const { result, error } = JSON.parse(line) as { result: Json; error?: string };
      if (error !== undefined) throw new Error(error);
      return result;
    },
    stop: () => void child.kill(),
  };
}
