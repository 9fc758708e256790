/**
 * Runs targets in turn until the time is over or something is found.
 *
 *   corpus, seeds ─▶ run ─┐
 *        pool ─▶ mutate ─▶ run ─ new outcome ─▶ pool
 *                           └ a property broken, too slow, too large ─▶ shrink ─▶ Finding
 *
 * Each target has random numbers of its own, which depend on the seed and its name: its n-th input is the same in every
 * run with that seed, whatever the time is and whichever other targets there are.
 */
import { getHeapStatistics } from 'node:v8';
import { readCorpus } from './corpus.ts';
import type { CurrentInput } from './current-input.ts';
import { mutate } from './mutate.ts';
import { hashOf, Random } from './random.ts';
import { shrink } from './shrink.ts';
import { BrokenProperty, type Target } from './target.ts';

/** What was found. */
export interface Finding {
  readonly target: string;
  /** The small input that shows it. */
  readonly input: string;
  /** Which input of the target it was, counted from 1. */
  readonly run: number;
  readonly what: string;
}

/** How much was tried. */
export interface Progress {
  readonly target: string;
  readonly runs: number;
  /** Different outcomes. */
  readonly outcomes: number;
}

/** A target's turn, in ms. */
const turn = 50;
const maxPool = 3000;
/** An input may take so much CPU, in ms, and leave so many bytes behind. */
const maxCpu = 500;
const maxBytes = 96 * 1024 * 1024;

/** Runs targets in turn until the time is over or a fault is found. */
export class Engine {
  readonly #lanes: readonly Lane[];

  constructor(targets: readonly Target[], seed: number, current: CurrentInput) {
    this.#lanes = targets.map((target, index) => new Lane(target, index, seed, current));
  }

  /** `until`: when it ends, on the clock of `performance`. */
  async run(until: number): Promise<Finding | undefined> {
    for (const lane of this.#lanes) {
      const finding = await lane.begin();
      if (finding !== undefined) return finding;
    }
    while (performance.now() < until) {
      for (const lane of this.#lanes) {
        const finding = await lane.go(performance.now() + turn);
        if (finding !== undefined) return finding;
      }
    }
    return undefined;
  }

  progress(): readonly Progress[] {
    return this.#lanes.map((lane) => lane.progress);
  }
}

class Lane {
  readonly #target: Target;
  readonly #index: number;
  readonly #current: CurrentInput;
  readonly #random: Random;
  readonly #pool: string[] = [];
  readonly #outcomes = new Set<string>();
  #runs = 0;

  constructor(target: Target, index: number, seed: number, current: CurrentInput) {
    this.#target = target;
    this.#index = index;
    this.#current = current;
    this.#random = new Random(seed ^ hashOf(target.name));
  }

  get progress(): Progress {
    return { target: this.#target.name, runs: this.#runs, outcomes: this.#outcomes.size };
  }

  /** The corpus and the seeds, as they are. */
  async begin(): Promise<Finding | undefined> {
    for (const input of ['', ...readCorpus(this.#target.name), ...this.#target.seeds]) {
      const finding = await this.#try(input);
      if (finding !== undefined) return finding;
      this.#pool.push(input);
    }
    return undefined;
  }

  /** Mutates until then. How far it comes depends on the time; which inputs they are does not. */
  async go(until: number): Promise<Finding | undefined> {
    const { words } = this.#target;
    while (performance.now() < until) {
      const input = mutate(this.#random.pick(this.#pool), this.#random, words, this.#random.pick(this.#pool));
      const finding = await this.#try(input);
      if (finding !== undefined) return finding;
    }
    return undefined;
  }

  async #try(input: string): Promise<Finding | undefined> {
    this.#runs++;
    const verdict = await this.#judge(input);
    if (verdict.problem === undefined) {
      if (!this.#outcomes.has(verdict.outcome)) {
        this.#outcomes.add(verdict.outcome);
        this.#pool[this.#pool.length < maxPool ? this.#pool.length : this.#random.below(maxPool)] = input;
      }
      return undefined;
    }
    const kind = kindOf(verdict.problem);
    const small = await shrink(input, async (candidate) => {
      const { problem } = await this.#judge(candidate);
      return problem !== undefined && kindOf(problem) === kind;
    });
    const { problem = verdict.problem } = await this.#judge(small);
    return { target: this.#target.name, input: small, run: this.#runs, what: problem };
  }

  async #judge(input: string): Promise<Verdict> {
    const first = await this.#measure(input, () => performance.now());
    // What others do on the machine, and the garbage collector, count neither: too much once is looked at again, by the
    // CPU that it takes.
    if (first.problem !== undefined || !first.isTooMuch) return first;
    const again = await this.#measure(input, cpuTime);
    if (again.problem !== undefined || !again.isTooMuch) return again;
    return { ...again, problem: `too much: ${again.cpu.toFixed(0)} ms of CPU, ${again.bytes} bytes more in memory` };
  }

  async #measure(
    input: string,
    clock: () => number,
  ): Promise<Verdict & { isTooMuch: boolean; cpu: number; bytes: number }> {
    this.#current.set(this.#index, input);
    const heap = getHeapStatistics();
    const start = clock();
    let outcome = '';
    let problem: string | undefined;
    try {
      outcome = await this.#target.run(input);
      for (const name in {}) problem = `Object.prototype has got "${name}"`;
    } catch (error) {
      problem = describe(error);
    }
    const cpu = clock() - start;
    const after = getHeapStatistics();
    const bytes = after.used_heap_size + after.external_memory - heap.used_heap_size - heap.external_memory;
    return { outcome, problem, cpu, bytes, isTooMuch: cpu > maxCpu || bytes > maxBytes };
  }
}

/** ms of CPU of the process. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

interface Verdict {
  readonly outcome: string;
  readonly problem?: string | undefined;
}

function describe(error: unknown): string {
  if (error instanceof BrokenProperty) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
}

/** Problems of one kind differ in the values they show and in nothing else. */
function kindOf(problem: string): string {
  return problem.split(/[\n:]/, 1)[0]!.replace(/\d+/g, '0');
}
