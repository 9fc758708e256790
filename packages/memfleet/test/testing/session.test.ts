import { describe, expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode, serverOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { parseErrorMap } from '../../src/protocol/binary/error-map.ts';
import { u64Text } from '../../src/protocol/binary/header.ts';
import { buildFeatures, feature, parseFeatures } from '../../src/protocol/binary/hello.ts';
import { u32Text } from '../../src/protocol/binary/integers.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { buildPlain } from '../../src/protocol/binary/sasl-plain.ts';
import { scramMechanisms } from '../../src/protocol/binary/scram-mechanism.ts';
import { ScramClient } from '../../src/protocol/binary/scram.ts';
import { scramAnswer } from '../support/scram-answer.ts';
import { DataClient } from './support/data-client.ts';
import { startCluster } from './support/start-cluster.ts';

describe('the login', () => {
  test.each(scramMechanisms)(
    'by %s lets in who knows the password, and proves to know it itself',
    async (mechanism) => {
      const cluster = await startCluster({ nodes: 1, users: { 'jürgen=x,y': 'pässword' } });
      const client = await DataClient.dial(cluster, cluster.nodes[0]!);
      expect((await client.ask(opcode.saslListMechs)).value).toContain(mechanism);
      const scram = new ScramClient({ mechanism, user: 'jürgen=x,y', password: 'pässword' });
      const first = await client.ask(opcode.saslAuth, { key: mechanism, value: scram.first() });
      expect(first.code).toBe(status.authContinue);
      const last = await client.ask(opcode.saslStep, { key: mechanism, value: await scramAnswer(scram, first.value) });
      expect(last.code).toBe(status.success);
      scram.verify(last.value);
      expect(await client.ask(couchbaseOpcode.selectBucket, { key: 'default' })).toMatchObject({
        code: status.success,
      });
    },
  );

  test('refuses a wrong password, an unknown user, an unknown mechanism, a step without a beginning', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.dial(cluster, cluster.nodes[0]!);
    const scram = new ScramClient({ mechanism: 'SCRAM-SHA1', user: 'Administrator', password: 'wrong' });
    const first = await client.ask(opcode.saslAuth, { key: 'SCRAM-SHA1', value: scram.first() });
    const proof = { key: 'SCRAM-SHA1', value: await scramAnswer(scram, first.value) };
    expect(await client.ask(opcode.saslStep, proof)).toMatchObject({ code: status.authError });
    expect(await client.ask(opcode.saslStep, proof)).toMatchObject({ code: status.authError });
    const nobody = new ScramClient({ mechanism: 'SCRAM-SHA1', user: 'nobody', password: 'x' });
    expect(await client.ask(opcode.saslAuth, { key: 'SCRAM-SHA1', value: nobody.first() })).toMatchObject({
      code: status.authError,
    });
    expect(await client.ask(opcode.saslAuth, { key: 'CRAM-MD5', value: 'x' })).toMatchObject({
      code: status.authError,
    });
    expect(await client.plain('Administrator', 'wrong')).toMatchObject({ code: status.authError });
    expect(await client.plain('Administrator', 'password')).toMatchObject({ code: status.success });
  });

  test('may be sent in one piece with HELLO and the list of mechanisms, as the SDK does', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.dial(cluster, cluster.nodes[0]!);
    client.socket.cork();
    client.send(couchbaseOpcode.hello, { key: '{"a":"x"}', value: buildFeatures([feature.xerror]) });
    client.send(opcode.saslListMechs);
    client.send(opcode.saslAuth, { key: 'PLAIN', value: buildPlain('Administrator', 'password') });
    client.send(couchbaseOpcode.selectBucket, { key: 'default' });
    client.socket.uncork();
    await client.until(() => client.answers.length === 4);
    expect(client.answers.map((answer) => answer.code)).toEqual([0, 0, 0, 0]);
  });

  test('is needed for everything but the login itself, HELLO, the error map, NOOP and VERSION', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.dial(cluster, cluster.nodes[0]!);
    await client.hello([feature.xerror]);
    expect(await client.ask(opcode.noop)).toMatchObject({ code: status.success });
    expect((await client.ask(opcode.version)).value).toMatch(/simulated/);
    expect(await client.get('foo')).toMatchObject({ code: status.noAccess });
    expect(await client.ask(opcode.stat)).toMatchObject({ code: status.noAccess });
    expect(await client.ask(couchbaseOpcode.getClusterConfig)).toMatchObject({ code: status.noAccess });
    expect(await client.ask(couchbaseOpcode.selectBucket, { key: 'default' })).toMatchObject({ code: status.noAccess });
  });

  test('without extended errors, what cannot be said closes the connection', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.dial(cluster, cluster.nodes[0]!);
    client.send(opcode.get, { key: 'foo' });
    await client.closed;
    expect(client.answers).toEqual([]);
  });
});

