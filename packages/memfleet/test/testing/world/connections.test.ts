import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../src/testing/faults/random.ts';
import { noOwner, rank } from '../../../src/testing/world/agenda.ts';
import type { Cut } from '../../../src/testing/world/link.ts';
import { type End, type SimulatedRig, simulated } from '../../support/network-rig.ts';

const cuts: readonly Cut[] = ['whole', 'segments', 'tiny', 'anywhere'];

/** Both ends of one connection, what each has sent, and what may have been cut off. */
interface Side {
  readonly end: End;
  readonly other: End;
  sent: string;
  hasEnded: boolean;
}

/** One thing that a side does. */
function act(side: Side, draw: (below: number) => number): void {
  const { end } = side;
  switch (draw(10)) {
    case 0:
      return end.transport.pause();
    case 1:
      if (draw(4) > 0) return;
      side.hasEnded = true;
      return end.transport.end();
    case 2:
    case 3:
      return end.transport.resume();
    default: {
      if (side.hasEnded || end.isClosed) return;
      const text = String.fromCharCode(97 + draw(26)).repeat(1 + draw(draw(5) === 0 ? 1500 : 20));
      side.sent += text;
      end.transport.write([Buffer.from(text)]);
    }
  }
}

function sleep({ agenda }: SimulatedRig, ms: number): Promise<void> {
  return new Promise((resolve) => void agenda.plan(agenda.now + ms, rank.timer, noOwner, resolve));
}

/** Runs some things on a connection. `breaks`: whether it may be destroyed or reset in the end. */
async function play(seed: number, breaks: boolean): Promise<void> {
  const random = randomOf(seed);
  const draw = (below: number): number => Math.floor(random() * below);
  const options = { cut: cuts[draw(4)] as Cut, window: [10, 500, 100_000][draw(3)] as number, jitter: draw(20) };
  await simulated(options, async (rig) => {
    const [near, far] = await rig.pair();
    const sides: Side[] = [
      { end: near, other: far, sent: '', hasEnded: false },
      { end: far, other: near, sent: '', hasEnded: false },
    ];
    const heals: (() => void)[] = [];
    for (let step = 0; step < 40; step++) {
      act(sides[draw(2)] as Side, draw);
      if (draw(12) === 0) heals.push(rig.network.partition('near', 'far', draw(2) === 0));
      if (draw(6) === 0) heals.pop()?.();
      if (draw(3) === 0) await sleep(rig, draw(30));
    }
    for (const heal of heals) heal();
    if (breaks) (sides[draw(2)] as Side).end.transport[draw(2) === 0 ? 'destroy' : 'reset']();
    for (const { end } of sides) end.transport.resume();
    await sleep(rig, 60_000);
    for (const { end, other, sent } of sides) {
      if (breaks) expect(sent.startsWith(other.text)).toBe(true);
      // The dialling side ends when the other has: what it had not sent by then is not sent.
      else if (end === near && far.heard.includes('closed')) expect(sent.startsWith(other.text)).toBe(true);
      else expect(other.text === sent).toBe(true);
      const closed = end.heard.findIndex((what) => what.startsWith('closed'));
      expect(closed === -1 || closed === end.heard.length - 1).toBe(true);
    }
    if (!breaks) expect([...near.heard, ...far.heard].filter((what) => /closed ./.test(what))).toEqual([]);
  });
}

describe('a simulated connection', () => {
  it('delivers everything, in order, when the faults are over: 150 runs', async () => {
    expect.hasAssertions();
    for (let seed = 1; seed <= 150; seed++) await play(seed, false);
  });

  it('that is destroyed or reset has delivered a beginning of what was sent, and closes once: 150 runs', async () => {
    expect.hasAssertions();
    for (let seed = 1; seed <= 150; seed++) await play(seed, true);
  });
});
