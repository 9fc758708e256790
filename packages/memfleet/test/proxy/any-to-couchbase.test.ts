/**
 * Clients that know nothing of vBuckets in front of a bucket of a Couchbase-type cluster, whose vBuckets move while
 * they work.
 */
import { describe, expect, it } from 'vitest';
import { datatype } from '../../src/protocol/binary/header.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import type { ClusterOptions, SimulatedCluster } from '../../src/testing/index.ts';
import { answers, counterExtras, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import type { TcpClient } from '../support/tcp-client.ts';
import { DataClient } from '../testing/support/data-client.ts';
import { startCluster, startPacedCluster } from '../testing/support/start-cluster.ts';

function rigOver(cluster: SimulatedCluster): Promise<ProxyRig> {
  const nodes = cluster.nodes.map(({ name }) => name);
  return startProxy(simpleOptions({ nodes, couchbase: cluster.credentials, timeout: 8000, connectTimeout: 5000 }));
}

const keys = Array.from({ length: 40 }, (_, i) => `key:${i}`);

const refused = (cluster: SimulatedCluster): number =>
  cluster.stats().nodes.reduce((sum, node) => sum + node.refused, 0);

describe('a bucket behind the proxy', () => {
  it('serves text clients: every verb, in the order of the request', async () => {
    const cluster = await startCluster({ nodes: 3 });
    const client = await (await rigOver(cluster)).connect();
    const sets = keys.map((key, i) => `set ${key} ${i} 0 ${key.length} noreply\r\n${key}\r\n`).join('');
    expect(await client.ask(`${sets}mn\r\n`, 'MN\r\n')).toBe('MN\r\n');
    const asked = [...keys.toReversed(), 'none', 'key:7', 'key:7'];
    const items = asked
      .filter((key) => key !== 'none')
      .map((key) => `VALUE ${key} ${key.slice(4)} ${key.length}\r\n${key}\r\n`);
    expect(await client.ask(`get ${asked.join(' ')}\r\n`, 'END\r\n')).toBe(`${items.join('')}END\r\n`);
    const script: readonly (readonly [string, string])[] = [
      ['add key:1 0 0 1\r\nx\r\n', 'NOT_STORED\r\n'],
      ['replace none 0 0 1\r\nx\r\n', 'NOT_STORED\r\n'],
      ['append key:1 0 0 1\r\n!\r\n', 'STORED\r\n'],
      ['prepend key:1 0 0 1\r\n!\r\n', 'STORED\r\n'],
      ['get key:1\r\n', 'VALUE key:1 1 7\r\n!key:1!\r\nEND\r\n'],
      ['incr key:1 1\r\n', 'CLIENT_ERROR cannot increment or decrement non-numeric value\r\n'],
      ['incr none 1\r\n', 'NOT_FOUND\r\n'],
      ['set n 0 0 2\r\n41\r\n', 'STORED\r\n'],
      ['incr n 1\r\n', '42\r\n'],
      ['decr n 2\r\n', '40\r\n'],
      ['touch n 100\r\n', 'TOUCHED\r\n'],
      ['touch none 100\r\n', 'NOT_FOUND\r\n'],
      ['gat 100 n none\r\n', 'VALUE n 0 2\r\n40\r\nEND\r\n'],
      ['delete n\r\n', 'DELETED\r\n'],
      ['delete n\r\n', 'NOT_FOUND\r\n'],
      ['cas key:2 0 0 1 12345\r\nx\r\n', 'EXISTS\r\n'],
      ['cas none 0 0 1 12345\r\nx\r\n', 'NOT_FOUND\r\n'],
      ['mn\r\n', 'MN\r\n'],
    ];
    const said = await client.ask(script.map(([command]) => command).join(''), 'MN\r\n');
    expect(said.split('\r\n')).toEqual(
      script
        .map(([, answer]) => answer)
        .join('')
        .split('\r\n'),
    );
    const cas = /^VALUE key:3 3 5 (\d+)\r\n/.exec(await client.ask('gets key:3\r\n', 'END\r\n'))?.[1] ?? '';
    expect(await client.ask(`cas key:3 0 0 1 ${cas}\r\nx\r\ncas key:3 0 0 1 ${cas}\r\ny\r\nmn\r\n`, 'MN\r\n')).toBe(
      'STORED\r\nEXISTS\r\nMN\r\n',
    );
    expect(cluster.stats().nodes.every((node) => node.commands > 5 && node.misplaced === 0)).toBe(true);
  });

  it('serves meta clients: flags, opaques, quiet commands, cas', async () => {
    const cluster = await startCluster({ nodes: 3 });
    const client = await (await rigOver(cluster)).connect();
    const sets = keys.map((key, i) => `ms ${key} ${key.length} F${i} q\r\n${key}\r\n`).join('');
    const gets = keys.map((key, i) => `mg ${key} v f k O${i} q\r\nmg none:${i} v q\r\n`).join('');
    const hits = keys.map((key, i) => `VA ${key.length} f${i} k${key} O${i}\r\n${key}\r\n`).join('');
    expect(await client.ask(`${sets}${gets}mn\r\n`, 'MN\r\n')).toBe(`${hits}MN\r\n`);
    const script: readonly (readonly [string, string])[] = [
      ['ms key:1 1 ME O1\r\nx\r\n', 'NS O1\r\n'],
      ['ms key:1 1 MA O2\r\n!\r\n', 'HD O2\r\n'],
      ['mg key:1 s v\r\n', 'VA 6 s6\r\nkey:1!\r\n'],
      ['ma none O3\r\n', 'NF O3\r\n'],
      ['ma fresh N0 J5 v O4\r\n', 'VA 1 O4\r\n5\r\n'],
      ['ma fresh D2 v\r\n', 'VA 1\r\n7\r\n'],
      ['md key:2 C12345 O5\r\n', 'EX O5\r\n'],
      ['md key:2 q\r\n', ''],
      ['md key:2 O6\r\n', 'NF O6\r\n'],
      ['mg key:4 v N30\r\n', 'SERVER_ERROR the binary protocol cannot express the meta flag N (vivify) of get\r\n'],
      ['mn\r\n', 'MN\r\n'],
    ];
    expect((await client.ask(script.map(([command]) => command).join(''), '\r\nMN\r\n')).split('\r\n')).toEqual(
      script
        .map(([, answer]) => answer)
        .join('')
        .split('\r\n'),
    );
    const cas = /^HD c(\d+)\r\n/.exec(await client.ask('mg key:3 c\r\n', '\r\n'))?.[1] ?? '';
    expect(await client.ask(`ms key:3 1 C${cas} q\r\nx\r\nms key:3 1 C${cas}\r\ny\r\nmn\r\n`, 'MN\r\n')).toBe(
      'EX\r\nMN\r\n',
    );
  });

  it('serves binary clients that leave the vBucket 0', async () => {
    const cluster = await startCluster({ nodes: 3 });
    const client = await (await rigOver(cluster)).connect();
    const sets = keys.map((key, i) => packet(0x11, { key, value: key, extras: storeExtras(i), opaque: i })).join('');
    const gets = [...keys, 'none'].map((key, i) => packet(0x0d, { key, opaque: 100 + i })).join('');
    const said = answers(await client.ask(sets + gets + packet(0x0a, { opaque: 99 }), noopAnswer(99)));
    expect(said.map(({ opaque, status, key, value }) => [opaque, status, key, value])).toEqual([
      ...keys.map((key, i) => [100 + i, 0, key, key]),
      [99, 0, '', ''],
    ]);
    const more =
      packet(0x02, { key: 'key:1', value: 'x', extras: storeExtras(), opaque: 1 }) +
      packet(0x03, { key: 'none', value: 'x', extras: storeExtras(), opaque: 2 }) +
      packet(0x0e, { key: 'key:1', value: '!', opaque: 3 }) +
      packet(0x00, { key: 'key:1', opaque: 4 }) +
      packet(0x05, { key: 'n', extras: counterExtras(1n, 7n, 0), opaque: 5 }) +
      packet(0x05, { key: 'n', extras: counterExtras(1n, 7n, 0), opaque: 6 }) +
      packet(0x05, { key: 'none', extras: counterExtras(1n, 7n, 0xffffffff), opaque: 7 }) +
      packet(0x04, { key: 'key:2', cas: 12_345n, opaque: 8 }) +
      packet(0x14, { key: 'key:2', opaque: 9 }) +
      packet(0x1c, { key: 'key:3', extras: '\0\0\0\x64', opaque: 10 }) +
      packet(0x1d, { key: 'key:3', extras: '\0\0\0\x64', opaque: 11 }) +
      packet(0x0a, { opaque: 12 });
    expect(
      answers(await client.ask(more, noopAnswer(12))).map(({ opaque, status, value }) => [
        opaque,
        status,
        status === 0 ? value : '',
      ]),
    ).toEqual([
      [1, 2, ''],
      [2, 1, ''],
      [3, 0, ''],
      [4, 0, 'key:1!'],
      [5, 0, '\0\0\0\0\0\0\0\x07'],
      [6, 0, '\0\0\0\0\0\0\0\x08'],
      [7, 1, ''],
      [8, 2, ''],
      [10, 0, ''],
      [11, 0, 'key:3'],
      [12, 0, ''],
    ]);
    expect(cluster.stats().nodes.every(({ misplaced }) => misplaced === 0)).toBe(true);
  });

  it('sends values compressed to the nodes, and plain to clients, whose packets have no datatype', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await (await rigOver(cluster)).connect();
    const value = JSON.stringify({ text: 'abc'.repeat(100) });
    const set = `set k 0 0 ${value.length}\r\n${value}\r\n`;
    expect(await client.ask(`${set}get k\r\n`, 'END\r\n')).toBe(
      `STORED\r\nVALUE k 0 ${value.length}\r\n${value}\r\nEND\r\n`,
    );
    const node = await DataClient.ready(cluster, cluster.nodes[0], 'default', [feature.json, feature.snappy]);
    expect((await node.get('k')).datatype).toBe(datatype.json | datatype.snappy);
    const binary = await (await rigOver(cluster)).connect();
    const reply = await binary.ask(packet(0x00, { key: 'k' }) + packet(0x0a, { opaque: 1 }), noopAnswer(1));
    expect(answers(reply)[0]).toMatchObject({ status: 0, value });
    expect(reply.charCodeAt(5)).toBe(datatype.raw);
  });
});

