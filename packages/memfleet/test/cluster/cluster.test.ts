/** Many nodes behind one dispatcher: the node of each command, how the list of nodes changes, and how it ends. */
import { describe, expect, it } from 'vitest';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { Command } from '../../src/core/command.ts';
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
