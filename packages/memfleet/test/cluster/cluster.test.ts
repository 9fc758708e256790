/**
 * Many nodes behind one dispatcher: the node of each command, the treatment of keys of ejected nodes, and how the list
 * of nodes changes.
 */
import { describe, expect, it } from 'vitest';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { Command, type Verb } from '../../src/core/command.ts';
import { AuthenticationError, ConfigError, ConnectError, NoNodesError } from '../../src/core/errors.ts';
import { commandOf } from '../support/ask.ts';
import { ClusterRig, LetterLocator } from './cluster-rig.ts';

const many = (...keys: string[]): Command => commandOf('get', { keys });

describe('a command with one key', () => {
  it('goes to the node of the key, or of its routing key', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('apple');
    rig.get('berry');
    rig.send(commandOf('get', { key: 'avocado', routingKey: 'b' }));
    rig.open('n1');
    rig.open('n2');
    expect(rig.asked('n1')).toEqual(['mg apple v f']);
    expect(rig.asked('n2')).toEqual(['mg berry v f', 'mg avocado v f']);
    rig.say('n1', 'VA 1\r\nx\r\n');
    expect(rig.told).toEqual(['apple: x']);
    expect(rig.cluster.locate('berry')?.name).toBe('n2:11211');
  });

  it('fails where its locator finds no node', () => {
    const rig = new ClusterRig(['n1', 'n2'], {
      createLocator: () => ({ size: 2, locate: () => -1, locateNext: () => -1 }),
    });
    rig.get('a');
    expect(rig.errors[0]).toBeInstanceOf(NoNodesError);
    rig.scatter(many('a', 'b'));
    expect(rig.told.slice(1)).toEqual(['part a+b ERR_NO_NODES', 'end']);
  });
});

it('a command without a key goes to every node', () => {
  const rig = new ClusterRig(['n1', 'n2']);
  rig.scatter(new Command('flush'));
  for (const node of ['n1', 'n2']) {
    rig.open(node);
    expect(rig.asked(node)).toEqual(['flush_all']);
    rig.say(node, 'OK\r\n');
  }
  expect(rig.told).toEqual(['item of n1', 'item of n2', 'end']);
});

describe('before the first node list', () => {
  it('commands wait for it, in order', () => {
    const rig = new ClusterRig(undefined);
    rig.get('a1');
    rig.scatter(many('a2', 'a3'));
    rig.get('a4');
    expect(rig.cluster.stats()).toEqual({ revision: 0, nodes: [] });
    rig.source.listener?.onNodes(parseNodes(['n1']));
    rig.open('n1');
    expect(rig.asked('n1')).toEqual(['mg a1 v f', 'get a2 a3', 'mg a4 v f']);
    expect(rig.events[0]).toBe('topology 1 n1');
  });

  it('commands wait no longer than their deadline', () => {
    const rig = new ClusterRig(undefined);
    rig.get('a', 100);
    rig.clock.advance(100);
    expect(rig.errors[0]).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'acquire', sent: false });
    expect(rig.clock.timers).toBe(0);
  });

  it('commands fail when it cannot be found out', () => {
    const rig = new ClusterRig(undefined);
    rig.get('a', 100);
    rig.source.listener?.onError(new NoNodesError('no such name'));
    expect(rig.told).toEqual(['a: ERR_NO_NODES']);
    expect(rig.events).toEqual(['source ERR_NO_NODES']);
  });

  it.each([
    [new AuthenticationError('n1 refused the password'), 'ERR_AUTHENTICATION'],
    [new ConfigError('n1 has no bucket "b"'), 'ERR_CONFIG'],
    [new ConnectError('n1: refused'), 'ERR_TIMEOUT'],
  ])('commands that wait in vain after "%s" fail with %s', (cause, code) => {
    const rig = new ClusterRig(undefined);
    rig.source.listener?.onError(cause);
    rig.get('a', 100);
    rig.clock.advance(100);
    expect(rig.errors[0]).toMatchObject({ code, cause });
    expect(rig.errors[0]?.message).toBe(`no node list before the deadline: ${cause.message}`);
  });

  it('commands fail when the cluster is closed', async () => {
    const rig = new ClusterRig(undefined);
    rig.get('a', 100);
    await rig.cluster.close();
    rig.get('b');
    rig.source.listener?.onNodes(parseNodes(['n1']));
    expect(rig.told).toEqual(['a: ERR_CLOSED', 'b: ERR_CLOSED']);
    expect(rig.source.isStopped).toBe(true);
    expect(rig.cluster.nodes).toEqual([]);
    expect(rig.clock.timers).toBe(0);
  });
});