/** Writes a version of every key and reads it back, in one pipeline; what is read is what was written. */
type Round = (client: TcpClient, prefix: string, version: number) => Promise<void>;

const textRound: Round = async (client, prefix, version) => {
  const own = keys.map((key) => prefix + key);
  const body = String(version);
  const sets = own.map((key) => `set ${key} 0 0 ${body.length}\r\n${body}\r\n`).join('');
  const said = await client.ask(`${sets}get ${own.join(' ')}\r\nmn\r\n`, 'MN\r\n');
  const items = own.map((key) => `VALUE ${key} 0 ${body.length}\r\n${body}\r\n`).join('');
  expect(said).toBe(`${'STORED\r\n'.repeat(own.length)}${items}END\r\nMN\r\n`);
};

const metaRound: Round = async (client, prefix, version) => {
  const body = String(version);
  const asked = keys
    .map((key) => `ms ${prefix}${key} ${body.length} q\r\n${body}\r\nmg ${prefix}${key} v k\r\n`)
    .join('');
  const items = keys.map((key) => `VA ${body.length} k${prefix}${key}\r\n${body}\r\n`).join('');
  expect(await client.ask(`${asked}mn\r\n`, 'MN\r\n')).toBe(`${items}MN\r\n`);
};

const binaryRound: Round = async (client, prefix, version) => {
  const asked = keys
    .map((key, i) => {
      const own = { key: prefix + key, opaque: i };
      return packet(0x11, { ...own, value: String(version), extras: storeExtras() }) + packet(0x0d, own);
    })
    .join('');
  const said = answers(await client.ask(asked + packet(0x0a, { opaque: 77 }), noopAnswer(77)));
  expect(said.map(({ opaque, status, key, value }) => [opaque, status, key, value])).toEqual([
    ...keys.map((key, i) => [i, 0, prefix + key, String(version)]),
    [77, 0, '', ''],
  ]);
};

