/** `-u` and `-d`: the user that the process runs as, and the process without a terminal. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { exitCodes, refuse } from './failure.ts';

/** Whether this process is the daemon that its parent started. */
const daemonMark = 'MEMFLEET_MEMCACHED_DAEMON';

/** Becomes the user, if this process is root's. Throws Exit. */
export function assumeIdentity(user: string | undefined): void {
  const { getuid, setgroups, setgid, setuid } = process;
  if (user === undefined || getuid?.() !== 0) return;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === user);
  const [, , uid, gid] = entry ?? [];
  if (uid === undefined || gid === undefined) refuse(`can't find the user ${user} to switch to`, exitCodes.noUser);
  if (Number(uid) === 0) return;
  try {
    setgroups?.call(process, []);
    setgid?.call(process, Number(gid));
    setuid?.call(process, Number(uid));
  } catch (error) {
    refuse(`failed to assume identity of user ${user}: ${(error as Error).message}`, exitCodes.system);
  }
}

/** Starts the daemon, unless this process is it. True: it was started, and this process has nothing left to do. */
export function becomeDaemon(verbosity: number): boolean {
  if (process.env[daemonMark] !== undefined) {
    delete process.env[daemonMark];
    return false;
  }
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    cwd: '/',
    detached: true,
    env: { ...process.env, [daemonMark]: '1' },
    stdio: verbosity > 0 ? 'inherit' : 'ignore',
  });
  child.unref();
  return true;
}
