/** Nodes that fail: when they are ejected, probed and readmitted, and what becomes of their keys meanwhile. */
import { describe, expect, it } from 'vitest';
import { Command, type Verb } from '../../src/core/command.ts';
import { commandOf } from '../support/ask.ts';
import { ClusterRig } from './cluster-rig.ts';

const many = (...keys: string[]): Command => commandOf('get', { keys });

describe('a node that fails', () => {
  it('is ejected, probed when its time is over, and readmitted', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('a');
    rig.refuse('n1');
    expect(rig.stateOf('n1')).toBe('suspect');
    rig.clock.advance(50);
    rig.get('a');
    rig.refuse('n1');
    expect(rig.stateOf('n1')).toBe('ejected');
    expect(rig.events).toEqual(['topology 1 n1 n2', 'eject n1 ERR_CONNECT 4000']);
    expect(rig.dials('n1')).toHaveLength(2);
    rig.clock.advance(3999);
    expect(rig.dials('n1')).toHaveLength(2);
    rig.clock.advance(1);
    expect(rig.stateOf('n1')).toBe('probing');
    expect(rig.dials('n1')).toHaveLength(3);
    rig.open('n1');
    expect(rig.stateOf('n1')).toBe('alive');
    expect(rig.events.slice(2)).toEqual(['connect n1', 'readmit n1 4000']);
    expect(rig.clock.timers).toBe(0);
    rig.get('a2');
    expect(rig.asked('n1')).toEqual(['mg a2 v f']);
  });

  it('is out for longer when its probe fails', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.eject('n1');
    rig.clock.advance(4000);
    rig.refuse('n1');
    expect(rig.events).toEqual(['eject n1 ERR_CONNECT 8000']);
    rig.clock.advance(7999);
    expect(rig.stateOf('n1')).toBe('ejected');
    rig.clock.advance(1);
    expect(rig.stateOf('n1')).toBe('probing');
    rig.clock.advance(1000);
    expect(rig.events.at(-1)).toBe('eject n1 ERR_TIMEOUT 16000');
  });

  it('is probed within its ejection, whose end is the first reply, with `probeInterval`', () => {
    const health = { ejectAfter: 2, ejectTime: 4000, ejectGrowth: 2, ejectTimeMax: 60_000, probeInterval: 250 };
    const rig = new ClusterRig(['n1', 'n2'], { health, failure: 'fail' });
    rig.eject('n1');
    const before = rig.dials('n1').length;
    // `eject` passed 200 ms of it.
    for (let probes = 1; probes <= 3; probes++) {
      rig.clock.advance(probes === 1 ? 49 : 249);
      expect(rig.stateOf('n1')).toBe('ejected');
      rig.clock.advance(1);
      expect(rig.stateOf('n1')).toBe('probing');
      expect(rig.dials('n1')).toHaveLength(before + probes);
      rig.get('a');
      expect(rig.dials('n1')).toHaveLength(before + probes);
      rig.refuse('n1');
      expect(rig.stateOf('n1')).toBe('ejected');
    }
    expect(rig.events).toEqual([]);
    rig.clock.advance(250);
    rig.open('n1');
    expect(rig.stateOf('n1')).toBe('alive');
    expect(rig.events).toEqual(['connect n1', 'readmit n1 1000']);
    expect(rig.clock.timers).toBe(0);
  });

  it('is ejected anew, and for longer, when no probe succeeded within its ejection', () => {
    const health = { ejectAfter: 2, ejectTime: 1000, ejectGrowth: 2, ejectTimeMax: 60_000, probeInterval: 400 };
    const rig = new ClusterRig(['n1', 'n2'], { health });
    rig.eject('n1');
    for (const wait of [200, 400, 200]) {
      expect(rig.events).toEqual([]);
      rig.clock.advance(wait);
      rig.refuse('n1');
    }
    expect(rig.events).toEqual(['eject n1 ERR_CONNECT 2000']);
    // A node that hangs is probed again after its probe has timed out.
    rig.clock.advance(400);
    const dials = rig.dials('n1').length;
    rig.clock.advance(999);
    expect(rig.dials('n1')).toHaveLength(dials);
    rig.clock.advance(1 + 400);
    expect(rig.dials('n1')).toHaveLength(dials + 1);
  });

  it('is a suspect until it replies again', () => {
    const rig = new ClusterRig(['n1']);
    rig.get('a');
    rig.refuse('n1');
    rig.clock.advance(50);
    rig.get('a');
    rig.open('n1');
    expect(rig.stateOf('n1')).toBe('suspect');
    rig.say('n1', 'EN\r\n');
    expect(rig.stateOf('n1')).toBe('alive');
    expect(rig.cluster.stats().nodes[0]).toMatchObject({ failures: 0 });
  });

  it('ends what runs on it when it is ejected', () => {
    const rig = new ClusterRig(['n1', 'n2'], {}, 2);
    rig.get('a1', 100);
    rig.get('a2', 5000);
    rig.open('n1');
    rig.asked('n1');
    rig.clock.advance(100);
    rig.get('a3', 50);
    rig.clock.advance(50);
    expect(rig.stateOf('n1')).toBe('ejected');
    expect(rig.told).toEqual(['a1: ERR_TIMEOUT', 'a3: ERR_TIMEOUT', 'a2: ERR_CONNECTION_CLOSED']);
    expect(rig.events.slice(2)).toEqual(['eject n1 ERR_TIMEOUT 4000', 'disconnect n1']);
  });

  it('stays in when as many as the share are out already', () => {
    const rig = new ClusterRig(['n1', 'n2', 'n3', 'n4']);
    rig.eject('n1');
    rig.eject('n2');
    for (let n = 0; n < 5; n++) {
      rig.get('c');
      rig.refuse('n3');
      rig.clock.advance(200);
    }
    expect(['n1', 'n2', 'n3', 'n4'].map((node) => rig.stateOf(node))).toEqual([
      'ejected',
      'ejected',
      'suspect',
      'alive',
    ]);
  });

  it('is ejected though it is the only one, and tried nevertheless: there is nothing else', () => {
    const rig = new ClusterRig(['n1'], { failure: 'fail' });
    rig.eject('n1');
    const before = rig.dials('n1').length;
    rig.get('a');
    expect(rig.dials('n1')).toHaveLength(before + 1);
    rig.open('n1');
    rig.say('n1', 'EN\r\n');
    expect(rig.told).toEqual(['a: miss']);
  });

  it('is not ejected any more when the cluster is closed', async () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.eject('n1');
    await rig.cluster.close();
    expect(rig.clock.timers).toBe(0);
    rig.clock.advance(60_000);
    expect(rig.events).toEqual([]);
  });
});

