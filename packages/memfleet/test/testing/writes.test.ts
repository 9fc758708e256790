/** What writes demand of a node of the simulated cluster: locks, durability, an expiry that stays, room. */
import { describe, expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { u64Text } from '../../src/protocol/binary/header.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { u32Text } from '../../src/protocol/binary/integers.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { type Answer, DataClient } from './support/data-client.ts';
import { startCluster } from './support/start-cluster.ts';

const key = 'k';
const seen = 0xffff_ffff_ffff_ffffn;

/** A client of the node that has the key, on a cluster whose time the test moves. */
async function started(options: Parameters<typeof startCluster>[0] = {}, features?: readonly number[]) {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 1, replicas: 0, clock, ...options });
  const client = await DataClient.ready(cluster, cluster.nodeOf(key), 'default', features);
  const lock = (seconds?: number): Promise<Answer> =>
    client.ask(couchbaseOpcode.getLocked, { key, ...(seconds === undefined ? {} : { extras: u32Text(seconds) }) });
  return { clock, cluster, client, lock };
}

describe('a locked item', () => {
  test('can be read by all, and written only with the cas of its holder, which frees it', async () => {
    const { client, lock } = await started();
    const { cas: before } = await client.set(key, 'v');
    const held = await lock();
    expect(held).toMatchObject({ code: status.success, value: 'v' });
    expect(held.cas).not.toBe(before);
    expect(await client.get(key)).toMatchObject({ code: status.success, value: 'v', cas: seen });
    expect(await client.set(key, 'w')).toMatchObject({ code: status.locked });
    expect(await client.set(key, 'w', before)).toMatchObject({ code: status.locked });
    expect(await client.ask(opcode.delete, { key })).toMatchObject({ code: status.locked });
    expect(await client.ask(opcode.append, { key, value: 'x' })).toMatchObject({ code: status.locked });
    expect(await client.ask(opcode.touch, { key, extras: u32Text(9) })).toMatchObject({ code: status.locked });
    expect(await client.ask(opcode.gat, { key, extras: u32Text(9) })).toMatchObject({ code: status.locked });
    expect(await client.set(key, 'w', held.cas)).toMatchObject({ code: status.success });
    expect(await client.set(key, 'x')).toMatchObject({ code: status.success });
  });

  test.each([
    [undefined, 15],
    [0, 15],
    [1, 1],
    [30, 30],
    [31, 15],
  ])('for %s seconds is free again after %i', async (given, seconds) => {
    const { clock, client, lock } = await started();
    await client.set(key, 'v');
    await lock(given);
    clock.advance(seconds * 1000 - 1);
    expect(await client.set(key, 'w')).toMatchObject({ code: status.locked });
    clock.advance(1);
    expect(await client.set(key, 'w')).toMatchObject({ code: status.success });
  });

  test('is not locked twice, and is unlocked by its cas alone', async () => {
    const { client, lock } = await started();
    await client.set(key, 'v');
    const { cas } = await lock();
    expect(await lock()).toMatchObject({ code: status.locked });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key, cas: cas + 1n })).toMatchObject({ code: status.locked });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key })).toMatchObject({ code: status.invalidArguments });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key, cas })).toMatchObject({ code: status.success });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key, cas })).toMatchObject({ code: status.notLocked });
    expect(await lock()).toMatchObject({ code: status.success });
  });

  test('must exist', async () => {
    const { client, lock } = await started();
    expect(await lock()).toMatchObject({ code: status.keyNotFound });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key, cas: 1n })).toMatchObject({ code: status.keyNotFound });
  });

  test('is reported to a client without extended errors by the old statuses', async () => {
    const { client, lock } = await started({}, []);
    await client.set(key, 'v');
    const { cas } = await lock();
    expect(await lock()).toMatchObject({ code: status.temporaryFailure });
    expect(await client.set(key, 'w')).toMatchObject({ code: status.keyExists });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key, cas: 1n })).toMatchObject({
      code: status.temporaryFailure,
    });
    expect(await client.ask(couchbaseOpcode.unlockKey, { key, cas })).toMatchObject({ code: status.success });
  });
});

