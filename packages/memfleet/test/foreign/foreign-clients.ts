/**
 * Clients of other languages: for each a small program in `clients/` that does the same operations over its library's
 * own API and says as JSON what the library reported. Missing libraries: see `describeJudge`.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { dalli, type Judge, phpMemcached, pymemcache, pythonMemcached } from '../locator/support/judges.ts';

/** A client of another language. */
export interface ForeignClient extends Judge {
  readonly script: readonly [file: string, ...args: string[]];
  /** The locator profile that puts keys where this client does; none for one that nobody else agrees with. */
  readonly locator?: string;
}

const pylibmc: Judge = { name: 'pylibmc', programs: pymemcache.programs, probe: ['-c', 'import pylibmc'] };
const cacheMemcachedFast: Judge = {
  name: 'Cache::Memcached::Fast',
  programs: ['perl'],
  probe: ['-MCache::Memcached::Fast', '-e', '1'],
};

export const foreignClients: readonly ForeignClient[] = [
  { ...pymemcache, script: ['pymemcache_contract.py'], locator: 'pymemcache' },
  { ...pythonMemcached, script: ['python_memcached_contract.py'], locator: 'python-memcached' },
  { ...pylibmc, name: 'pylibmc, text', script: ['pylibmc_contract.py', 'text'], locator: 'ketama' },
  { ...pylibmc, name: 'pylibmc, binary', script: ['pylibmc_contract.py', 'binary'], locator: 'ketama' },
  { ...phpMemcached, name: 'php-memcached, text', script: ['php-memcached.php', 'text'], locator: 'ketama' },
  { ...phpMemcached, name: 'php-memcached, binary', script: ['php-memcached.php', 'binary'], locator: 'ketama' },
  { ...dalli, script: ['dalli.rb'], locator: 'dalli' },
  { ...cacheMemcachedFast, script: ['cache-memcached-fast.pl'] },
];

/** One server on which a program runs its operations. */
export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Before every key, so that targets with the same nodes do not meet. */
  readonly prefix: string;
}

/** What a client reported, by operation, in the order of the operations. */
export type Report = Readonly<Record<string, unknown>>;

/** Runs the client's program; `input` and the result as at the head of the program. */
export function runClient<Result>(client: ForeignClient, program: string, input: object): Promise<Result> {
  const [file, ...args] = client.script;
  const path = fileURLToPath(new URL(`clients/${file}`, import.meta.url));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', LC_ALL: 'C.UTF-8' };
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, stdout: string, stderr: string): void => {
      if (error === null) resolve(JSON.parse(stdout) as Result);
      else reject(new Error(`${client.name}: ${error.message}\n${stdout}${stderr}`));
    };
    const child = execFile(program, [path, ...args], { env, timeout: 60_000, maxBuffer: 1 << 26 }, done);
    child.stdin?.end(JSON.stringify(input));
  });
}