describe('HELLO', () => {
  test('grants what is modelled, drops the rest, and replaces what was granted before', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.dial(cluster, cluster.nodes[0]!);
    const asked = [feature.xerror, feature.collections, feature.snappyEverywhere, 0x7777, feature.json, feature.xerror];
    expect(parseFeatures((await client.hello(asked)).value)).toEqual([
      feature.xerror,
      feature.collections,
      feature.json,
    ]);
    expect(parseFeatures((await client.hello([])).value)).toEqual([]);
    client.send(opcode.get, { key: 'foo' });
    await client.closed;
  });

  test('grants pushed maps only together with duplex', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.dial(cluster, cluster.nodes[0]!);
    expect((await client.hello([feature.clustermapNotification])).value).toBe('');
    expect(await client.ask(couchbaseOpcode.hello, { key: 'x', value: 'odd' })).toMatchObject({
      code: status.invalidArguments,
    });
  });
});

describe('a bucket', () => {
  test('is selected by users with access, and left again', async () => {
    const cluster = await startCluster({
      nodes: 1,
      buckets: ['default', { name: 'private', users: ['Administrator'] }],
      users: { guest: 'guest', Administrator: 'password' },
    });
    const client = await DataClient.ready(cluster);
    expect(await client.ask(couchbaseOpcode.selectBucket, { key: 'private' })).toMatchObject({ code: status.noAccess });
    expect(await client.ask(couchbaseOpcode.selectBucket, { key: 'nothing' })).toMatchObject({
      code: status.keyNotFound,
    });
    expect(await client.set('foo', 'bar')).toMatchObject({ code: status.success });
    await client.ask(couchbaseOpcode.selectBucket, { key: '@no bucket@' });
    expect(await client.get('foo')).toMatchObject({ code: status.noBucket });
    await client.plain('Administrator', 'password');
    await client.ask(couchbaseOpcode.selectBucket, { key: 'private' });
    expect(await client.get('foo')).toMatchObject({ code: status.keyNotFound });
  });

  test('of type memcached has no vBuckets: every node takes every key, as its own', async () => {
    const cluster = await startCluster({ nodes: 2, buckets: [{ name: 'cache', type: 'memcached' }] });
    const [one, other] = [
      await DataClient.ready(cluster, cluster.nodes[0], 'cache'),
      await DataClient.ready(cluster, cluster.nodes[1], 'cache'),
    ];
    expect(await one.ask(opcode.set, { key: 'foo', value: '1', extras: '\0'.repeat(8), vbucket: 0 })).toMatchObject({
      code: status.success,
    });
    expect(await one.get('foo', 0)).toMatchObject({ value: '1' });
    expect(await other.get('foo', 0)).toMatchObject({ code: status.keyNotFound });
    const document = JSON.parse((await one.ask(couchbaseOpcode.getClusterConfig)).value);
    expect(document).toMatchObject({ nodeLocator: 'ketama', bucketType: 'memcached' });
    expect(document.vBucketServerMap).toBeUndefined();
  });
});