describe('another node list', () => {
  it('leaves the nodes alone that are in both, in whatever place', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('a');
    const transport = rig.open('n1');
    rig.say('n1', 'EN\r\n');
    rig.setNodes('n3', 'n1');
    rig.get('b');
    expect(rig.asked('n1')).toEqual(['mg a v f', 'mg b v f']);
    expect(transport.isClosed).toBe(false);
    expect(rig.dials('n1')).toHaveLength(1);
    expect(rig.events).toContain('topology 2 n3 n1');
  });

  it('lets removed nodes finish what they have, then drops their connections', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('b1');
    rig.get('b2');
    const transport = rig.open('n2');
    rig.asked('n2');
    rig.setNodes('n1');
    rig.get('b3');
    expect(rig.asked('n2')).toEqual([]);
    rig.say('n2', 'VA 1\r\n1\r\n');
    expect(transport.isClosed).toBe(false);
    rig.say('n2', 'EN\r\n');
    expect(transport.isClosed).toBe(true);
    expect(rig.told).toEqual(['b1: 1', 'b2: miss']);
    expect(rig.cluster.nodes.map(({ name }) => name)).toEqual(['n1:11211']);
  });

  it('that is empty is refused, and the one before stays', () => {
    const rig = new ClusterRig(['n1']);
    expect(() => rig.cluster.setNodes([])).toThrow(NoNodesError);
    expect(rig.cluster.nodes).toHaveLength(1);
    expect(rig.events).toEqual(['topology 1 n1']);
  });

  it('that is the same changes nothing', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.setNodes('n1', 'n2');
    expect(rig.events).toEqual(['topology 1 n1 n2']);
    rig.setNodes('n2', 'n1');
    expect(rig.events).toHaveLength(2);
  });

  it('that no locator can be made of changes nothing', () => {
    let made = 0;
    const rig = new ClusterRig(['n1'], {
      createLocator: (nodes) => {
        if (made++ > 0) throw new Error('no locator');
        return new LetterLocator(nodes);
      },
    });
    expect(() => rig.setNodes('n2')).toThrow('no locator');
    expect(rig.cluster.nodes.map(({ name }) => name)).toEqual(['n1:11211']);
    rig.get('a');
    rig.open('n1');
    expect(rig.asked('n1')).toEqual(['mg a v f']);
  });

  it('makes a new node of one that was removed and comes back: its past is forgotten', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.eject('n2');
    rig.setNodes('n1');
    expect(rig.clock.timers).toBe(0);
    rig.setNodes('n1', 'n2');
    expect(rig.stateOf('n2')).toBe('alive');
    rig.get('b');
    expect(rig.dials('n2').at(-1)?.transport.isClosed).toBe(false);
  });

  it('keeps the health of a node that is in both', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.eject('n2');
    rig.setNodes('n1', 'n2', 'n3');
    expect(rig.stateOf('n2')).toBe('ejected');
    rig.clock.advance(4000);
    rig.open('n2');
    expect(rig.stateOf('n2')).toBe('alive');
  });
});

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

describe('the end', () => {
  it('close finishes what runs, removed nodes included', async () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('a');
    rig.get('b');
    rig.open('n1');
    rig.open('n2');
    rig.setNodes('n1');
    let isClosed = false;
    const closing = rig.cluster.close().then(() => (isClosed = true));
    rig.get('a2');
    rig.say('n1', 'EN\r\n');
    await Promise.resolve();
    expect(isClosed).toBe(false);
    rig.say('n2', 'EN\r\n');
    await closing;
    expect(rig.told).toEqual(['a2: ERR_CLOSED', 'a: miss', 'b: miss']);
    expect(rig.dialler.dials.every(({ transport }) => transport.isClosed)).toBe(true);
    await rig.cluster.close();
  });

  it('destroy ends everything at once, also in the middle of a close', async () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.get('a', 1000);
    rig.get('b', 1000);
    rig.open('n1');
    rig.setNodes('n1', 'n3');
    const closing = rig.cluster.close();
    rig.cluster.destroy();
    rig.cluster.destroy();
    await closing;
    expect(rig.told.toSorted()).toEqual(['a: ERR_CLOSED', 'b: ERR_CLOSED']);
    expect(rig.dialler.dials.every(({ transport }) => transport.isClosed)).toBe(true);
    expect(rig.clock.timers).toBe(0);
    rig.get('c');
    rig.scatter(many('a', 'b'));
    expect(rig.told.slice(2)).toEqual(['c: ERR_CLOSED', 'all: ERR_CLOSED']);
  });
});
