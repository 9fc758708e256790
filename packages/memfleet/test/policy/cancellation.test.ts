/** Whoever leaves takes along all that was asked for on its behalf, but nothing that must be done for others. */
import { describe, expect, test } from 'vitest';
import { Command, commandFor, derive, type Verb } from '../../src/core/command.ts';
import type { Dispatcher } from '../../src/core/dispatcher.ts';
import { swallow } from '../../src/core/dispatcher.ts';
import { AbortedError, ConnectError, UnsupportedError } from '../../src/core/errors.ts';
import { replicaReadPolicy } from '../../src/couchbase/replica-read.ts';
import { splitKeysPolicy } from '../../src/couchbase/split-keys.ts';
import { coalescePolicy } from '../../src/policy/coalesce.ts';
import { initialValuePolicy } from '../../src/policy/initial-value.ts';
import { type MigrationPhase, MigrationPolicy } from '../../src/policy/migration.ts';
import { ClusterRig } from '../cluster/cluster-rig.ts';
import { FakeCluster, keysOf } from '../couchbase/support/fake-cluster.ts';
import { commandOf } from '../support/ask.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connect, failure, startNode } from '../support/harness.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

/** Which of the pending commands are cancelled. */
const cancelled = ({ pending }: ManualDispatcher): boolean[] => pending.map(({ command }) => command.cancelled);

function send(dispatcher: Dispatcher, verb: Verb, fields: Partial<Command>): Command {
  const command = commandOf(verb, fields);
  dispatcher.dispatch(command, swallow);
  return command;
}

describe('a derived command', () => {
  test('has every field of its original, but stands in no queue', () => {
    const from: Command = new Command('store', 'k');
    const names = Object.keys(from).filter((name) => !['verb', 'key', 'isQueued'].includes(name));
    const values = Object.fromEntries(names.map((name) => [name, `the ${name}`]));
    const copy = derive(Object.assign(from, values, { isQueued: true }));
    expect(copy).toMatchObject({ ...values, verb: 'store', key: 'k', isQueued: false });
    expect(names.length).toBeGreaterThan(20);
  });

  test('has the fields that it is given in place of those of its original', () => {
    const from = commandOf('get', { keys: ['a', 'b'], deadline: 7 });
    expect(derive(from, { key: 'a', keys: undefined })).toMatchObject({ key: 'a', keys: undefined, deadline: 7 });
    expect(from).toMatchObject({ key: '', keys: ['a', 'b'] });
  });

  test('is cancelled with its original, however often it is derived', () => {
    const from = new Command('get', 'k');
    const last = commandFor(derive(derive(from)), 'delete');
    expect(last.cancelled).toBe(false);
    from.cancelled = true;
    expect([last.cancelled, derive(from).cancelled]).toEqual([true, true]);
  });

  test('that is cancelled itself leaves its original and its siblings alone', () => {
    const from = new Command('get', 'k');
    const [one, other] = [derive(from), derive(from)];
    const below = derive(one);
    one.cancelled = true;
    expect([from, one, below, other].map((command) => command.cancelled)).toEqual([false, true, true, false]);
  });

  test('that is detached is done though the caller of its original has left', () => {
    const from = new Command('get', 'k');
    const before = derive(from).detach();
    from.cancelled = true;
    expect([before.cancelled, derive(from).detach().cancelled]).toEqual([false, false]);
  });
});

