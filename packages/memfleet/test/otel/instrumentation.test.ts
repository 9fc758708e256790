/** When the instrumentation reports, and what it costs when it does not. */
import { hasSubscribers } from 'node:diagnostics_channel';
import { channels } from 'memfleet';
import { MemfleetInstrumentation } from 'memfleet/otel';
import { expect, test } from 'vitest';
import { cacheChannel, cacheLoadChannel } from '../../src/cache/channels.ts';
import { connect, startNode } from '../support/harness.ts';
import { startSdk } from './support.ts';

/** Whether anything listens to any channel. */
function isListening(): boolean {
  const { command, ...others } = channels;
  const tracing = [command, cacheChannel, cacheLoadChannel].flatMap((channel) => [channel.start, channel.asyncEnd]);
  return [...tracing, ...Object.values(others)].some(({ name }) => hasSubscribers(name));
}

test('while it is disabled, it has subscribed to nothing', () => {
  const instrumentation = new MemfleetInstrumentation({ enabled: false });
  expect(isListening()).toBe(false);
  instrumentation.enable();
  instrumentation.enable();
  expect(isListening()).toBe(true);
  instrumentation.disable();
  instrumentation.disable();
  expect(isListening()).toBe(false);
});

test('reports from the beginning, unless its configuration says otherwise', () => {
  const instrumentation = new MemfleetInstrumentation();
  expect(isListening()).toBe(true);
  instrumentation.disable();
  expect(instrumentation.getConfig()).toEqual({ enabled: true });
});

test('reports once, to the provider that it was given last', async () => {
  const { client } = connect(await startNode());
  const { instrumentation, spans } = startSdk();
  instrumentation.setConfig({ keys: true });
  instrumentation.enable();
  await client.get('k');
  expect(spans()).toMatchObject([{ attributes: { 'db.query.text': 'get k' } }]);
  instrumentation.disable();
  await client.get('k');
  expect(spans()).toHaveLength(1);
});

test('a call that began before it is not reported', async () => {
  const { client } = connect(await startNode());
  const { instrumentation, spans } = startSdk();
  const call = client.get('k');
  instrumentation.disable();
  instrumentation.enable();
  await call;
  expect(spans()).toEqual([]);
});
