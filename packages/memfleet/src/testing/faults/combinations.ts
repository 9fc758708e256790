/** Faults made of other faults: on a condition, several at once, one after the other. */
import type { Random } from '../../base/chance.ts';
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

/** Which connections and commands a fault happens to. All conditions that are given must hold. */
export interface FaultCondition {
  /** Names of commands, as `SeenCommand.name` has them. Connects do not match. @default all, and connects */
  readonly command?: string | readonly string[] | undefined;
  /**
   * A key of the command, or a regular expression that matches one. Connects do not match. @default all, and connects
   */
  readonly key?: string | RegExp | undefined;
  /** The numbers of connections; each node begins with 1. @default all connections */
  readonly connection?: number | readonly number[] | undefined;
  /** The names of nodes, `host:port`. @default all */
  readonly node?: string | readonly string[] | undefined;
  /** The number of matching events that are left alone first. @default 0 */
  readonly skip?: number | undefined;
  /** The number of matching events to which it then happens. @default all */
  readonly times?: number | undefined;
  /** The probability with which it happens to each of these events, from 0 to 1; random by the seed. @default 1 */
  readonly chance?: number | undefined;
}

const names = new Set(['command', 'key', 'connection', 'node', 'skip', 'times', 'chance']);

function listOf<T>(given: T | readonly T[] | undefined): readonly T[] | undefined {
  return given === undefined ? undefined : Array.isArray(given) ? (given as readonly T[]) : [given as T];
}

function matches(event: FaultEvent, { command, key, connection, node }: FaultCondition): boolean {
  const seen = event.command;
  if (listOf(connection)?.includes(event.connection) === false) return false;
  if (listOf(node)?.includes(event.node) === false) return false;
  if (seen === undefined) return command === undefined && key === undefined;
  if (listOf(command)?.includes(seen.name) === false) return false;
  if (key === undefined) return true;
  return typeof key === 'string' ? seen.keys.includes(key) : seen.keys.some((one) => one.search(key) >= 0);
}

function checkCondition(condition: FaultCondition): void {
  for (const name of Object.keys(condition))
    if (!names.has(name)) throw new InvalidArgumentError(`when: ${JSON.stringify(name)} is no condition of a fault`);
  const { skip = 0, times = 1, chance = 1 } = condition;
  if (!Number.isInteger(skip) || skip < 0) throw new InvalidArgumentError('when: "skip" must be a whole number from 0');
  if (!(times >= 0)) throw new InvalidArgumentError('when: "times" must be a number from 0');
  if (!(chance >= 0 && chance <= 1)) throw new InvalidArgumentError('when: "chance" must be from 0 to 1');
}

/** The fault happens only where the condition holds. Throws InvalidArgumentError for an unknown condition. */
export function when(condition: FaultCondition, fault: Fault | FaultScript): Fault {
  checkCondition(condition);
  const { skip = 0, times = Infinity, chance = 1 } = condition;
  const inner = faultOf(fault);
  return {
    name: `${inner.name}, on a condition`,
    begin(random) {
      const active = inner.begin(random);
      let seen = 0;
      let happened = 0;
      return (event) => {
        if (!matches(event, condition)) return noEffects;
        // What the fault leaves alone is neither counted nor drawn for.
        const effects = active(event);
        if (effects.length === 0 || seen++ < skip || happened >= times) return noEffects;
        if (chance < 1 && random() >= chance) return noEffects;
        happened++;
        return effects;
      };
    },
  };
}

/** All of these faults at once, such as a delay and a drip. */
export function together(...faults: readonly (Fault | FaultScript)[]): Fault {
  const inner = faults.map(faultOf);
  return {
    name: inner.map(({ name }) => name).join(' and '),
    begin(random) {
      const active = inner.map((fault) => fault.begin(random));
      return (event) => active.flatMap((one): readonly Effect[] => one(event));
    },
  };
}

/**
 * A script: the first command receives the first fault, the second command the second one, and so on; undefined: it is
 * spared. After the last step nothing happens.
 */
export function inTurn(...steps: readonly (Fault | undefined)[]): Fault {
  return {
    name: `in turn: ${steps.map((step) => step?.name ?? 'nothing').join(', ')}`,
    begin(random: Random) {
      const active = steps.map((step): ActiveFault | undefined => step?.begin(random));
      let next = 0;
      return (event) => (event.command === undefined ? noEffects : (active[next++]?.(event) ?? noEffects));
    },
  };
}