describe('an aborted getMany', () => {
  test.each([5, 200])('of %d keys over two nodes sends nothing while no connection is ready', async (count) => {
    const nodes = [await startNode(), await startNode()];
    const { client } = connect(nodes);
    const controller = new AbortController();
    const keys = Array.from({ length: count }, (_, i) => `key:${i}`);
    const aborted = failure(client.getMany(keys, { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toBeInstanceOf(AbortedError);
    // What waits for the same connections is sent behind the keys: when it is answered, they would have come.
    expect(await client.version()).toHaveProperty('size', 2);
    expect(nodes.flatMap(({ commands }) => commands.filter(({ verb }) => verb === 'get'))).toEqual([]);
  });

  test('of a Couchbase bucket sends nothing while no connection is ready', async () => {
    const cluster = await FakeCluster.start(2, [[0], [1], [0], [1]]);
    const client = cluster.client();
    const controller = new AbortController();
    const aborted = failure(client.getMany(keysOf.flat(), { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toBeInstanceOf(AbortedError);
    expect(await client.getMany(['none', 'other', 'key', 'a'])).toEqual(new Map());
    const asked = cluster.nodes.flatMap(({ commands }) => commands.filter(({ verb }) => verb === 'get'));
    expect(asked.map(({ key }) => key).sort()).toEqual(['a', 'key', 'none', 'other']);
  });

  test('is dropped from the queue of every node', () => {
    const rig = new ClusterRig(['n1', 'n2'], {}, 1, 1);
    rig.scatter(commandOf('get', { keys: ['a1', 'b1'] }));
    rig.open('n1');
    rig.open('n2');
    expect([rig.asked('n1'), rig.asked('n2')]).toEqual([['get a1'], ['get b1']]);
    const waiting = commandOf('get', { keys: ['a2', 'b2'] });
    rig.scatter(waiting);
    rig.get('a3');
    waiting.cancelled = true;
    rig.say('n1', 'END\r\n');
    rig.say('n2', 'END\r\n');
    expect([rig.asked('n1'), rig.asked('n2')]).toEqual([[expect.stringContaining('a3')], []]);
    expect(rig.told).toEqual(['end']);
  });
});

describe('policies hand on that the caller has left', () => {
  test('split keys: to the get of every key, which knows all that the whole knew', () => {
    const next = new ManualDispatcher();
    const command = send(splitKeysPolicy(next), 'get', {
      keys: ['a', 'b'],
      isPlainKey: true,
      routingKey: 'r',
      replica: 1,
    });
    for (const { command: part } of next.pending)
      expect(part).toMatchObject({ isPlainKey: true, routingKey: 'r', replica: 1, cancelled: false });
    command.cancelled = true;
    expect(cancelled(next)).toEqual([true, true]);
  });

  test('initial value: to the commands that a counter is made of', () => {
    const next = new ManualDispatcher();
    const command = send(initialValuePolicy(next), 'arith', { key: 'n', initial: 1n });
    next.fail('n', new UnsupportedError('no initial value'));
    const [count] = next.pending;
    next.status('n', 'miss');
    const [add] = next.pending;
    command.cancelled = true;
    expect([count?.command.cancelled, add?.command.cancelled]).toEqual([true, true]);
  });

  test('replica read: to the get of the replica', () => {
    const next = new ManualDispatcher();
    const command = send(
      replicaReadPolicy(next, { replicas: 1, isSingle: false, nearCopies: () => [] }, 'on-error', new FakeClock()),
      'get',
      {
        key: 'k',
      },
    );
    next.fail('k', new ConnectError('dead'));
    expect(next.look('k').command).toMatchObject({ replica: 1, cancelled: false });
    command.cancelled = true;
    expect(cancelled(next)).toEqual([true]);
  });
});

describe('a migration', () => {
  const moving = (phase: MigrationPhase) => {
    const [old, next] = [new ManualDispatcher(), new ManualDispatcher()];
    return { old, next, policy: new MigrationPolicy(old, next, phase) };
  };

  test('hands on that the caller has left to the reads of the old fleet, and to the first half of a delete', () => {
    const { old, next, policy } = moving('read-new');
    const get = send(policy, 'get', { keys: ['a', 'b'] });
    next.items('a', { a: '1' });
    expect(old.pending.map(({ command }) => command.keys)).toEqual([['b']]);
    const deletion = send(policy, 'delete', { key: 'd' });
    get.cancelled = true;
    deletion.cancelled = true;
    expect([cancelled(old), cancelled(next)]).toEqual([[true], [true]]);
  });

  test('does on the second fleet what was done on the first, though the caller has left', () => {
    const { old, next, policy } = moving('write-both');
    const set = send(policy, 'store', { key: 's', value: 'v', deadline: 9 });
    const count = send(policy, 'arith', { key: 'n' });
    old.status('s', 'ok');
    old.status('n', 'ok');
    set.cancelled = true;
    count.cancelled = true;
    expect(next.pending.map(({ command }) => [command.verb, command.value, command.deadline])).toEqual([
      ['store', 'v', 0],
      ['delete', '', 0],
    ]);
    expect(cancelled(next)).toEqual([false, false]);
  });
});

describe('a get that several callers share', () => {
  const sharing = () => {
    const next = new ManualDispatcher();
    return { next, policy: coalescePolicy(next, new FakeClock()) };
  };

  test('is cancelled when the last of them leaves', () => {
    const { next, policy } = sharing();
    const [first, second] = [send(policy, 'get', { key: 'k' }), send(policy, 'get', { key: 'k' })];
    first.cancelled = true;
    expect(cancelled(next)).toEqual([false]);
    second.cancelled = true;
    expect(cancelled(next)).toEqual([true]);
  });

  test('is not joined any more when all of them have left: a queue may have dropped it', () => {
    const { next, policy } = sharing();
    send(policy, 'get', { key: 'k' }).cancelled = true;
    send(policy, 'get', { key: 'k' });
    send(policy, 'get', { key: 'k' });
    expect(cancelled(next)).toEqual([true, false]);
  });

  test('is forgotten when all of them have left and its reply never comes', () => {
    const { next, policy } = sharing();
    const looks: string[] = [];
    for (let i = 0; i < 64; i++) {
      const caller = send(policy, 'get', { key: `k${i}` });
      Object.defineProperty(caller, 'cancelled', { get: () => looks.push(caller.key) > 0 });
    }
    send(policy, 'get', { key: 'later' });
    expect(looks).toHaveLength(64);
    for (let i = 0; i < 64; i++) send(policy, 'get', { key: `k${i}` });
    expect(looks).toHaveLength(64);
    expect(next.pending).toHaveLength(129);
  });
});
