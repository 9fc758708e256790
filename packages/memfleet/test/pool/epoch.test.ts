/** The epoch of a node distinguishes its cas tokens from those of other nodes, and from those before a restart. */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { PoolRig } from './pool-rig.ts';

/** The epoch that the reply to a get of the key carries. */
function epochOfReply(rig: PoolRig, key: string): () => number {
  let epoch = -1;
  rig.pool.dispatch(new Command('get', key), {
    onReply: (reply) => {
      epoch = reply.epoch;
    },
    onError() {},
  });
  return () => epoch;
}

describe('the epoch of a node', () => {
  it('stays while a connection is left, and replies carry it', () => {
    const rig = new PoolRig({ maxInFlight: 1, max: 2 });
    const { epoch } = rig.pool.stats();
    const [first, second] = ['a', 'b'].map((key) => epochOfReply(rig, key));
    const transports = [rig.open(0), rig.open(1)];
    for (const transport of transports) rig.answer(transport);
    expect([first?.(), second?.()]).toEqual([epoch, epoch]);
    transports[0]?.drop();
    expect(rig.pool.stats()).toMatchObject({ open: 1, epoch });
  });

  it('changes when the last connection is lost, before any command can run on a new one', () => {
    const rig = new PoolRig();
    const before = rig.pool.stats().epoch;
    epochOfReply(rig, 'a');
    const transport = rig.open();
    rig.answer(transport);
    transport.drop();
    const { epoch } = rig.pool.stats();
    expect(epoch).toBeGreaterThan(before);
    const next = epochOfReply(rig, 'b');
    rig.answer(rig.open());
    expect(next()).toBe(epoch);
  });

  it('is shared by no two nodes', () => {
    expect(new PoolRig().pool.stats().epoch).not.toBe(new PoolRig().pool.stats().epoch);
  });
});
