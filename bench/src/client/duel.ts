/**
 * One round of ours against one other: two processes side by side, which measure each workload in turn, so that the two
 * measurements of a pair are about a second apart and meet the same machine.
 *
 *   ours   ──probe─ W1 ──── probe ─ W2 ─────────
 *   other  ─────────── W1 ───────────── W2 ─…        who begins changes with the round
 *
 * A pair that a probe before or after it calls noisy is repeated, at most twice; then its result is marked.
 */
import { ForeignContestant } from '../languages/foreign-contestant.ts';
import { lostShare, probeTime, tooNoisy } from '../noise.ts';
import { Contestant } from './contestant.ts';
import type { Entrant, Ports } from './entrant.ts';
import type { Measurement, Times } from './measure.ts';
import type { Workload } from './workload.ts';

/** The two measurements of one workload in one round. */
export interface Pair {
  readonly workload: string;
  readonly other: string;
  readonly round: number;
  readonly ours: Measurement;
  readonly theirs: Measurement;
  /** The larger share of time that a probe beside it lost. */
  readonly lost: number;
  readonly isNoisy: boolean;
}

/** What a round needs to know. */
export interface DuelSettings {
  readonly ports: Ports;
  readonly times: Times;
  readonly round: number;
}

/** What both a client of Node and a program in another language are here. */
type Rival = Pick<Contestant, 'entrant' | 'measure' | 'stop'>;

function start(entrant: Entrant, ports: Ports): Promise<Rival> {
  const { program } = entrant;
  return program === undefined ? Contestant.start(entrant, ports) : ForeignContestant.start(entrant, program, ports);
}

const maxRetries = 2;

/** Both cores at once: the contestants', and ours, where the servers run. */
async function probe(contestant: Contestant): Promise<number> {
  const theirs = contestant.probe(probeTime);
  // The order has left before this process begins to spin.
  await new Promise((resolve) => setImmediate(resolve));
  const here = lostShare(probeTime);
  return Math.max(here, await theirs);
}

/** Calls back with every pair; a workload that one of them cannot do goes to `onFailed`. */
export async function duel(
  ours: Entrant,
  other: Entrant,
  workloads: readonly Workload[],
  settings: DuelSettings,
  onPair: (pair: Pair) => void,
  onFailed: (workload: Workload, error: Error) => void,
): Promise<void> {
  let we = await Contestant.start(ours, settings.ports);
  let they = await start(other, settings.ports);
  try {
    for (const workload of workloads) {
      try {
        onPair(await measurePair(we, they, workload, settings));
      } catch (error) {
        onFailed(workload, error as Error);
        // Whatever is left of them must not disturb the others.
        we.stop();
        they.stop();
        we = await Contestant.start(ours, settings.ports);
        they = await start(other, settings.ports);
      }
    }
  } finally {
    we.stop();
    they.stop();
  }
}

async function measurePair(we: Contestant, they: Rival, workload: Workload, settings: DuelSettings): Promise<Pair> {
  const { round, times } = settings;
  for (let repetition = 0; ; repetition++) {
    const before = await probe(we);
    let ours: Measurement;
    let theirs: Measurement;
    if (round % 2 === 0) {
      ours = await we.measure(workload, times);
      theirs = await they.measure(workload, times);
    } else {
      theirs = await they.measure(workload, times);
      ours = await we.measure(workload, times);
    }
    const lost = Math.max(before, await probe(we));
    const isNoisy = lost > tooNoisy;
    if (isNoisy && repetition < maxRetries) continue;
    return { workload: workload.name, other: they.entrant.name, round, ours, theirs, lost, isNoisy };
  }
}
