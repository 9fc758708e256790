/**
 * Windows of time in which the machine was taken away, and the calls that they spoil. A call counts when no window was
 * taken away from the one before it was due, whose work may wait still, to the one in which it ended.
 *
 *   windows     │ kept │ taken │ kept │ kept │ kept │
 *   call a         ╰─────╯                              left out
 *   call b                        ╰╯                    left out: the window before was taken
 *   call c                               ╰─────╯        counts
 */

/** ms of a window. */
export const windowLength = 25;

/** A window; times in ms. */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly isTaken: boolean;
}

/** A line of the ticker for each window. */
export function windowLine({ start, end, isTaken }: Window): string {
  return `${start} ${end} ${isTaken ? 1 : 0}\n`;
}

/** The windows of the ticker's lines; an incomplete line at the end is dropped. */
export function parseWindows(text: string): Window[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [start, end, taken] = line.split(' ');
    return { start: Number(start), end: Number(end), isTaken: taken === '1' };
  });
}

/** The index of the window at that time; the first or last one where there is none. */
function indexAt(time: number, windows: readonly Window[]): number {
  let low = 0;
  let high = windows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle] as Window).end <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The latencies of the calls that count, sorted. The two lists belong together: when a call was due, when it ended. */
export function countedLatencies(
  due: ArrayLike<number>,
  ended: ArrayLike<number>,
  windows: readonly Window[],
): Float64Array {
  const takenBefore = [0];
  for (const { isTaken } of windows) takenBefore.push((takenBefore.at(-1) as number) + Number(isTaken));
  const counted: number[] = [];
  for (let i = 0; i < due.length; i++) {
    const [from, to] = [due[i] as number, ended[i] as number];
    const first = Math.max(0, indexAt(from, windows) - 1);
    const last = indexAt(to, windows);
    if (windows.length === 0 || takenBefore[last + 1] === takenBefore[first]) counted.push(to - from);
  }
  return Float64Array.from(counted).sort();
}
