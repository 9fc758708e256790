/**
 * A Couchbase node that was granted to reply in any order, with frames in front, uses it to confuse: it replies twice,
 * to requests that were never sent, with frames that lie about their lengths; it announces maps without end. No caller
 * receives the value of another, nothing hangs, and the other nodes are used as before.
 */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import type { Command } from '../../src/core/command.ts';
import { encodeRevision } from '../../src/couchbase/revision.ts';
import { serverOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { FakeCluster } from '../couchbase/support/fake-cluster.ts';
import { FakeClock } from '../support/fake-clock.ts';

const features = [
  feature.duplex,
  feature.clustermapNotification,
  feature.alternativeRequest,
  feature.unorderedExecution,
  feature.tracing,
  feature.clusterConfigKnownVersion,
];

/** A reply to a GET: framing extras, flags, value. `body`: the total body length, where it lies. */
function reply(opaque: number, value: string, framing = '', body = framing.length + 4 + value.length): string {
  const header = Buffer.alloc(24);
  header[0] = framing === '' ? 0x81 : 0x18;
  header[1] = opcode.get;
  if (framing !== '') header[2] = framing.length;
  header[4] = 4;
  header.writeUInt32BE(body, 8);
  header.writeUInt32BE(opaque, 12);
  return `${header.toString('latin1')}${framing}\0\0\0\0${value}`;
}

/** The first node answers the requests for the key `evil` with these bytes, if any. */
async function hostile(answer: (opaque: number) => string): Promise<{ cluster: FakeCluster; client: Client }> {
  const cluster = await FakeCluster.start(2, [[0], [1], [1], [0]], { features });
  cluster.nodes[0]!.settings.script = ({ key, packet }: Command, { socket }) => {
    if (key !== 'evil') return undefined;
    socket?.write(answer(packet!.opaque), 'latin1');
    return 'silent';
  };
  const client = cluster.client({ timeout: 2000, retry: false, pool: { max: 1 }, couchbase: { pollInterval: 60_000 } });
  await client.set('hello', 'mine');
  await client.set('another key', 'elsewhere');
  return { cluster, client };
}

/** `evil` is in a vBucket of the first node. */
const pair = ['evil', 'hello'] as const;

describe('a reply', () => {
  test.each<[string, (opaque: number) => string]>([
    ['to a request that was never sent', (opaque) => reply(opaque + 1000, 'FALSE')],
    ['to a request of long ago', (opaque) => reply(opaque - 1, 'FALSE')],
    ['twice', (opaque) => reply(opaque, 'first') + reply(opaque, 'FALSE')],
    ['with the opcode of another request', (opaque) => reply(opaque, 'FALSE').replace('\x81\0', '\x81\x01')],
    ['whose frames are longer than its body', (opaque) => reply(opaque, '', '\x02\0\0', 2)],
    ['whose extras do not fit behind the frames', (opaque) => reply(opaque, '', '\x02\0\0', 5)],
    ['with the magic of a request', (opaque) => reply(opaque, 'FALSE').replace('\x81', '\x08')],
  ])('%s ends the connection, and gives no call a value', async (_, answer) => {
    const { client } = await hostile(answer);
    const [evil, mine, other] = await Promise.allSettled([
      ...pair.map((key) => client.get(key)),
      client.get('another key'),
    ]);
    if (evil.status === 'fulfilled') expect(evil.value).toBe('first');
    else expect(evil.reason).toMatchObject({ code: 'ERR_PROTOCOL' });
    if (mine!.status === 'fulfilled') expect(mine!.value).toBe('mine');
    else expect(mine!.reason).toMatchObject({ code: 'ERR_PROTOCOL' });
    expect(other).toMatchObject({ value: 'elsewhere' });
    expect(await client.get('hello')).toBe('mine');
  });

  test.each<[string, string]>([
    ['end in the middle of one', '\x02\x01'],
    ['have a length without its byte', '\x0f'],
    ['have an id without its byte', '\xf0'],
    ['are 255 bytes of nothing', '\0'.repeat(255)],
    ['have a time of three bytes', '\x03\0\0\x09'],
  ])('whose frames %s is read behind them', async (_, framing) => {
    const { client } = await hostile((opaque) => reply(opaque, 'value', framing));
    expect(await client.get('evil')).toBe('value');
  });

  test('that a later one overtakes goes to its own call', async () => {
    let held = '';
    const { cluster, client } = await hostile((opaque) => {
      held = reply(opaque, 'late');
      return '';
    });
    const evil = client.get('evil');
    expect(await client.get('hello')).toBe('mine');
    for (const { socket } of cluster.nodes[0]!.sessions) socket?.write(held, 'latin1');
    expect(await evil).toBe('late');
  });
});

describe('announcements', () => {
  test('of ever newer maps cause a request in 10 ms at most', async () => {
    const cluster = await FakeCluster.start(1, [[0]], { features });
    const clock = new FakeClock();
    const client = cluster.client({ clock, couchbase: { pollInterval: 60_000 } });
    await client.set('hello', 'mine');
    const node = cluster.nodes[0]!;
    node.log.length = 0;
    for (let step = 0; step < 20; step++) {
      for (let rev = 0; rev < 250; rev++) {
        const revision = encodeRevision({ epoch: -1, rev: 2 + step * 250 + rev });
        node.push(serverOpcode.clustermapChange, 'default', Buffer.from(revision), '');
      }
      expect(await client.get('hello')).toBe('mine');
      clock.advance(10);
    }
    const polls = node.log.filter((name) => name === 'getClusterConfig').length;
    expect(polls).toBeGreaterThan(0);
    expect(polls).toBeLessThanOrEqual(21);
  });

  test.each([0, 3, 4, 15, 17, 255])('with extras of %i bytes are requests for the map, and no more', async (length) => {
    const { cluster, client } = await hostile(() => '');
    cluster.nodes[0]!.push(serverOpcode.clustermapChange, 'default', Buffer.alloc(length, 0xff), '');
    expect(await client.get('hello')).toBe('mine');
  });
});

test('a revision that no number holds is not sent back to its node', async () => {
  const known: (Uint8Array | undefined)[] = [];
  const cluster = await FakeCluster.start(1, [[0]], { features });
  cluster.fields = { rev: 2 ** 64 };
  cluster.nodes[0]!.settings.script = ({ packet }) => {
    if (packet?.opcode === 0xb5) known.push(packet.extras);
    return undefined;
  };
  const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
  await client.set('hello', 1);
  cluster.nodes[0]!.push(serverOpcode.clustermapChange, 'default', Buffer.alloc(0), '');
  await client.get('hello');
  await client.get('hello');
  expect(known.length).toBeGreaterThanOrEqual(1);
  expect(known.filter((extras) => extras !== undefined)).toEqual([]);
});
