/** A proxy over two nodes, of which one will misbehave. */
import { expect } from 'vitest';
import { swallow } from '../../src/core/dispatcher.ts';
import type { FleetSettings } from '../../src/fleet/options.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import type { ListenerSpec } from '../../src/proxy/index.ts';
import { commandOf } from '../support/ask.ts';
import { startNode } from '../support/harness.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';

/** What a command may take by default, in ms. */
export const timeout = 150;

/** Two nodes, the proxy over them, a client, and keys of each. */
export interface TwoNodes {
  readonly bad: ScriptedNode;
  readonly good: ScriptedNode;
  readonly rig: ProxyRig;
  readonly client: TcpClient;
  readonly badKey: string;
  readonly secondBadKey: string;
  readonly goodKey: string;
}

/** Both nodes have `v` under every key. */
export async function twoNodes(
  protocols: readonly Protocol[] = ['meta', 'text'],
  listener: Partial<ListenerSpec> = {},
  fleet: FleetSettings = {},
): Promise<TwoNodes> {
  const bad = await startNode({ speaks: protocols });
  const good = await startNode({ speaks: protocols });
  const rig = await startProxy(
    simpleOptions(
      {
        nodes: [bad.address, good.address],
        timeout,
        connectTimeout: timeout,
        ejectTime: 300,
        retry: false,
        pool: { backoff: { initial: 10, max: 20 } },
        ...fleet,
      },
      listener,
    ),
  );
  const client = await rig.connect();
  // Where few of the ring is a node's, 20 keys can leave it one.
  const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
  for (const { store } of [bad, good])
    for (const key of keys) store.dispatch(commandOf('store', { key, value: 'v' }), swallow);
  // On a busy machine the first turn of everything may take longer than the timeout.
  while ((await askGets(client, ...keys)).includes('SERVER_ERROR'));
  const on = ({ commands }: ScriptedNode): string[] =>
    commands.flatMap(({ verb, key, keys: many }) => (verb === 'get' ? (many ?? [key]) : []));
  const [badKey = '', secondBadKey = ''] = [...new Set(on(bad))];
  const [goodKey = ''] = on(good);
  expect([badKey, secondBadKey, goodKey]).not.toContain('');
  return { bad, good, rig, client, badKey, secondBadKey, goodKey };
}

/** What `get` says of a key of `twoNodes`. */
export function hit(key: string): string {
  return `VALUE ${key} 0 1\r\nv\r\nEND\r\n`;
}

/** Asks for keys in one go and gives the answers, one a line but for values. */
export function askGets(client: TcpClient, ...keys: readonly string[]): Promise<string> {
  return client.ask(`${keys.map((key) => `get ${key}\r\n`).join('')}mn\r\n`, 'MN\r\n');
}
