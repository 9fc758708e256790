import { MemcacheError } from '../../core/errors.ts';
import { Agenda, noOwner, rank } from './agenda.ts';
import { runAgenda } from './run-agenda.ts';
import { World, type WorldOptions } from './world.ts';

/** The options of `play`. */
export interface PlayOptions extends WorldOptions {
  /** The virtual time after which a function that has not ended fails, in milliseconds. @default 86400000 */
  readonly limit?: number | undefined;
}

const aDay = 86_400_000;

/**
 * Runs a function inside a world of its own: clients, servers and proxies on simulated hosts, under virtual time, which
 * moves only when nothing else is left to do. Resolves with what the function returns. Rejects with its error, or when
 * nothing can happen any more; the message ends with the seed and the last lines of the trace.
 */
export async function play<T>(options: PlayOptions, run: (world: World) => Promise<T>): Promise<T> {
  const { limit = aDay } = options;
  const agenda = new Agenda();
  const world = new World(options, agenda);
  let ended: { readonly value: T } | { readonly error: unknown } | undefined;
  const begin = async (): Promise<void> => {
    try {
      ended = { value: await run(world) };
    } catch (error) {
      ended = { error };
    }
  };
  agenda.plan(0, rank.timer, noOwner, () => void begin());
  const isOver = (): boolean => ended !== undefined || world.now > limit;
  await runAgenda(agenda, isOver, (error) => {
    ended ??= { error };
  });
  if (ended === undefined) throw new MemcacheError(why(world, limit));
  if ('value' in ended) return ended.value;
  throw withSeed(ended.error, world);
}

function why(world: World, limit: number): string {
  const what =
    world.now > limit
      ? `the function has not ended after ${limit} ms of virtual time`
      : 'the function waits for something that nothing in its world brings about';
  return `${what}\n${last(world)}`;
}

function last({ now, seed, trace }: World): string {
  return [`seed ${seed}, ${now.toFixed(3)} ms of virtual time; the last of the trace:`, ...trace].join('\n');
}

/** The error of the function, with the trace behind its message. */
function withSeed(error: unknown, world: World): unknown {
  if (!(error instanceof Error)) return error;
  try {
    error.message = `${error.message}\n${last(world)}`;
  } catch {
    // Its message cannot be written: it stays as it is.
  }
  return error;
}
