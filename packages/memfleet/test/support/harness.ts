/** Clients and nodes of one test, and the proof that nothing of them is left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import { createClient } from '../../src/client/index.ts';
import { MemcacheError } from '../../src/core/errors.ts';
import { type NodeScript, ScriptedNode } from './scripted-node.ts';
import { TrackedClock } from './tracked-clock.ts';

/** A scripted node that listens; it goes down when the test ends. */
export async function startNode(script: NodeScript = {}, path?: string): Promise<ScriptedNode> {
  const node = new ScriptedNode(script);
  await node.listen(path);
  onTestFinished(() => node.down());
  return node;
}

/** A port on 127.0.0.1 where nobody listens. */
export async function deadAddress(): Promise<string> {
  const node = new ScriptedNode({});
  await node.listen();
  await node.down();
  return node.address;
}

/** A path for a Unix socket, removed when the test ends. */
export function socketPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'node.sock');
}

/** A client with the clock that counts its timers. */
export interface TestClient {
  readonly client: Client;
  readonly clock: TrackedClock;
}

/**
 * A client of these nodes; it is destroyed when the test ends. Its timeouts are longer than a busy machine needs: tests
 * of timeouts set their own.
 */
export function connect(
  nodes: ScriptedNode | string | readonly (ScriptedNode | string)[],
  options: ClientOptions = {},
): TestClient {
  const clock = new TrackedClock();
  const list = Array.isArray(nodes) ? (nodes as readonly (ScriptedNode | string)[]) : [nodes as ScriptedNode | string];
  const client = createClient({
    nodes: list.map((node) => (typeof node === 'string' ? node : node.address)),
    timeout: 3000,
    connectTimeout: 3000,
    clock,
    ...options,
  });
  onTestFinished(() => client.destroy());
  return { client, clock };
}

/** The same, with a connection that is ready, so that the time of a call is not spent on the dial. */
export async function connectWarm(node: ScriptedNode | string, options: ClientOptions = {}): Promise<TestClient> {
  const test = connect(node, { ...options, pool: { ...options.pool, warmUp: true } });
  await new Promise((resolve) => {
    test.client.on('connect', resolve);
  });
  return test;
}

/** Fails when the promise takes longer than `ms`. */
export function within<T>(ms: number, promise: Promise<T>, what = 'it'): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} had not settled after ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The error that the promise rejects with, soon enough. */
export async function failure(promise: Promise<unknown>, ms = 3000): Promise<MemcacheError> {
  const outcome = await within(
    ms,
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  );
  if (!('error' in outcome)) throw new Error(`it gave ${String(outcome.value)} instead of failing`);
  expect(outcome.error).toBeInstanceOf(MemcacheError);
  return outcome.error as MemcacheError;
}

/** Closes the client: no connection, no caller, no timer is left, and the nodes see their connections end. */
export async function expectNothingLeft(
  { client, clock }: { readonly client: Client; readonly clock: { readonly timers: number } },
  ...nodes: readonly { readonly open: number; until(condition: () => boolean): Promise<void> }[]
): Promise<void> {
  await within(3000, client.close(), 'close()');
  for (const node of client.stats().nodes)
    expect(node).toMatchObject({ open: 0, connecting: 0, waiting: 0, inFlight: 0 });
  expect(clock.timers).toBe(0);
  for (const node of nodes)
    await within(
      3000,
      node.until(() => node.open === 0),
      'the end of the connections',
    );
}
