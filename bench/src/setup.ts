/** `bench setup`: installs the peers and says which programs of the system are missing, and how to get them. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { foreignPrograms, programOrReason } from './languages/foreign-programs.ts';
import { findProgram } from './programs.ts';

/** Program, what it is for, and Debian's package. */
const programs: readonly (readonly [name: string, use: string, debian: string])[] = [
  ['memcached', 'everything', 'memcached'],
  ['taskset', 'steady numbers: pins processes to cores', 'util-linux'],
  ['redis-server', 'the yardsticks ioredis and node-redis', 'redis-server'],
  ['nutcracker', 'the proxy comparison', 'nutcracker'],
];

/** Clients in other languages that this machine does not have: no fault, the comparison leaves them out. */
function missingLanguages(): string[] {
  return foreignPrograms.map(programOrReason).filter((program) => typeof program === 'string');
}

export async function setupCommand(): Promise<void> {
  const directory = fileURLToPath(new URL('..', import.meta.url));
  console.log('npm ci --prefix bench');
  execFileSync('npm', ['ci', '--prefix', directory], { stdio: 'inherit' });
  for (const text of missingLanguages()) console.log(`missing for the comparison of languages: ${text}`);
  const missing = programs.filter(([name]) => findProgram(name) === undefined);
  for (const [name, use] of programs) console.log(`${(findProgram(name) ?? 'missing').padEnd(24)} ${name}: ${use}`);
  if (missing.length === 0) return;
  console.log(`\nOn Debian and Ubuntu: sudo apt-get install ${missing.map(([, , debian]) => debian).join(' ')}`);
  console.log(
    'Debian starts memcached and redis-server as services; the benchmark needs only the programs and starts its own.',
  );
  process.exitCode = 1;
}
