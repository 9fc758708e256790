import { describe, expect, it } from 'vitest';
import { type HealthOptions, NodeHealth } from '../../src/cluster/node-health.ts';

const options: HealthOptions = { ejectAfter: 3, ejectTime: 4000, ejectGrowth: 2, ejectTimeMax: 20_000 };

/** The middle of every draw: no jitter. */
function healthOf(changes: Partial<HealthOptions> = {}, random: () => number = () => 0.5): NodeHealth {
  return new NodeHealth({ ...options, ...changes }, random);
}

/** Out, and back after a probe at the end of its time; `goes` on at that time. */
function outAndBack(health: NodeHealth, now: number): number {
  const end = now + health.eject(now);
  health.probe();
  health.succeed(end);
  return end;
}

describe('the health of a node', () => {
  it('is alive, then suspect, and due for ejection at the third failure in a row', () => {
    const health = healthOf();
    expect(health.state).toBe('alive');
    expect(health.fail(1000, 0)).toBe(false);
    expect(health.state).toBe('suspect');
    expect(health.isUsable).toBe(true);
    expect(health.fail(2000, 0)).toBe(false);
    expect(health.fail(3000, 0)).toBe(true);
    expect(health.failures).toBe(3);
    expect(health.state).toBe('suspect');
    expect(health.fail(4000, 0)).toBe(true);
  });

  it('is due at once where one failure is enough', () => {
    expect(healthOf({ ejectAfter: 1 }).fail(0, 0)).toBe(true);
  });

  it('starts counting over when the node replied in between', () => {
    const health = healthOf();
    health.fail(1000, 0);
    health.fail(2000, 0);
    expect(health.fail(3000, 1)).toBe(false);
    expect(health.failures).toBe(1);
    health.fail(4000, 0);
    expect(health.fail(5000, 0)).toBe(true);
  });

  it('starts counting over when the failure before is more than 30 s ago', () => {
    const health = healthOf();
    health.fail(0, 0);
    health.fail(30_000, 0);
    expect(health.fail(60_001, 0)).toBe(false);
    expect(health.failures).toBe(1);
  });

  it('is alive again when the node has replied', () => {
    const health = healthOf();
    health.fail(1000, 0);
    health.replied();
    expect([health.state, health.failures]).toEqual(['alive', 0]);
    health.eject(2000);
    health.replied();
    expect(health.state).toBe('ejected');
  });

  it('goes from ejected to probing to alive, and is not usable meanwhile', () => {
    const health = healthOf();
    expect(health.eject(1000)).toBe(4000);
    expect([health.state, health.isUsable, health.ejectedAt, health.ejectedFor]).toEqual([
      'ejected',
      false,
      1000,
      4000,
    ]);
    expect(health.fail(2000, 0)).toBe(false);
    health.probe();
    expect([health.state, health.isUsable]).toEqual(['probing', false]);
    expect(health.fail(5000, 0)).toBe(false);
    expect(health.succeed(5000)).toBe(true);
    expect([health.state, health.isUsable, health.failures, health.ejections]).toEqual(['alive', true, 0, 1]);
    expect(health.succeed(5001)).toBe(false);
  });

  it('is put out for longer each time a probe fails, up to the cap', () => {
    const health = healthOf();
    const times: number[] = [];
    let now = 0;
    for (let n = 0; n < 5; n++) {
      times.push(health.eject(now));
      now += times.at(-1) as number;
      health.probe();
    }
    expect(times).toEqual([4000, 8000, 16_000, 20_000, 20_000]);
    expect(health.ejections).toBe(5);
  });

  it('is put out for longer when it fails again soon after it came back', () => {
    const health = healthOf();
    const back = outAndBack(health, 0);
    expect(health.eject(back + 3999)).toBe(8000);
  });

  it('starts over after it stayed alive for longer than it was out', () => {
    const health = healthOf();
    let now = outAndBack(health, 0);
    now = outAndBack(health, now);
    expect(health.ejectedFor).toBe(8000);
    expect(health.eject(now + 8001)).toBe(4000);
    expect(health.ejections).toBe(1);
  });

  it('draws every time but the first, so that the clients of a fleet do not probe at once', () => {
    const early = healthOf({}, () => 0);
    const late = healthOf({}, () => 0.999999);
    const times = [early, late].map((health) => {
      const first = health.eject(0);
      health.probe();
      return [first, Math.round(health.eject(4000))];
    });
    expect(times).toEqual([
      [4000, 7200],
      [4000, 8800],
    ]);
  });

  it('never passes the cap by its draw', () => {
    const health = healthOf({ ejectTimeMax: 8000 }, () => 0.999);
    health.eject(0);
    health.probe();
    expect(health.eject(4000)).toBe(8000);
  });
});
