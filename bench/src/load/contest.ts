/**
 * All rounds of a comparison of two servers or proxies: everything runs from the beginning, and is loaded in turn.
 *
 *   round:  W1: probe ours theirs probe   W2: probe ours theirs probe  …
 *           who begins changes with the round, and so does the first workload
 *
 * A pair that a probe before or after it calls noisy is repeated, at most twice; then its result is marked.
 */
import { fileURLToPath } from 'node:url';
import { residentBytes } from '../cpu-time.ts';
import { MeasuredProcess } from '../measured-process.ts';
import { probeTime, tooNoisy } from '../noise.ts';
import type { Place } from '../pinning.ts';
import { Progress } from '../progress.ts';
import type { Settings } from '../settings.ts';
import { formatNumber } from '../table.ts';
import type { LoadMeasurement, LoadTask } from './load-task.ts';
import type { LoadWorkload } from './workload.ts';

/** A server or proxy that runs. */
export interface Side {
  readonly port: number;
  readonly pid: number;
  readonly nodePids: readonly number[];
}

/**
 * A workload and who is compared on it. `open` gives both: what runs already, or (for the memory of idle connections)
 * what is started for this alone.
 */
export interface Bout<W extends LoadWorkload> {
  readonly workload: W;
  readonly other: string;
  readonly open: () => Promise<{ ours: Side; theirs: Side; close: () => void }>;
}

/** The two measurements of one workload in one round. */
export interface LoadPair {
  readonly workload: string;
  readonly other: string;
  readonly round: number;
  readonly ours: LoadMeasurement & { readonly grown: number };
  readonly theirs: LoadMeasurement & { readonly grown: number };
  readonly lost: number;
  readonly isNoisy: boolean;
}

export interface LoadFailure {
  readonly workload: string;
  readonly other: string;
  readonly message: string;
}

const maxRetries = 2;

type Generator = MeasuredProcess<LoadTask, LoadMeasurement>;

const worker = fileURLToPath(new URL('worker.js', import.meta.url));
/** A measurement that takes so much longer than it should has failed, in ms. */
const patience = 30_000;

function startGenerator(place: Place): Promise<Generator> {
  return MeasuredProcess.start('the load generator', place, [worker], patience);
}

/** The load generator, and one more process that probes the core of what is under test. */
class Ring {
  readonly #generator: Generator;
  readonly #prober: Generator;
  readonly #settings: Settings;

  constructor(generator: Generator, prober: Generator, settings: Settings) {
    this.#generator = generator;
    this.#prober = prober;
    this.#settings = settings;
  }

  async #lost(): Promise<number> {
    const shares = await Promise.all([this.#generator.probe(probeTime), this.#prober.probe(probeTime)]);
    return Math.max(...shares);
  }

  async #measure(workload: LoadWorkload, side: Side): Promise<LoadPair['ours']> {
    const { warmUp, measure } = this.#settings;
    const before = residentBytes(side.pid);
    const measurement = await this.#generator.measure({ ...side, workload, warmUp, measure }, warmUp + measure);
    return { ...measurement, grown: measurement.resident - before };
  }

  async pair<W extends LoadWorkload>({ workload, other, open }: Bout<W>, round: number): Promise<LoadPair> {
    for (let repetition = 0; ; repetition++) {
      const sides = await open();
      try {
        const before = await this.#lost();
        const isOursFirst = round % 2 === 0;
        const first = await this.#measure(workload, isOursFirst ? sides.ours : sides.theirs);
        const second = await this.#measure(workload, isOursFirst ? sides.theirs : sides.ours);
        const [ours, theirs] = isOursFirst ? [first, second] : [second, first];
        const lost = Math.max(before, await this.#lost());
        const isNoisy = lost > tooNoisy;
        if (isNoisy && repetition < maxRetries) continue;
        return { workload: workload.name, other, round, ours, theirs, lost, isNoisy };
      } finally {
        sides.close();
      }
    }
  }
}

function shortly({ ours, theirs, isNoisy }: LoadPair): string {
  const cpu = formatNumber(theirs.cpu / ours.cpu);
  return `${formatNumber(ours.rate / theirs.rate)}× (CPU ${cpu}×)${isNoisy ? ' noisy' : ''}`;
}

/** Runs all rounds. Progress goes to stderr. What failed once is not tried again. */
export async function contest<W extends LoadWorkload>(
  bouts: readonly Bout<W>[],
  settings: Settings,
): Promise<{ pairs: LoadPair[]; failures: LoadFailure[] }> {
  const [generator, prober] = [await startGenerator('rest'), await startGenerator('test')];
  const ring = new Ring(generator, prober, settings);
  const pairs: LoadPair[] = [];
  const failures: LoadFailure[] = [];
  const failed = new Set<Bout<W>>();
  const progress = new Progress(settings.rounds * bouts.length);
  for (let round = 0; round < settings.rounds; round++) {
    for (let i = 0; i < bouts.length; i++) {
      const bout = bouts[(i + round) % bouts.length] as Bout<W>;
      const title = `round ${round + 1} ${bout.workload.name} against ${bout.other}`;
      if (failed.has(bout)) {
        progress.step(`${title}: left out`);
        continue;
      }
      try {
        const pair = await ring.pair(bout, round);
        pairs.push(pair);
        progress.step(`${title}: ${shortly(pair)}`);
      } catch (error) {
        const { message } = error as Error;
        failures.push({ workload: bout.workload.name, other: bout.other, message });
        failed.add(bout);
        progress.step(`${title}: ${message}`);
      }
    }
  }
  generator.stop();
  prober.stop();
  return { pairs, failures };
}
