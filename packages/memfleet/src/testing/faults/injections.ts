/** The faults that are injected into a node, or into all nodes of a fleet. */
import { type Random, systemRandom } from '../../base/chance.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import {
  type ActiveFault,
  type Effect,
  type Fault,
  type FaultEvent,
  type FaultScript,
  faultOf,
  noEffects,
} from './fault.ts';
import { randomOf } from './random.ts';

/** Effects that end with their injection. */
const lasting: ReadonlySet<Effect['kind']> = new Set<Effect['kind']>(['freeze', 'acceptLate', 'delay']);

/** A fault that was injected, until it is removed. */
export class Injection {
  /** What happens, in words. */
  readonly name: string;
  /** Whether it is a state of the whole node. */
  readonly state: Fault['state'];
  readonly #active: ActiveFault;
  readonly #onRemove: (injection: Injection) => Promise<void>;
  #hits = 0;

  constructor(fault: Fault, random: Random, onRemove: (injection: Injection) => Promise<void>) {
    this.name = fault.name;
    this.state = fault.state;
    this.#active = fault.begin(random);
    this.#onRemove = onRemove;
  }

  /** The number of connections and commands to which it happened. */
  get hits(): number {
    return this.#hits;
  }

  /** What happens to a connection or command. For the relay. */
  effectsOf(event: FaultEvent): readonly Effect[] {
    const effects = this.#active(event);
    if (effects.length > 0) this.#hits++;
    return effects.map((effect) => (lasting.has(effect.kind) ? { ...effect, by: this } : effect));
  }

  /** Ends it: what it delays or holds continues at once. Resolves when refused ports listen again. Idempotent. */
  remove(): Promise<void> {
    return this.#onRemove(this);
  }

  /** `remove`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }
}

/** Whoever holds injections, and learns that a state began or ended. */
export interface InjectionTarget {
  add(injection: Injection): void;
  /** Resolves when it listens again where it refused. */
  remove(injection: Injection): Promise<void>;
}

/** Injects faults into its targets, with numbers from one seed. */
export class Injector {
  /** The seed of everything that is drawn. */
  readonly seed: number;
  readonly #targets: () => readonly InjectionTarget[];
  readonly #injections = new Set<Injection>();
  #streams = 0;
  #isSeedTold: boolean;

  /** `seed`: undefined = that of MEMFLEET_SEED, or a new one, which is printed when something is drawn. */
  constructor(seed: number | undefined, targets: () => readonly InjectionTarget[]) {
    const { MEMFLEET_SEED } = process.env;
    this.seed = seed ?? (MEMFLEET_SEED === undefined ? Math.floor(systemRandom() * 2 ** 32) : Number(MEMFLEET_SEED));
    if (!Number.isSafeInteger(this.seed))
      throw new InvalidArgumentError(`the seed of faults must be a whole number, not ${MEMFLEET_SEED ?? seed}`);
    this.#isSeedTold = seed !== undefined || MEMFLEET_SEED !== undefined;
    this.#targets = targets;
  }

  inject(given: Fault | FaultScript): Injection {
    const drawn = randomOf(this.seed, ++this.#streams);
    const random = (): number => {
      this.#tellSeed();
      return drawn();
    };
    const injection = new Injection(faultOf(given), random, async (removed) => {
      if (this.#injections.delete(removed)) await Promise.all(this.#targets().map((target) => target.remove(removed)));
    });
    this.#injections.add(injection);
    for (const target of this.#targets()) target.add(injection);
    return injection;
  }

  /** A new target has the faults of all. */
  join(target: InjectionTarget): void {
    for (const injection of this.#injections) target.add(injection);
  }

  /** Removes all. */
  async clear(): Promise<void> {
    await Promise.all([...this.#injections].map((injection) => injection.remove()));
  }

  #tellSeed(): void {
    if (this.#isSeedTold) return;
    this.#isSeedTold = true;
    process.stderr.write(`memfleet/testing: faults are drawn with seed ${this.seed}; MEMFLEET_SEED repeats it\n`);
  }
}

/** All effects on an event, in the order of injection. */
export function effectsOn(event: FaultEvent, injections: Iterable<Injection>): readonly Effect[] {
  let all: Effect[] | undefined;
  for (const injection of injections) {
    const effects = injection.effectsOf(event);
    if (effects.length > 0) (all ??= []).push(...effects);
  }
  return all ?? noEffects;
}