describe('the map on the data port', () => {
  test('is the bucket’s where one is selected, else the cluster’s', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const client = await DataClient.dial(cluster, cluster.nodes[1]!);
    await client.hello([feature.xerror, feature.json]);
    await client.plain('Administrator', 'password');
    const of = async (): Promise<Record<string, unknown>> => {
      const answer = await client.ask(couchbaseOpcode.getClusterConfig);
      expect(answer).toMatchObject({ code: status.success, datatype: 1 });
      return JSON.parse(answer.value) as Record<string, unknown>;
    };
    const whole = await of();
    expect(whole['vBucketServerMap']).toBeUndefined();
    expect(whole['nodesExt']).toHaveLength(2);
    await client.ask(couchbaseOpcode.selectBucket, { key: 'default' });
    const bucket = await of();
    expect(bucket['nodesExt']).toMatchObject([{}, { thisNode: true, hostname: '127.0.0.1' }]);
    expect(bucket).toEqual(cluster.document('default', cluster.nodes[1]));
  });

  test('is empty for a client that says it has it', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const client = await DataClient.ready(cluster);
    const known = (epoch: bigint, rev: number): Promise<{ code: number; value: string }> =>
      client.ask(couchbaseOpcode.getClusterConfig, { extras: u64Text(epoch) + u64Text(BigInt(rev)) });
    expect((await known(1n, cluster.rev)).value).toBe('');
    expect((await known(1n, cluster.rev - 1)).value).not.toBe('');
    expect((await known(0n, cluster.rev + 9)).value).not.toBe('');
    expect((await known(2n, 1)).value).toBe('');
    expect((await known(2n, 0)).code).toBe(status.invalidArguments);
  });

  test('is announced without it, to sessions that were granted that', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const features = [feature.duplex, feature.clustermapNotification, feature.clustermapNotificationBrief];
    const client = await DataClient.ready(cluster, cluster.nodes[0], 'default', features);
    const granted = parseFeatures((await client.hello(features)).value);
    expect(granted).toEqual([feature.duplex, feature.clustermapNotificationBrief]);
    const vbucket = cluster.map().findIndex((row) => row[0] === 0);
    await cluster.moveVbucket(vbucket, cluster.nodes[1]!);
    await client.until(() => client.pushes.length === 1);
    const push = client.pushes[0]!;
    expect(push).toMatchObject({ opcode: serverOpcode.clustermapChange, key: 'default', datatype: 0, value: '' });
    expect(push.extras.toString('latin1')).toBe(u64Text(1n) + u64Text(BigInt(cluster.rev)));
    expect(parseFeatures((await client.hello([feature.clustermapNotificationBrief])).value)).toEqual([]);
  });

  test('is pushed at every change, with its revision, to sessions that were granted it', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const granted = await DataClient.ready(cluster);
    const other = await DataClient.ready(cluster, cluster.nodes[0], 'default', [feature.xerror]);
    await cluster.moveVbucket(
      cluster.map().findIndex((row) => row[0] === 0),
      cluster.nodes[1]!,
    );
    await granted.until(() => granted.pushes.length === 1);
    const push = granted.pushes[0]!;
    expect(push).toMatchObject({ opcode: serverOpcode.clustermapChange, key: 'default', datatype: 1 });
    expect(push.extras.toString('latin1')).toBe(u64Text(1n) + u64Text(BigInt(cluster.rev)));
    expect(JSON.parse(push.value)).toEqual(cluster.document());
    await other.ask(opcode.noop);
    expect(other.pushes).toEqual([]);
  });

  test('comes with a refusal once, for a client that wants no repetition', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const wrong = cluster.nodes.find((node) => node !== cluster.nodeOf('foo'))!;
    const client = await DataClient.ready(cluster, wrong, 'default', [feature.xerror, feature.dedupeNotMyVbucketMap]);
    expect(await client.get('foo')).toMatchObject({ code: status.notMyVbucket, datatype: 1 });
    expect(await client.get('foo')).toMatchObject({ code: status.notMyVbucket, datatype: 0, value: '' });
  });

  test('can be left out of refusals, pushes and the data port, so that a client has to learn it elsewhere', async () => {
    const traits = { mapInRefusals: false, pushes: false, clusterConfig: false };
    const cluster = await startCluster({ nodes: 2, traits });
    const wrong = cluster.nodes.find((node) => node !== cluster.nodeOf('foo'))!;
    const client = await DataClient.ready(cluster, wrong);
    expect(await client.get('foo')).toMatchObject({ code: status.notMyVbucket, value: '', datatype: 0 });
    expect(await client.ask(couchbaseOpcode.getClusterConfig)).toMatchObject({ code: status.unknownCommand });
    cluster.traits.mapInRefusals = true;
    expect(await client.get('foo')).toMatchObject({ code: status.notMyVbucket, datatype: 1 });
    expect(client.pushes).toEqual([]);
  });
});

