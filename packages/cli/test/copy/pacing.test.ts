/** When calls are made: at the rate that was asked for, and again after an outage. */
import { ConnectError, ServerError } from 'memfleet';
import { describe, expect, test } from 'vitest';
import { Pacer, type PacerTime } from '../../src/copy/pacer.ts';
import { Persistence, skipReasonOf } from '../../src/copy/persistence.ts';

/** A clock that moves by what sleeps. */
function fakeTime(): PacerTime & { at: number } {
  const time = {
    at: 0,
    now: () => time.at,
    sleep: (ms: number): Promise<void> => {
      time.at += ms;
      return Promise.resolve();
    },
  };
  return time;
}

describe('the pacer', () => {
  test('spreads items over the time, without a burst for idle time', async () => {
    const time = fakeTime();
    const pacer = new Pacer(100, time);
    for (let n = 0; n < 10; n++) await pacer.take(10);
    expect(time.at).toBe(900);
    time.at = 60_000;
    for (let n = 0; n < 3; n++) await pacer.take(10);
    expect(time.at).toBe(60_200);
  });

  test('without a rate never waits', async () => {
    const time = fakeTime();
    await new Pacer(undefined, time).take(1e9);
    expect(time.at).toBe(0);
  });
});

describe('calls that outlast an outage', () => {
  test('are made again until the node is back', async () => {
    const time = fakeTime();
    let calls = 0;
    const call = (): Promise<string> =>
      ++calls < 5 ? Promise.reject(new ConnectError('refused')) : Promise.resolve('value');
    expect(await new Persistence(30_000, time).call(call)).toBe('value');
    expect(time.at).toBe(100 + 200 + 400 + 800);
  });

  test('are given up after the patience, with the last error', async () => {
    const time = fakeTime();
    const failing = (): Promise<never> => Promise.reject(new ConnectError('refused'));
    await expect(new Persistence(5000, time).call(failing)).rejects.toThrow('refused');
    expect(time.at).toBeLessThanOrEqual(5000);
  });

  test('that a node refused are not made again', async () => {
    const time = fakeTime();
    const refused = new ServerError('SERVER_ERROR out of memory storing object', 'server', 0);
    await expect(new Persistence(5000, time).call(() => Promise.reject(refused))).rejects.toBe(refused);
    expect(time.at).toBe(0);
    expect(skipReasonOf(refused)).toBe('refused');
    expect(skipReasonOf(new ServerError('SERVER_ERROR object too large for cache', 'server', 0))).toBe('tooLarge');
  });
});
