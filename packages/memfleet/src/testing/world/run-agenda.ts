/**
 * Runs the events of an agenda, each from a macrotask, and lets promises settle before the next one is taken: a
 * microtask may still cancel it.
 */
import { setImmediate } from '../../base/real-time.ts';
import type { Agenda } from './agenda.ts';

/** Settles promises and ticks at once; a tenth of the price of a turn of the event loop. Not public, and not in Bun. */
const settle = (process as { _tickCallback?: () => void })._tickCallback;
/** The events of one turn of the event loop: the process stays reachable, and a signal ends it. */
const eventsInTurn = 1024;
/**
 * Turns without an event after which nothing can happen any more: work of the thread pool (zlib, files) ends in some.
 */
const quietTurns = 50;

/** How it ended. */
export type Ending = 'over' | 'nothing left';

/**
 * Runs until `isOver`, which is asked before each event, or until nothing is planned. `onThrow` receives what a
 * callback throws.
 */
export function runAgenda(agenda: Agenda, isOver: () => boolean, onThrow: (error: unknown) => void): Promise<Ending> {
  return new Promise((resolve) => {
    let quiet = 0;
    const turn = (): void => {
      for (let count = settle === undefined ? 1 : eventsInTurn; count > 0; count--) {
        if (isOver()) {
          resolve('over');
          return;
        }
        const callback = agenda.next();
        if (callback === undefined) {
          if (++quiet > quietTurns) {
            resolve('nothing left');
            return;
          }
          break;
        }
        quiet = 0;
        try {
          callback();
        } catch (error) {
          onThrow(error);
        }
        settle?.call(process);
      }
      setImmediate(turn);
    };
    setImmediate(turn);
  });
}
