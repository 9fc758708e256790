/**
 * One server under several names on the ring: the way to take a node out of a fleet without moving the keys of the
 * others.
 */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { commandOf } from '../support/ask.ts';
import { ClusterRig } from './cluster-rig.ts';

/** Keys `a…` belong to x and `c…` to z, both at n1; `b…` to y at n2. */
const fleet = [
  { host: 'n1', id: 'x' },
  { host: 'n2', id: 'y' },
  { host: 'n1', id: 'z' },
];

describe('an address with two names on the ring', () => {
  it('gets the keys of both, over one pool', () => {
    const rig = new ClusterRig(fleet);
    for (const key of ['a', 'b', 'c']) rig.get(key);
    expect(rig.dialler.dials).toHaveLength(2);
    rig.open('n1');
    rig.open('n2');
    expect(rig.asked('n1')).toEqual(['mg a v f', 'mg c v f'].map((line) => expect.stringContaining(line.slice(0, 4))));
    expect(rig.asked('n2')).toHaveLength(1);
  });

  it('receives the keys of both in one piece', () => {
    const rig = new ClusterRig(fleet);
    rig.scatter(commandOf('get', { keys: ['a1', 'b1', 'c1', 'a2'] }));
    rig.open('n1');
    rig.open('n2');
    expect([rig.asked('n1'), rig.asked('n2')]).toEqual([['get a1 c1 a2'], ['get b1']]);
    rig.say('n1', 'VALUE c1 0 1\r\n3\r\nEND\r\n');
    rig.say('n2', 'END\r\n');
    expect(rig.told).toEqual(['item c1=3', 'end']);
  });

  it('receives a command to all nodes once', () => {
    const rig = new ClusterRig(fleet);
    rig.scatter(new Command('flush'));
    rig.open('n1');
    rig.open('n2');
    expect([rig.asked('n1'), rig.asked('n2')]).toEqual([['flush_all'], ['flush_all']]);
  });

  it('stands once in statistics and events', () => {
    const rig = new ClusterRig(fleet);
    expect(rig.cluster.stats().nodes.map(({ node }) => node)).toEqual(['n1:11211', 'n2:11211']);
    expect(rig.events).toEqual(['topology 1 n1 n2']);
  });

  it('is ejected as one, and the keys of both names go elsewhere', () => {
    const rig = new ClusterRig(fleet);
    rig.eject('n1');
    rig.get('a');
    rig.get('c');
    rig.open('n2');
    expect(rig.asked('n2')).toHaveLength(2);
  });

  it('counts once in the share of nodes that may be out', () => {
    const rig = new ClusterRig([...fleet, { host: 'n1', id: 'w' }]);
    rig.eject('n1');
    rig.get('b');
    rig.refuse('n2');
    rig.clock.advance(200);
    rig.get('b');
    rig.refuse('n2');
    expect(rig.stateOf('n2')).toBe('suspect');
  });

  it('keeps its connections while a name remains', () => {
    const rig = new ClusterRig(fleet);
    rig.get('a');
    const transport = rig.open('n1');
    rig.asked('n1');
    rig.say('n1', 'EN\r\n');
    rig.setNodes({ host: 'n2', id: 'y' }, { host: 'n1', id: 'z' });
    expect(transport.isClosed).toBe(false);
    expect(rig.events.at(-1)).toBe('topology 2 n2 n1');
    rig.get('b');
    expect(rig.asked('n1')).toHaveLength(1);
    rig.say('n1', 'EN\r\n');
    rig.setNodes({ host: 'n2', id: 'y' });
    expect(transport.isClosed).toBe(true);
  });

  it('gets another name without a new connection', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('a');
    rig.open('n1');
    rig.asked('n1');
    rig.setNodes('n1', 'n2', { host: 'n1', id: 'z' });
    rig.get('c');
    expect(rig.asked('n1')).toHaveLength(1);
    expect(rig.dials('n1')).toHaveLength(1);
  });

  it('is closed once, with what runs', async () => {
    const rig = new ClusterRig(fleet);
    rig.get('a');
    rig.get('c');
    rig.open('n1');
    rig.asked('n1');
    const closed = rig.cluster.close();
    rig.say('n1', 'EN\r\nEN\r\n');
    await closed;
    expect(rig.told).toEqual(['a: miss', 'c: miss']);
  });
});
