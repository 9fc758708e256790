/** What each fault does to a client, as one suite for everything that can be injected into. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClientOptions } from '../../../src/client/index.ts';
import { ConnectionClosedError, type MemcacheError, ProtocolError } from '../../../src/core/errors.ts';
import {
  blackHole,
  delay,
  drip,
  type Fault,
  frozen,
  garbage,
  halfOpen,
  inTurn,
  memoryFull,
  refuse,
  replyWith,
  reset,
  slowAccept,
  type TestNode,
  together,
  truncate,
  when,
  wrongKey,
  wrongOrder,
} from '../../../src/testing/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { within } from '../../support/harness.ts';

/** Starts what is tested. `clock`: its faults wait on this one. */
export type StartNode = (clock: FakeClock | undefined) => Promise<TestNode>;

const patient: ClientOptions = { retry: false, timeout: 10_000, connectTimeout: 10_000 };
/** Of one call that receives no reply. */
const impatient = { timeout: 150 };

async function failure(promise: Promise<unknown>): Promise<MemcacheError> {
  const outcome = await within(
    8000,
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  );
  if ('error' in outcome) return outcome.error as MemcacheError;
  throw new Error(`it gave ${String(outcome.value)} instead of failing`);
}

/** Commands that open a connection do not count. */
const onGet = (fault: Fault): Fault => when({ command: ['get', 'gets'] }, fault);

async function started(start: StartNode, clock?: FakeClock): Promise<TestNode> {
  const node = await start(clock);
  onTestFinished(() => node.stop());
  return node;
}

