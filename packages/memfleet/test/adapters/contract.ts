/** What every adapter does in bad cases. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { within } from '../support/harness.ts';
import { clientOf, startNode } from './nodes.ts';

/** A layer that stands on an adapter, as its users call it. */
export interface Layer {
  /** The value; undefined or null: none. */
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear?(): Promise<unknown>;
  /** Stores a value that has no bytes. */
  setUnfit(key: string): Promise<unknown>;
}

const oddKeys = [
  '',
  ' ',
  'a b',
  'a',
  'ü',
  '\0',
  '\r\nflush_all\r\n',
  '__proto__',
  '#',
  'x'.repeat(251),
  'x'.repeat(9999),
];

/** What is read while the node is out: a miss, or an error. */
const gone = Symbol('gone');

async function orGone(reading: Promise<unknown>): Promise<unknown> {
  try {
    return (await within(3000, reading)) ?? gone;
  } catch {
    return gone;
  }
}

/** `isOdd`: whether the layer takes a key, of those that are odd. */
export function describeBadCases(
  name: string,
  layerOf: (client: Client) => Layer | Promise<Layer>,
  isTaken: (key: string) => boolean = () => true,
): void {
  describe(`${name}, when things go wrong,`, () => {
    test('settles every call while no node is there, and works again when it is back', async () => {
      const node = await startNode();
      const client = clientOf(node.address);
      const layer = await layerOf(client);
      await layer.set('key', 'before');
      expect(await layer.get('key')).toBe('before');
      await node.stop();
      expect(await orGone(layer.get('key'))).toBe(gone);
      await orGone(layer.set('key', 'meanwhile'));
      await orGone(layer.delete('key'));
      if (layer.clear !== undefined) await orGone(layer.clear());
      await node.start();
      await client.ready();
      await layer.set('key', 'after');
      expect(await layer.get('key')).toBe('after');
    });

    test('settles the calls in flight of a node that dies', async () => {
      const node = await startNode();
      const layer = await layerOf(clientOf(node.address));
      await layer.set('key', 'value');
      const calls = Array.from({ length: 50 }, (_, at) =>
        orGone(at % 2 === 0 ? layer.get('key') : layer.set(`key${at}`, 'value')),
      );
      const [results] = await Promise.all([Promise.all(calls), node.stop()]);
      for (const [at, result] of results.entries()) if (at % 2 === 0) expect(['value', gone]).toContain(result);
    });

    test('keeps what it has when a value cannot be encoded', async () => {
      const layer = await layerOf(clientOf((await startNode()).address));
      await layer.set('key', 'value');
      await orGone(layer.setUnfit('key'));
      expect(await layer.get('key')).toBe('value');
    });

    test('keeps odd and long keys apart', async () => {
      const layer = await layerOf(clientOf((await startNode()).address));
      const keys = oddKeys.filter(isTaken);
      await Promise.all(keys.map((key, at) => layer.set(key, `value ${at}`)));
      for (const [at, key] of keys.entries()) expect([key, await layer.get(key)]).toEqual([key, `value ${at}`]);
      for (const key of keys) await layer.delete(key);
      for (const key of keys) expect(await orGone(layer.get(key))).toBe(gone);
    });

    test('clears what was stored before, and nothing that is stored after, however many write', async () => {
      const { address } = await startNode();
      const [layer, other] = [await layerOf(clientOf(address)), await layerOf(clientOf(address))];
      if (layer.clear === undefined) return;
      const keys = Array.from({ length: 20 }, (_, at) => `key${at}`);
      await Promise.all(keys.map((key) => layer.set(key, 'old')));
      expect(await other.get('key0')).toBe('old');
      const writes = keys.map((key) => other.set(`${key}:meanwhile`, 'new'));
      await layer.clear();
      for (const key of keys) expect(await orGone(other.get(key))).toBe(gone);
      await Promise.all(writes);
      await other.set('key0', 'new');
      expect(await layer.get('key0')).toBe('new');
      // It is one item: both see it, or neither.
      const both = await Promise.all(
        keys.map((key) => Promise.all([layer, other].map((one) => orGone(one.get(`${key}:meanwhile`))))),
      );
      for (const [mine, theirs] of both) expect(mine).toBe(theirs);
    });
  });
}
