/** A real memcached that freezes, dies, comes back or is full. */
import { expect, onTestFinished, test } from 'vitest';
import { ConnectError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { connect, expectNothingLeft, failure, within } from '../support/harness.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

async function start(args: readonly string[] = []): Promise<RealMemcached> {
  const memcached = await startMemcached(args);
  onTestFinished(() => memcached.stop());
  return memcached;
}

describeReal('a real memcached', () => {
  test.each(protocols)('%s: one that freezes: calls time out; when it resumes, no value is wrong', async (protocol) => {
    const memcached = await start();
    const test = connect(`127.0.0.1:${memcached.port}`, { protocol, retry: false });
    const { client } = test;
    for (let i = 0; i < 20; i++) await client.set(`k${i}`, i);
    process.kill(memcached.pid, 'SIGSTOP');
    // Its threads stop one by one.
    let isFrozen = false;
    while (!isFrozen) {
      isFrozen = await client.get('k0', { timeout: 60 }).then(
        () => false,
        () => true,
      );
    }
    const frozen = Array.from({ length: 20 }, (_, i) => failure(client.get(`k${i}`, { timeout: 60 })));
    const written = failure(client.set('k3', 'written while it was frozen', { timeout: 60 }));
    for (const error of await Promise.all(frozen)) expect(error.code).toBe('ERR_TIMEOUT');
    await written;
    process.kill(memcached.pid, 'SIGCONT');
    for (let i = 0; i < 20; i++) {
      const value = await client.get(`k${i}`);
      if (i === 3) expect([3, 'written while it was frozen']).toContain(value);
      else expect(value).toBe(i);
    }
    await expectNothingLeft(test);
  });

  test.each(protocols)('%s: one that is killed under load and started again', async (protocol) => {
    const first = await start();
    const test = connect(`127.0.0.1:${first.port}`, {
      protocol,
      timeout: 300,
      ejectTime: 20,
      ejectTimeMax: 20,
      pool: { backoff: { initial: 1, max: 5 } },
    });
    const { client } = test;
    const show = { isOver: false, hits: 0, wrong: 0 };
    const callers = Array.from({ length: 10 }, async (_, name) => {
      for (let i = 0; !show.isOver; i++) {
        const key = `${name}:${i % 7}`;
        await client.set(key, key).catch(() => {});
        const value = await client.get(key).catch(() => undefined);
        if (value === key) show.hits++;
        else if (value !== undefined) show.wrong++;
        await new Promise(setImmediate);
      }
    });
    while (show.hits < 50) await new Promise(setImmediate);
    await first.stop();
    await failure(client.set('k', 1));
    await start(['-p', String(first.port)]);
    show.hits = 0;
    const comesBack = async (): Promise<void> => {
      while (show.hits < 50) await new Promise(setImmediate);
    };
    await within(4000, comesBack());
    show.isOver = true;
    await Promise.all(callers);
    expect(show.wrong).toBe(0);
    await expectNothingLeft(test);
  });

  test.each(protocols)('%s: one that takes no more connections says so, and is not waited for', async (protocol) => {
    const memcached = await start(['-c', '20', '-t', '1']);
    const address = `127.0.0.1:${memcached.port}`;
    const tests = Array.from({ length: 40 }, () =>
      connect(address, { protocol, timeout: 2000, connectTimeout: 2000, retry: false }),
    );
    const outcomes = await Promise.all(
      tests.map(({ client }) =>
        client.set('k', 1).then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(40);
    for (const error of refused) expect(error).toBeInstanceOf(ConnectError);
    for (const test of tests) await expectNothingLeft(test);
  });

  test('text: hundreds of gets of one turn, hits, misses and duplicates in one line each, come back to their callers', async () => {
    const memcached = await start();
    const { client } = connect(`127.0.0.1:${memcached.port}`, { protocol: 'text', timeout: 3000 });
    for (let i = 0; i < 10; i += 2) await client.set(`k${i}`, `value of k${i}`);
    for (let round = 0; round < 20; round++) {
      const picks = Array.from({ length: 350 }, (_, i) => (i * 7 + round * round) % 10);
      const values = await Promise.all(
        picks.map((pick, i) =>
          i % 50 === 49 ? client.gets(`k${pick}`).then((read) => read?.value) : client.get(`k${pick}`),
        ),
      );
      expect(values).toEqual(picks.map((pick) => (pick % 2 === 0 ? `value of k${pick}` : undefined)));
    }
    expect(client.stats().nodes[0]?.connects).toBe(1);
  });

  test('when this process is blocked, no command whose reply has arrived times out, and the node is not blamed', async () => {
    const memcached = await start();
    const test = connect(`127.0.0.1:${memcached.port}`, {
      timeout: 100,
      retry: false,
      pool: { exclusive: true, max: 1 },
    });
    const { client } = test;
    while (!(await client.set('k', 'value').catch(() => false)));
    const before = client.stats().nodes[0]?.timeouts;
    const calls = [client.get('k'), client.get('k'), client.get('k')];
    await new Promise(setImmediate);
    const end = performance.now() + 300;
    while (performance.now() < end);
    const [answered, ...waiting] = await Promise.allSettled(calls);
    expect(answered).toEqual({ status: 'fulfilled', value: 'value' });
    // Their time was over before there was room: they were not sent.
    for (const outcome of waiting) expect(outcome).toMatchObject({ reason: { phase: 'acquire', sent: false } });
    expect(client.stats().nodes[0]?.timeouts).toBe(before);
    await expectNothingLeft(test);
  });
});