/** Defines the suite. */
export function faultContract(start: StartNode, protocols: readonly ('meta' | 'text' | 'binary')[]): void {
  describe.each(protocols)('%s', (protocol) => {
    test('without a fault, a client works, and its commands are recorded', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      expect(await client.set('ä', { n: 1 }, { ttl: 60 })).toBe(true);
      expect(await client.get('ä')).toEqual({ n: 1 });
      expect(await client.incr('counter', 1, { initial: 5 })).toBe(5);
      expect(await client.getMany(['ä', 'none'])).toEqual(new Map([['ä', { n: 1 }]]));
      expect(node.commands.of('set')).toMatchObject([{ key: 'ä', keys: ['ä'], exptime: 60 }]);
      expect(Buffer.from(node.commands.of('set')[0]!.value).toString()).toBe('{"n":1}');
      expect(node.commands.ofKey('none')).toHaveLength(1);
      expect(node.commands.all).toHaveLength(node.commands.total);
    });

    test('large values and many calls at once pass unchanged', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      const large = 'x'.repeat(700_000);
      await client.set('large', large);
      const calls = Array.from({ length: 300 }, async (_, n) => {
        await client.set(`k${n}`, n);
        return client.get(`k${n}`);
      });
      expect(await Promise.all(calls)).toEqual(Array.from({ length: 300 }, (_, n) => n));
      expect((await client.get('large')) === large).toBe(true);
    });

    test('delay: the reply comes when the time is over, and later commands of the connection wait', async () => {
      const clock = new FakeClock();
      const node = await started(start, clock);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      const injection = node.inject(when({ command: 'get', key: 'a' }, delay(1000)));
      let isSettled = false;
      const replies = Promise.all([client.get('a'), client.set('a', 2)]).finally(() => (isSettled = true));
      await node.until(() => injection.hits > 0);
      clock.advance(999);
      await node.client({ ...patient, protocol }).get('b');
      expect(isSettled).toBe(false);
      clock.advance(1);
      expect(await replies).toEqual([1, true]);
    });

    test('a delay that is removed is over', async () => {
      const clock = new FakeClock();
      const node = await started(start, clock);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      const injection = node.inject(when({ command: 'get' }, delay(1_000_000)));
      const replies = Promise.all([client.get('a'), client.set('a', 2)]);
      await node.until(() => injection.hits > 0);
      await injection.remove();
      expect(await replies).toEqual([1, true]);
    });

    test('black hole: nothing receives a reply, and the command is not executed', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      const injection = node.inject(when({ command: 'set', times: 1 }, blackHole()));
      expect(await failure(client.set('a', 2, impatient))).toMatchObject({ code: 'ERR_TIMEOUT' });
      expect(injection.hits).toBe(1);
      const other = node.client({ ...patient, protocol });
      expect(await other.get('a')).toBe(1);
    });

    test('black hole after execution: only the reply is lost', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      node.inject(when({ command: 'set', times: 1 }, blackHole({ executed: true })));
      await failure(client.set('a', 2, impatient));
      expect(await node.client({ ...patient, protocol }).get('a')).toBe(2);
    });

    test.each([
      [false, 1],
      [true, 2],
    ])('reset (after execution: %s): the call fails at once', async (executed, value) => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      node.inject(when({ command: 'set' }, reset({ executed })));
      expect(await failure(client.set('a', 2))).toBeInstanceOf(ConnectionClosedError);
      expect(await client.get('a')).toBe(value);
    });

    test.each(['end', 'reset'] as const)(
      'truncate, then %s: a cut reply is an error, never a short value',
      async (ending) => {
        const node = await started(start);
        const client = node.client({ ...patient, protocol });
        await client.set('a', 'x'.repeat(5000));
        node.inject(onGet(truncate(100, ending)));
        expect(await failure(client.get('a'))).toBeInstanceOf(ConnectionClosedError);
        await node.clearFaults();
        expect(await client.get('a')).toBe('x'.repeat(5000));
      },
    );

    test('drip: the reply comes in pieces, each after its time', async () => {
      const clock = new FakeClock();
      const node = await started(start, clock);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 'value');
      const injection = node.inject(onGet(drip(10, 4)));
      const reply = client.get('a');
      await node.until(() => injection.hits > 0);
      const got: unknown[] = [];
      void reply.then((value) => got.push(value));
      let steps = 0;
      for (; got.length === 0 && steps < 10_000; steps++) await clock.advanceAsync(10);
      expect(got).toEqual(['value']);
      expect(steps).toBeGreaterThan(3);
    });

    test('garbage: the client sees that it is none of its protocol', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      node.inject(onGet(garbage()));
      expect(await failure(client.get('a'))).toBeInstanceOf(ProtocolError);
    });

    test('wrong order: a client that pairs by order sees it, one that pairs by number is not misled', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 'of a');
      node.inject(when({ command: 'get', times: 1 }, wrongOrder()));
      const outcome = Promise.all([client.get('a'), client.delete('a')]);
      if (protocol === 'binary') expect(await outcome).toEqual(['of a', true]);
      else expect(await failure(outcome)).toBeInstanceOf(ProtocolError);
    });

    test('refuse: no new connection is accepted until the fault is removed', async () => {
      const node = await started(start);
      const injection = node.inject(refuse());
      const client = node.client({ ...patient, ...impatient, protocol });
      const { code } = await failure(client.get('a'));
      expect(['ERR_CONNECT', 'ERR_TIMEOUT', 'ERR_NO_CONNECTION', 'ERR_CONFIG']).toContain(code);
      await injection.remove();
      expect(await node.client({ ...patient, protocol }).get('a')).toBeUndefined();
    });

    test('half-open: the node ends its side in place of a reply', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      node.inject(when({ command: 'set', times: 1 }, halfOpen()));
      expect(await failure(client.set('a', 2))).toBeInstanceOf(ConnectionClosedError);
      expect(await client.get('a')).toBe(1);
    });

    test('slow accept: a connection is read when the time is over', async () => {
      const clock = new FakeClock();
      const node = await started(start, clock);
      const injection = node.inject(when({ times: 1 }, slowAccept(5000)));
      const reply = node.client({ ...patient, protocol }).get('a');
      await node.until(() => injection.hits > 0);
      expect(node.commands.total).toBe(0);
      await clock.advanceAsync(5000);
      expect(await reply).toBeUndefined();
    });

    test('memory full: stores are refused, everything else is executed', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      const injection = node.inject(memoryFull());
      const [refused, value] = await Promise.all([failure(client.set('a', 2, { timeout: 500 })), client.get('a')]);
      // To clients of a Couchbase cluster it is a refusal that passes: they send the command again until its deadline.
      expect(refused).toMatchObject({ code: expect.stringMatching(/^ERR_(?:SERVER|TIMEOUT)$/) as unknown });
      if (refused.code === 'ERR_SERVER') expect(refused.message).toMatch(/out of memory/i);
      expect(value).toBe(1);
      await injection.remove();
      expect(await client.set('a', 3)).toBe(true);
    });

    test('frozen process: nothing happens, and all of it goes on afterwards, in order', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      const { total } = node.commands;
      const injection = node.inject(frozen());
      const replies = Promise.all([client.set('a', 2), client.get('a'), client.delete('a')]);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      expect(node.commands.total).toBe(total);
      await injection.remove();
      expect(await replies).toEqual([true, 2, true]);
    });

    test('frozen on a condition: one connection stands still', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      const injection = node.inject(when({ command: 'get', key: 'a' }, frozen()));
      const reply = client.get('a');
      await node.until(() => injection.hits > 0);
      expect(await node.client({ ...patient, protocol }).set('b', 1)).toBe(true);
      await injection.remove();
      expect(await reply).toBe(1);
    });

    test('a script decides about each command; faults go together', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      const slowly = together(drip(0, 3), delay(0));
      node.inject(({ command }) => (command?.key === 'bad' ? reset() : command?.key === 'slow' ? slowly : undefined));
      await client.set('good', 1);
      await client.set('slow', 2);
      expect(await client.get('slow')).toBe(2);
      expect(await failure(client.set('bad', 3))).toBeInstanceOf(ConnectionClosedError);
      expect(await client.get('good')).toBe(1);
    });

    test('in turn: each command has its own fault, and then none', async () => {
      const node = await started(start);
      const client = node.client({ ...patient, protocol });
      await client.set('a', 1);
      node.inject(when({ key: 'a' }, inTurn(undefined, reset(), undefined, halfOpen())));
      expect(await client.get('a')).toBe(1);
      expect(await failure(client.get('a'))).toBeInstanceOf(ConnectionClosedError);
      expect(await client.get('a')).toBe(1);
      expect(await failure(client.get('a'))).toBeInstanceOf(ConnectionClosedError);
      for (let again = 0; again < 3; again++) expect(await client.get('a')).toBe(1);
    });

    test('skip, times and chance choose among what matches; the same seed chooses the same', async () => {
      const pattern = async (): Promise<string> => {
        const node = await started(start);
        const client = node.client({ ...patient, protocol, ejectAfter: 1_000_000 });
        await client.set('a', 1);
        node.inject(when({ key: 'a', skip: 2, times: 5, chance: 0.5 }, reset()));
        let seen = '';
        for (let call = 0; call < 20; call++)
          seen += await client.get('a').then(
            () => '.',
            () => 'x',
          );
        return seen;
      };
      const [first, second] = [await pattern(), await pattern()];
      expect(first).toBe(second);
      expect(first).toMatch(/^\.\./);
      expect(first.replaceAll('.', '')).toBe('xxxxx');
    });
  });

  test('wrong key: the client does not take the value for that of its key', async () => {
    const node = await started(start);
    // Replies of the binary protocol name no key.
    if (!protocols.includes('meta')) return;
    const client = node.client(patient);
    await client.set('a', 'of a');
    await client.set('b', 'of b');
    node.inject(wrongKey());
    const outcome = await client.getMany(['a', 'b']).then(
      (values) => values,
      (error: unknown) => (error as MemcacheError).code,
    );
    if (outcome instanceof Map) throw new Error(`it took ${JSON.stringify([...outcome])}`);
    expect(['ERR_PARTIAL_RESULT', 'ERR_PROTOCOL']).toContain(outcome);
  });

  test('reply with given bytes: the client receives them, and the node does not see the command', async () => {
    if (!protocols.includes('text')) return;
    const node = await started(start);
    const client = node.client({ ...patient, protocol: 'text' });
    await client.set('a', 1);
    node.inject(when({ command: 'delete' }, replyWith('SERVER_ERROR busy\r\n')));
    const [value, refused] = await Promise.all([client.get('a'), failure(client.delete('a'))]);
    expect(value).toBe(1);
    expect(refused.message).toContain('SERVER_ERROR busy');
    expect(await client.get('a')).toBe(1);
  });

  test('a client that the kit made is closed when the node stops, whatever faults there are', async () => {
    const node = await started(start);
    const client = node.client(patient);
    await client.set('a', 1);
    node.inject(frozen());
    const reply = client.get('a');
    await within(5000, node.stop(), 'stop()');
    expect(await reply).toBe(1);
    expect((await failure(client.get('a'))).code).toBe('ERR_CLOSED');
  });
}