describe('a rebalance in between', () => {
  it.each<[string, Partial<ClusterOptions>]>([
    ['whose refusals bring the map', { traits: { pushes: false } }],
    ['that pushes the map', {}],
  ])('of a cluster %s goes unnoticed by text, meta and binary clients', async (_name, options) => {
    const cluster = await startPacedCluster({ nodes: 2, vbuckets: 16, ...options });
    const rig = await rigOver(cluster);
    const over = new AbortController();
    const rounds: readonly (readonly [Round, string])[] = [
      [textRound, 't:'],
      [metaRound, 'm:'],
      [binaryRound, 'b:'],
    ];
    const working = rounds.map(async ([round, prefix]) => {
      const client = await rig.connect();
      let version = 0;
      while (!over.signal.aborted) await round(client, prefix, ++version);
      await round(client, prefix, ++version);
      return version;
    });
    const [first] = cluster.nodes;
    await cluster.rebalance({ add: 1 });
    await cluster.rebalance({ remove: [first!] });
    over.abort();
    const versions = await Promise.all(working);
    expect(cluster.stats().moves).toBeGreaterThan(8);
    if (options.traits?.pushes === false) expect(refused(cluster)).toBeGreaterThan(0);
    expect(cluster.stats().nodes.every(({ misplaced }) => misplaced === 0)).toBe(true);
    for (const [at, [, prefix]] of rounds.entries())
      for (const key of keys) {
        const active = cluster.inspect(prefix + key).filter(({ state }) => state === 'active');
        expect(active.map(({ value }) => value?.toString())).toEqual([String(versions[at])]);
      }
  });

  it('one vBucket that moved between two gets: the second finds it on its new node', async () => {
    const cluster = await startCluster({ nodes: 2, vbuckets: 16, traits: { pushes: false } });
    const rig = await rigOver(cluster);
    const [text, binary] = [await rig.connect(), await rig.connect()];
    expect(await text.ask('set a 3 0 1\r\nx\r\n', '\r\n')).toBe('STORED\r\n');
    for (let round = 0; round < 3; round++) {
      const other = cluster.nodes.find((node) => node !== cluster.nodeOf('a'));
      const before = refused(cluster);
      await cluster.moveVbucket(cluster.vbucketOf('a'), other!);
      const [asked, end] = [packet(0x0c, { key: 'a' }) + packet(0x0a), noopAnswer(0)];
      const [one, two] = await Promise.all([text.ask('get a\r\n', 'END\r\n'), binary.ask(asked, end)]);
      expect(one).toBe('VALUE a 3 1\r\nx\r\nEND\r\n');
      expect(answers(two)).toMatchObject([{ status: 0, key: 'a', value: 'x' }, { opcode: 0x0a }]);
      expect(refused(cluster)).toBeGreaterThan(before);
    }
  });

  it('counts the vBuckets that each node owns, also after some have moved', async () => {
    const cluster = await startCluster({ nodes: 2, vbuckets: 16, traits: { pushes: true } });
    const rig = await rigOver(cluster);
    const client = await rig.connect();
    await client.ask('get a\r\n', 'END\r\n');
    const owned = (): unknown =>
      rig.proxy.stats().clusters['main']?.nodes.map(({ node, vbuckets }) => ({ node, vbuckets }));
    const wanted = (): unknown =>
      cluster.nodes.map((node) => ({ node: node.name, vbuckets: node.stats().vbuckets.active }));
    expect(owned()).toEqual(wanted());
    await cluster.rebalance({ add: 1 });
    await expect.poll(owned, { timeout: 8000 }).toEqual(wanted());
  });
});
