/**
 * Attacks on scans, by whoever poses as a node: entries that lie about their lengths, keys that were not asked for or
 * come again, batches without an end, values that unfold to gigabytes. The scan ends with an error, the process and the
 * client's other calls go on.
 */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { datatype, u64Text } from '../../src/protocol/binary/header.ts';
import { u32Text } from '../../src/protocol/binary/integers.ts';
import { FakeCluster } from '../couchbase/support/fake-cluster.ts';
import type { FakeAnswer } from '../couchbase/support/fake-node.ts';

type Batch = (index: number) => FakeAnswer;

/** A client of a node whose scans answer this. */
async function clientWith(batch: Batch, id = 'i'.repeat(16)): Promise<Client> {
  let index = 0;
  const cluster = await FakeCluster.start(1, [[0]], {
    features: [],
    script: ({ packet }) => {
      if (packet!.opcode === couchbaseOpcode.rangeScanCreate) return { code: status.success, value: id };
      if (packet!.opcode === couchbaseOpcode.rangeScanContinue) return batch(index++);
      return packet!.opcode === couchbaseOpcode.rangeScanCancel ? { code: status.success } : undefined;
    },
  });
  return cluster.client({ pool: { max: 1 } });
}

async function scanned(client: Client, options: Parameters<Client['bucket']['scan']>[0] = {}): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of client.bucket.scan({ timeout: 2000, ...options })) found.push(item);
  return found;
}

const key = (text: string): string => String.fromCharCode(text.length) + text;
const keysOnly = true;

function entry(name: string, value: string, type = 0): string {
  const meta = u32Text(0x0400_0000) + u32Text(0) + u64Text(1n) + u64Text(7n) + String.fromCharCode(type);
  return meta + key(name) + String.fromCharCode(value.length) + value;
}

const whole = { code: status.rangeScanComplete };
const part = { code: status.rangeScanMore };

describe('entries', () => {
  test.each([
    ['a length without a key', '\x05'],
    ['a key that is cut off', '\x05abc'],
    ['an empty key', '\0'],
    ['a key of 251 bytes', `\xfb\x01${'k'.repeat(251)}`],
    ['a length of more than 32 bits', '\xff\xff\xff\xff\xff\xff\xff\x01'],
    ['a length without an end', '\x80\x80\x80\x80\x80\x80'],
    ['right keys, then half an entry', `${key('a')}${key('b')}\x03c`],
  ])('of keys: %s', async (_, value) => {
    const client = await clientWith(() => ({ ...whole, value }));
    await expect(scanned(client, { keysOnly })).rejects.toMatchObject({ code: 'ERR_PROTOCOL' });
    expect(await client.get('k')).toBeUndefined();
  });

  test.each([
    ['fields that are cut off', entry('a', 'b').slice(0, 20)],
    ['no value', entry('a', '').slice(0, -1)],
    ['a value that is cut off', entry('a', 'value').slice(0, -1)],
    ['a value of four gigabytes', `${entry('a', '').slice(0, -1)}\xff\xff\xff\xff\x0f`],
    ['a value that is no Snappy', entry('a', 'no snappy', datatype.snappy)],
    ['a value that unfolds to four gigabytes', entry('a', '\xff\xff\xff\xff\x0f', datatype.snappy)],
  ])('of items: %s', async (_, value) => {
    const client = await clientWith(() => ({ ...whole, value }));
    await expect(scanned(client)).rejects.toMatchObject({ code: 'ERR_PROTOCOL' });
    expect(await client.get('k')).toBeUndefined();
  });

  test('that are right are read', async () => {
    const client = await clientWith(() => ({ ...whole, value: entry('a', 'text') }));
    expect(await scanned(client)).toMatchObject([{ key: 'a', value: 'text', cas: 7n, ttl: Infinity }]);
  });
});

describe('keys', () => {
  test.each([
    ['before the range', key('a')],
    ['behind the range', key('q')],
    ['in another order', key('p:2') + key('p:1')],
    ['twice in a batch', key('p:1') + key('p:1')],
  ])('%s', async (_, value) => {
    const client = await clientWith(() => ({ ...whole, value }));
    await expect(scanned(client, { prefix: 'p:', keysOnly })).rejects.toThrow(/out of range, or out of order/);
  });

  test('of an earlier batch', async () => {
    const client = await clientWith(() => ({ ...part, value: key('p:1') }));
    await expect(scanned(client, { keysOnly })).rejects.toThrow(/out of range, or out of order/);
  });
});

describe('batches', () => {
  test('of more items than were wanted', async () => {
    const client = await clientWith(() => ({ ...whole, value: key('a') + key('b') + key('c') }));
    await expect(scanned(client, { batchItems: 2, keysOnly })).rejects.toThrow(/more items than its limit/);
  });

  test('without items, and without an end', async () => {
    let batches = 0;
    const client = await clientWith(() => {
      batches++;
      return part;
    });
    await expect(scanned(client, { timeout: 200 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    // They are asked for with a back-off.
    expect(batches).toBeLessThan(50);
  });

  test('whose last packet never comes', async () => {
    const client = await clientWith(() => ({ code: status.success, value: key('a') }));
    await expect(scanned(client, { timeout: 100, keysOnly })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(await client.get('k')).toBeUndefined();
  });
});

test('the id of a scan has 16 bytes', async () => {
  for (const id of ['', 'short', 'l'.repeat(17)]) {
    const client = await clientWith(() => whole, id);
    await expect(scanned(client)).rejects.toMatchObject({ code: 'ERR_PROTOCOL' });
  }
});