describe('a session', () => {
  test('returns the error map', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    const map = parseErrorMap((await client.ask(couchbaseOpcode.getErrorMap, { value: '\0\x02' })).value);
    expect(map?.get(0x86)).toEqual({ name: 'ETMPFAIL', attributes: ['temp', 'retry-now'] });
    expect(await client.ask(couchbaseOpcode.getErrorMap)).toMatchObject({ code: status.invalidArguments });
  });

  test('returns statistics, and the state of each vBucket', async () => {
    const cluster = await startCluster({ nodes: 2, vbuckets: 4 });
    const client = await DataClient.ready(cluster);
    client.send(opcode.stat, { key: 'vbucket' });
    await client.until(() => client.answers.at(-1)?.opcode === opcode.stat && client.answers.at(-1)?.key === '');
    const lines = client.answers.filter((answer) => answer.key.startsWith('vb_'));
    expect(lines.map(({ key, value }) => `${key} ${value}`)).toEqual([
      'vb_0 active',
      'vb_1 replica',
      'vb_2 active',
      'vb_3 replica',
    ]);
    expect(await client.ask(opcode.stat, { key: 'nothing' })).toMatchObject({ code: status.keyNotFound });
  });

  test('names one version in VERSION and in its statistics, from which libcouchbase’s tests learn what to expect', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    const { value: version } = await client.ask(opcode.version);
    expect(version).toMatch(/^7\.6\.0\b/);
    client.send(opcode.stat);
    await client.until(() => client.answers.at(-1)?.opcode === opcode.stat && client.answers.at(-1)?.key === '');
    expect(client.answers.find(({ key }) => key === 'version')?.value).toBe(version);
  });

  test('has the counters that `cbc watch` shows: reads and writes of items, and their sum', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    const client = await DataClient.ready(cluster);
    await client.set('a', '{"b":1}');
    await client.get('a');
    await client.get('missing');
    await client.ask(opcode.gat, { key: 'a', extras: u32Text(60) });
    await client.ask(opcode.touch, { key: 'a', extras: u32Text(60) });
    await client.ask(couchbaseOpcode.subdocGet, { key: 'a', value: 'b', extras: '\0\x01\0' });
    await client.ask(couchbaseOpcode.subdocDictUpsert, { key: 'a', value: 'b2', extras: '\0\x01\0' });
    await client.ask(couchbaseOpcode.getMeta, { key: 'a' });
    await client.ask(opcode.delete, { key: 'a' });
    await client.ask(opcode.noop);
    client.send(opcode.stat);
    await client.until(() => client.answers.at(-1)?.opcode === opcode.stat && client.answers.at(-1)?.key === '');
    const shown = client.answers.filter(({ key }) => key.startsWith('cmd_total_'));
    expect(Object.fromEntries(shown.map(({ key, value }) => [key, value]))).toEqual({
      cmd_total_gets: '4',
      cmd_total_sets: '4',
      cmd_total_ops: '8',
    });
  });

  test('ends after QUIT, and after a protocol error, once earlier requests have their replies', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const polite = await DataClient.ready(cluster);
    expect(await polite.ask(opcode.quit)).toMatchObject({ code: status.success });
    await polite.closed;
    const rude = await DataClient.ready(cluster);
    const answer = rude.get('foo');
    rude.socket.write('get foo\r\n'.repeat(3));
    expect(await answer).toMatchObject({ code: status.keyNotFound });
    await rude.closed;
    expect(cluster.nodes[0]!.sessions).toBe(0);
  });

  test('knows no FLUSH any more', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    await client.set('foo', 'bar');
    expect(await client.ask(opcode.flush)).toMatchObject({ code: status.notSupported });
    cluster.traits.flush = true;
    expect(await client.ask(opcode.flush, { extras: u32Text(0) })).toMatchObject({ code: status.success });
    expect(await client.get('foo')).toMatchObject({ code: status.keyNotFound });
  });
});
