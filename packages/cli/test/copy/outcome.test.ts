/** What a copy tells of its items. */
import { describe, expect, test } from 'vitest';
import { Outcome, PartialOutcome } from '../../src/copy/outcome.ts';

describe('an outcome', () => {
  test('counts by reason, names what failed, and hands every item on', () => {
    const reported: string[] = [];
    const outcome = new Outcome((item) => reported.push(String(item.key)));
    const part = new PartialOutcome();
    part.add(1000);
    for (let n = 0; n < 7; n++) part.skip({ key: Buffer.from(`k${n}\u001b`), reason: 'tooLarge', detail: 'why' });
    part.skip({ key: Buffer.from('a'), reason: 'exists' });
    outcome.take(part);
    expect(outcome.counts).toEqual({ copied: 1, bytes: 1000, skipped: { tooLarge: 7, exists: 1 } });
    expect(outcome.hasFailures).toBe(true);
    expect(reported).toHaveLength(8);
    expect(outcome.lines('copied', 1)).toEqual([
      'copied 1 item, 1000 B of values, 1/s',
      'skipped 7 items: too large for the target',
      ...[0, 1, 2, 3, 4].map((n) => `  k${n}%1B: why`),
      '  and 2 more',
      'skipped 1 item: already at the target',
    ]);
    expect(new Outcome(undefined, outcome.counts).counts).toEqual(outcome.counts);
  });
});