describe('framing extras', () => {
  const preserve = '\x50';
  const majority = (timeout = ''): string => (timeout === '' ? '\x11\x01' : `\x13\x01${timeout}`);
  const write = (client: DataClient, framing: string, exptime = 0, code: number = opcode.set): Promise<Answer> =>
    client.ask(code, { key, value: 'v', extras: u32Text(0) + u32Text(exptime), framing });

  test('a write that preserves the expiry leaves the item its time', async () => {
    const { clock, client } = await started();
    await write(client, '', 2);
    expect(await write(client, preserve)).toMatchObject({ code: status.success });
    clock.advance(1000);
    expect(await client.get(key)).toMatchObject({ code: status.success });
    clock.advance(2000);
    expect(await client.get(key)).toMatchObject({ code: status.keyNotFound });
  });

  test('a write that preserves the expiry of nothing has its own', async () => {
    const { clock, client } = await started();
    await write(client, preserve, 2);
    clock.advance(3000);
    expect(await client.get(key)).toMatchObject({ code: status.keyNotFound });
  });

  test.each<[string, string, number, number]>([
    ['an unknown frame', '\x70', opcode.set, status.unknownFrameInfo],
    ['an unknown frame with a long id', '\xf0\x05', opcode.set, status.unknownFrameInfo],
    ['a frame that ends too early', '\x13\x01', opcode.set, status.invalidArguments],
    ['a level that does not exist', '\x11\x04', opcode.set, status.durabilityInvalidLevel],
    ['no level', '\x11\x00', opcode.set, status.durabilityInvalidLevel],
    ['a durability of the wrong length', '\x12\x01\x01', opcode.set, status.invalidArguments],
    ['an expiry that an add would keep', preserve, opcode.add, status.invalidArguments],
  ])('%s are refused, and nothing is written', async (_, framing, code, refusal) => {
    const { client } = await started();
    expect(await write(client, framing, 0, code)).toMatchObject({ code: refusal });
    expect(await client.get(key)).toMatchObject({ code: status.keyNotFound });
  });

  test('a durable write needs a majority of the copies in the map', async () => {
    const alone = await started({ nodes: 1, replicas: 1 });
    expect(await write(alone.client, majority())).toMatchObject({ code: status.durabilityImpossible });
    expect(await alone.client.get(key)).toMatchObject({ code: status.keyNotFound });
    const pair = await started({ nodes: 2, replicas: 1 });
    expect(await write(pair.client, majority())).toMatchObject({ code: status.success });
    expect(pair.cluster.inspect(key).filter((held) => held.value !== undefined)).toHaveLength(2);
  });

  test('a durable write waits for a node that is down, is ambiguous when its time is over, and others are put off', async () => {
    const { clock, cluster, client } = await started({ nodes: 2, replicas: 1 });
    const other = await DataClient.ready(cluster, cluster.nodeOf(key));
    await cluster.killNode(cluster.nodes.find((node) => node !== cluster.nodeOf(key))!);
    const writing = write(client, majority('\x07\xd0'));
    await expect
      .poll(async () => (await other.set(key, 'w')).code, { timeout: 20_000 })
      .toBe(status.syncWriteInProgress);
    clock.advance(2000);
    expect(await writing).toMatchObject({ code: status.syncWriteAmbiguous });
    expect(await other.set(key, 'w')).toMatchObject({ code: status.success });
  });
});

test('what is joined to an item and makes it too large is refused with the reason, as by Couchbase', async () => {
  const { client } = await started({ maxValue: 1000 });
  await client.set(key, 'v'.repeat(600));
  expect(await client.ask(opcode.append, { key, value: 'w'.repeat(401) })).toMatchObject({ code: status.tooLarge });
  expect(await client.ask(opcode.prepend, { key: 'none', value: 'w' })).toMatchObject({ code: status.notStored });
  expect(await client.ask(opcode.append, { key, value: 'w'.repeat(400) })).toMatchObject({ code: status.success });
});

test('OBSERVE says of each key whether this node has it, and with which cas', async () => {
  const { cluster, client } = await started();
  const { cas } = await client.set(key, 'v');
  const entry = (name: string): string => {
    const vbucket = cluster.vbucketOf(name);
    return String.fromCharCode(vbucket >>> 8, vbucket & 0xff, 0, name.length) + name;
  };
  expect(await client.ask(couchbaseOpcode.observe, { value: entry(key) + entry('none') })).toMatchObject({
    code: status.success,
    value: `${entry(key)}\x01${u64Text(cas)}${entry('none')}\x80${u64Text(0n)}`,
  });
  for (const value of ['x', entry(key).slice(0, -1)])
    expect(await client.ask(couchbaseOpcode.observe, { value })).toMatchObject({ code: status.invalidArguments });
});

test('HELLO grants what makes these requests possible', async () => {
  const { client } = await started();
  const wanted = [feature.alternativeRequest, feature.synchronousReplication, feature.preserveExpiry];
  expect((await client.hello(wanted)).value).toHaveLength(6);
});

test('documents of buckets say that writes may be durable: libcouchbase demands durability nowhere else', async () => {
  const { cluster } = await started();
  expect(cluster.document()['bucketCapabilities']).toContain('durableWrite');
});
