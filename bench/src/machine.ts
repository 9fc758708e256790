/** The machine and the programs of a run, for the head of every result. */
import { cpus, release, totalmem } from 'node:os';
import { describePinning } from './pinning.ts';
import { programVersion } from './programs.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly memcached: string;
  readonly pinning: string;
}

export function describeMachine(): Machine {
  const list = cpus();
  return {
    cpu: (list[0]?.model ?? 'unknown').trim(),
    cores: list.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    kernel: `Linux ${release()}`,
    node: process.version,
    memcached: programVersion('memcached', '-V') ?? 'none',
    pinning: describePinning(),
  };
}

/** Two lines. */
export function formatMachine(machine: Machine): string {
  const { cpu, cores, memory, kernel, node, memcached, pinning } = machine;
  return `${cpu}, ${cores} cores, ${memory}, ${kernel}, Node ${node}, ${memcached} -t 1\n${pinning}`;
}