describe('the keys of an ejected node', () => {
  it('go to the next node', () => {
    const rig = new ClusterRig(['n1', 'n2', 'n3']);
    rig.eject('n1');
    rig.get('a');
    rig.scatter(many('a1', 'b1', 'c1'));
    rig.open('n2');
    rig.open('n3');
    expect([rig.asked('n2'), rig.asked('n3')]).toEqual([['mg a v f', 'get a1 b1'], ['get c1']]);
  });

  it('fail, and say why', () => {
    const rig = new ClusterRig(['n1', 'n2'], { failure: 'fail' });
    rig.eject('n1');
    rig.get('a');
    expect(rig.errors[0]).toMatchObject({ code: 'ERR_NODE_EJECTED', node: 'n1:11211', sent: false });
    rig.scatter(many('a1', 'b1', 'a2'));
    rig.open('n2');
    rig.say('n2', 'END\r\n');
    expect(rig.told.slice(1)).toEqual(['part a1+a2 ERR_NODE_EJECTED', 'end']);
  });

  it('are as if they were not there', () => {
    const rig = new ClusterRig(['n1', 'n2'], { failure: 'miss' });
    rig.eject('n1');
    rig.get('a');
    rig.send(new Command('store', 'a'));
    rig.send(new Command('delete', 'a'));
    rig.send(new Command('arith', 'a'));
    expect(rig.told).toEqual(['a: miss', 'a: notStored', 'a: miss', 'a: miss']);
    rig.told.splice(0);
    rig.scatter(many('a1', 'a2'));
    rig.scatter(many('a1', 'b1'));
    rig.open('n2');
    rig.say('n2', 'VALUE b1 0 1\r\nx\r\nEND\r\n');
    expect(rig.told).toEqual(['end', 'item b1=x', 'end']);
  });
});

describe('a command that accepts no substitute', () => {
  const only = (verb: Verb, key: string): Command => Object.assign(new Command(verb, key), { ownerOnly: true });

  it.each(['redistribute', 'miss', 'fail'] as const)(
    'fails while the owner of its key is ejected, whatever the failure mode: %s',
    (failure) => {
      const rig = new ClusterRig(['n1', 'n2'], { failure });
      rig.eject('n1');
      rig.send(only('store', 'a'));
      rig.scatter(Object.assign(many('a1', 'b1'), { ownerOnly: true }));
      rig.open('n2');
      rig.say('n2', 'VALUE b1 0 1\r\nx\r\nEND\r\n');
      expect(rig.told).toEqual(['a: ERR_NODE_EJECTED', 'part a1 ERR_NODE_EJECTED', 'item b1=x', 'end']);
      expect(rig.errors[0]?.message).toBe('n1:11211 is ejected; the call accepts no substitute');
    },
  );

  it('goes to its owner when all nodes are ejected: there is no substitute then', () => {
    const rig = new ClusterRig(['n1'], { ejectShare: 1 });
    rig.eject('n1');
    rig.send(only('get', 'a'));
    rig.clock.advance(1000);
    expect(rig.told).not.toContain('a: ERR_NODE_EJECTED');
  });
});

describe('the node that serves a command', () => {
  it('is the owner of its routing key or key, or the substitute of an ejected owner, or none', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    const serving = (fields: Partial<Command>): string | undefined =>
      rig.cluster.serving(Object.assign(new Command('get', 'a'), fields))?.node;
    expect([serving({}), serving({ routingKey: 'b' })]).toEqual(['n1:11211', 'n2:11211']);
    rig.eject('n1');
    expect([serving({}), serving({ ownerOnly: true })]).toEqual(['n2:11211', undefined]);
  });
});
