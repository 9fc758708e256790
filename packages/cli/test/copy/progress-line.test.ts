/** What a terminal shows while a copy runs. */
import { describe, expect, test } from 'vitest';
import { duration } from '../../src/amounts.ts';
import { progressText } from '../../src/copy/progress-line.ts';
import { TerminalLine } from '../../src/terminal-line.ts';

describe('the progress line', () => {
  test('shows a bar, the rate and the time that is left', () => {
    expect(progressText({ done: 250_000, total: 1_000_000, unit: 'items' }, 5000)).toBe(
      '[######------------------] 25 %  250k of 1.0M items  5000/s  2 min 30 s left',
    );
    expect(progressText({ done: 812, unit: 'keys listed' }, 400)).toBe('812 keys listed  400/s');
    expect(progressText({ done: 0, total: 10, unit: 'items' }, 0)).toBe(
      '[------------------------] 0 %  0 of 10 items  0/s',
    );
  });

  test.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [3599, '59 min 59 s'],
    [7300, '2 h 1 min'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test('writes nothing where no terminal is', () => {
    const written: string[] = [];
    const line = new TerminalLine(() => 'text', 1, { write: (text) => written.push(text) });
    line.end();
    expect(written).toEqual([]);
  });
});
