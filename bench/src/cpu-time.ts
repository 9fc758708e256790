/** CPU time, threads and memory of processes, from procfs. */
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds that all threads of a process have run so far; NaN where there is no procfs or no such process. */
export function cpuTime(pid: number): number {
  try {
    let nanoseconds = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0]);
    }
    return nanoseconds / 1000;
  } catch {
    return Number.NaN;
  }
}

/** The threads of a process; none where there is no procfs or no such process. */
export function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Resident memory of a process in bytes; NaN where there is no procfs or no such process. */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) * 1024;
  } catch {
    return Number.NaN;
  }
}
