import { beforeEach, describe, expect, test } from 'vitest';
import { Ledger, type PendingWrite } from '../src/ledger.ts';

const key = 'k';
let ledger: Ledger;

beforeEach(() => {
  ledger = new Ledger();
});

/** Writes and acknowledges. */
function written(): PendingWrite {
  const write = ledger.write(key);
  ledger.stored(write);
  return write;
}

/** A read that begins and ends now. */
function readNow(version: number): string | undefined {
  return ledger.read(key, version, ledger.begin())?.problem;
}

describe('what may be read', () => {
  test('the last version that was stored', () => {
    expect(readNow(written().version)).toBeUndefined();
  });

  test('a version whose write has not ended yet', () => {
    const write = ledger.write(key);
    expect(readNow(write.version)).toBeUndefined();
    ledger.stored(write);
  });

  test('the version before, by a read that began before its successor was stored', () => {
    const first = written();
    const begunAt = ledger.begin();
    written();
    expect(ledger.read(key, first.version, begunAt)).toBeUndefined();
  });

  test('either of two versions whose writes overlapped', () => {
    const one = ledger.write(key);
    const two = ledger.write(key);
    ledger.stored(two);
    ledger.stored(one);
    expect(readNow(two.version)).toBeUndefined();
    // Now it is known that two came last.
    expect(readNow(one.version)).toMatch(/stale/);
  });

  test('a version whose outcome is unknown, at any time, until something else was seen after it', () => {
    const lost = ledger.write(key);
    const next = written();
    expect(readNow(next.version)).toBeUndefined();
    expect(readNow(lost.version), 'it was on its way for so long').toBeUndefined();
    written();
    expect(readNow(lost.version), 'it was read, so it had taken effect').toMatch(/stale/);
  });

  test('nothing: an item may always be gone', () => {
    const { version } = written();
    ledger.absent(key, ledger.begin());
    expect(readNow(version), 'and what is gone does not come back').toMatch(/stale/);
  });
});

describe('what must not be read', () => {
  test('a version that was overwritten before the read began', () => {
    const first = written();
    written();
    expect(readNow(first.version)).toMatch(/version 1 is stale.*newest: 2/);
  });

  test('a version that was deleted before the read began', () => {
    const first = written();
    ledger.absent(key, ledger.begin());
    expect(readNow(first.version)).toMatch(/stale/);
  });

  test('an older version after a newer one was read', () => {
    const first = written();
    const second = ledger.write(key);
    expect(readNow(second.version)).toBeUndefined();
    expect(readNow(first.version)).toMatch(/stale/);
  });

  test('a version that nobody has written', () => {
    written();
    expect(readNow(2)).toMatch(/never written/);
    expect(readNow(0)).toMatch(/never written/);
    expect(readNow(Number.NaN)).toMatch(/never written/);
  });

  test('a version whose write had no effect', () => {
    const write = ledger.write(key);
    expect(ledger.refused(write)).toBeUndefined();
    expect(readNow(write.version)).toMatch(/stale/);
  });

  test('and a write that was seen cannot be said to have had no effect', () => {
    const write = ledger.write(key);
    expect(readNow(write.version)).toBeUndefined();
    expect(ledger.refused(write)?.problem).toMatch(/was read, but/);
  });
});

describe('compare-and-swap', () => {
  test('is right when nobody wrote since its read', () => {
    written();
    const readAt = ledger.begin();
    expect(ledger.swapped(ledger.write(key), readAt)).toBeUndefined();
  });

  test('is wrong when it overwrites what was stored after its read', () => {
    written();
    const readAt = ledger.begin();
    const other = written();
    expect(ledger.swapped(ledger.write(key), readAt)?.problem).toContain(`overwrote version ${other.version}`);
  });

  test('is not blamed for a write that overlaps it', () => {
    written();
    const readAt = ledger.begin();
    const other = ledger.write(key);
    const swap = ledger.write(key);
    ledger.stored(other);
    expect(ledger.swapped(swap, readAt)).toBeUndefined();
  });
});

test('what is forgotten stays stale', () => {
  const first = written();
  written();
  ledger.forget(ledger.begin());
  written();
  expect(readNow(first.version)).toMatch(/stale/);
});

test('keys do not know each other', () => {
  written();
  expect(ledger.read('other', 1, ledger.begin())?.problem).toMatch(/never written/);
});
