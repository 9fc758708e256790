/** AbortSignals: quiet however many calls share one, and honest about what was sent. */
import { getEventListeners } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { AbortedError } from '../../src/core/errors.ts';
import { connect, connectWarm, deadAddress, failure, startNode } from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';

type Call = (client: Client, key: string, signal: AbortSignal) => Promise<unknown>;

const calls: readonly (readonly [string, Call])[] = [
  ['get', (client, key, signal) => client.get(key, { signal })],
  ['set', (client, key, signal) => client.set(key, 1, { signal })],
  ['delete', (client, key, signal) => client.delete(key, { signal })],
  ['incr', (client, key, signal) => client.incr(key, 1, { signal })],
  ['getMany', (client, key, signal) => client.getMany([key, 'other'], { signal })],
  ['setMany', (client, key, signal) => client.setMany({ [key]: 1, other: 2 }, { signal })],
  ['deleteMany', (client, key, signal) => client.deleteMany([key, 'other'], { signal })],
  ['version', (client, _key, signal) => client.version({ signal })],
  ['getOrSet', (client, key, signal) => client.getOrSet(key, () => new Promise(() => {}), { signal })],
];

/** Warnings of the process during the test. */
function watchWarnings(): Error[] {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listener);
  onTestFinished(() => void process.off('warning', listener));
  return warnings;
}

describe.each(calls)('%s', (_name, call) => {
  test('a hundred calls on one signal: one listener, no warning, and every call ends when it fires', async () => {
    const warnings = watchWarnings();
    // A node that is silent: the calls are all in flight.
    const node = await startNode(afterProbe(() => {}));
    const { client } = await connectWarm(node);
    const controller = new AbortController();
    const pending = Array.from({ length: 100 }, (_, i) => failure(call(client, `k${i}`, controller.signal)));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort(new Error('enough'));
    for (const error of await Promise.all(pending)) {
      expect(error).toBeInstanceOf(AbortedError);
      expect((error.cause as Error).message).toBe('enough');
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  test('is `sent` when it is aborted after it may have left', async () => {
    const node = await startNode(afterProbe(() => {}));
    const { client } = await connectWarm(node);
    const controller = new AbortController();
    const pending = failure(call(client, 'k', controller.signal));
    await node.until(() => node.commands.length > 0);
    controller.abort();
    expect(await pending).toMatchObject({ sent: true });
  });

  test('is `sent` as well in the turn in which it is written', async () => {
    const node = await startNode(afterProbe(() => {}));
    const { client } = await connectWarm(node);
    const controller = new AbortController();
    const pending = failure(call(client, 'k', controller.signal));
    controller.abort();
    expect(await pending).toMatchObject({ sent: true });
    await node.until(() => node.commands.length > 0);
  });
});

const writes = calls.filter(([name]) => ['set', 'delete', 'incr', 'setMany', 'deleteMany'].includes(name));

test.each(writes)('%s that waits for a connection is not `sent`, and never is', async (_name, call) => {
  const node = await startNode();
  const { client } = connect(node);
  const controller = new AbortController();
  const pending = failure(call(client, 'k', controller.signal));
  controller.abort();
  expect(await pending).toMatchObject({ sent: false });
  expect(await client.get('k')).toBe(undefined);
  expect(node.commands.map(({ verb }) => verb)).toEqual(['get']);
});

test.each(writes.slice(0, 3))('%s that waits for its repetition is not `sent`', async (_name, call) => {
  const { client } = connect(await deadAddress(), { retry: { attempts: 3, delay: 500, jitter: 0 } });
  const controller = new AbortController();
  const pending = failure(call(client, 'k', controller.signal));
  while (client.stats().nodes[0]!.connectFailures === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  expect(await pending).toMatchObject({ sent: false });
});

test('a signal that fires while its calls are being told is heard by all of them once', async () => {
  const node = await startNode(afterProbe(() => {}));
  const { client } = await connectWarm(node);
  const controller = new AbortController();
  const { signal } = controller;
  const outcomes: string[] = [];
  const first = client.get('a', { signal }).catch(() => {
    outcomes.push('a');
    return client.get('b', { signal }).catch((error: unknown) => void outcomes.push((error as Error).message));
  });
  const second = client.get('c', { signal }).catch(() => void outcomes.push('c'));
  controller.abort();
  await Promise.all([first, second]);
  expect(outcomes).toEqual(['a', 'c', 'the call was aborted before it began']);
});
