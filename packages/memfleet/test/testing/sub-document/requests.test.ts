/** Requests on sub-documents as a hostile or careless client sends them: what a node refuses, and with which status. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { status } from '../../../src/core/status.ts';
import { subStatus } from '../../../src/core/sub-status.ts';
import { couchbaseOpcode } from '../../../src/protocol/binary/couchbase-opcodes.ts';
import { feature } from '../../../src/protocol/binary/hello.ts';
import { u16Text, u32Text } from '../../../src/protocol/binary/integers.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import { type Answer, DataClient } from '../support/data-client.ts';
import { startCluster } from '../support/start-cluster.ts';

const lookup = (code: number, path: string, flags = 0): string =>
  String.fromCharCode(code, flags) + u16Text(path.length) + path;
const mutation = (code: number, path: string, value = '', flags = 0): string =>
  String.fromCharCode(code, flags) + u16Text(path.length) + u32Text(value.length) + path + value;
const single = (path: string, flags = 0, rest = ''): string => u16Text(path.length) + String.fromCharCode(flags) + rest;

const { subdocGet, subdocDictUpsert, subdocCounter, subdocMultiLookup, subdocMultiMutation } = couchbaseOpcode;
const key = 'k';
const features = [feature.xerror, feature.json, feature.xattr];

async function clientWith(value: string, granted: readonly number[] = features): Promise<DataClient> {
  const cluster = await startCluster({ nodes: 1, replicas: 0 });
  const client = await DataClient.ready(cluster, cluster.nodes[0], 'default', granted);
  await client.set(key, value);
  return client;
}

const lookups = (client: DataClient, value: string, extras = ''): Promise<Answer> =>
  client.ask(subdocMultiLookup, { key, value, extras });
const mutations = (client: DataClient, value: string, extras = ''): Promise<Answer> =>
  client.ask(subdocMultiMutation, { key, value, extras });

describe('a request on one path', () => {
  test('has the status of its path, and the value in the reply', async () => {
    const client = await clientWith('{"a":{"n":41}}');
    const got = await client.ask(subdocGet, { key, value: 'a.n', extras: single('a.n') });
    expect(got).toMatchObject({ code: status.success, value: '41', cas: (await client.ask(opcode.get, { key })).cas });
    const missing = await client.ask(subdocGet, { key, value: 'b', extras: single('b') });
    expect(missing.code).toBe(subStatus.pathNotFound);
    const counted = await client.ask(subdocCounter, { key, value: 'a.n1', extras: single('a.n') });
    expect(counted).toMatchObject({ code: status.success, value: '42' });
    const none = await client.ask(subdocGet, { key: 'none', value: 'a', extras: single('a') });
    expect(none.code).toBe(status.keyNotFound);
  });

  test('is refused where lengths, flags or values do not fit', async () => {
    const client = await clientWith('{}');
    const refused = async (code: number, value: string, extras: string): Promise<number> =>
      (await client.ask(code, { key, value, extras })).code;
    expect(await refused(subdocGet, 'a', '')).toBe(status.invalidArguments);
    expect(await refused(subdocGet, 'a', single('ab'))).toBe(status.invalidArguments);
    expect(await refused(subdocGet, 'ab', single('a'))).toBe(status.invalidArguments);
    expect(await refused(subdocGet, '', single(''))).toBe(status.invalidArguments);
    expect(await refused(subdocGet, 'a', single('a', 0x01))).toBe(status.invalidArguments);
    expect(await refused(subdocGet, 'a', single('a', 0, u32Text(1)))).toBe(status.invalidArguments);
    expect(await refused(subdocDictUpsert, 'a', single('a'))).toBe(status.invalidArguments);
    expect(await refused(subdocDictUpsert, 'a1', single('a', 0, '\x03'))).toBe(status.invalidArguments);
    expect(await refused(subdocDictUpsert, 'a1', single('a', 0, '\x09'))).toBe(status.notSupported);
    const long = 'x'.repeat(1025);
    expect(await refused(subdocGet, long, single(long))).toBe(status.invalidArguments);
    expect(await refused(couchbaseOpcode.subdocReplaceBodyWithXattr, 'a', single('a', 0x04))).toBe(
      status.unknownCommand,
    );
  });
});

describe('a request on several paths', () => {
  test('has a status and a value for each lookup', async () => {
    const client = await clientWith('{"a":1}');
    const specs = lookup(subdocGet, 'a') + lookup(subdocGet, 'b') + lookup(opcode.get, '');
    const { code, value, cas } = await lookups(client, specs);
    expect(code).toBe(subStatus.multiPathFailure);
    expect(cas).not.toBe(0n);
    const entries = ['1', '', '{"a":1}'].map((text, i) => {
      return u16Text(i === 1 ? subStatus.pathNotFound : status.success) + u32Text(text.length) + text;
    });
    expect(value).toBe(entries.join(''));
  });

  test('changes nothing where a path fails, and has its index', async () => {
    const client = await clientWith('{"a":1}');
    const specs = mutation(subdocDictUpsert, 'b', '2') + mutation(subdocDictUpsert, 'a.b', '2');
    expect(await mutations(client, specs)).toMatchObject({
      code: subStatus.multiPathFailure,
      value: `\x01${u16Text(subStatus.pathMismatch)}`,
    });
    expect((await client.ask(opcode.get, { key })).value).toBe('{"a":1}');
  });

  test('has 1 to 16 specs, each whole, of one kind, attributes first', async () => {
    const client = await clientWith('{"a":1}');
    const specs = (count: number): string => lookup(subdocGet, 'a').repeat(count);
    expect((await lookups(client, specs(16))).code).toBe(status.success);
    expect((await lookups(client, specs(17))).code).toBe(subStatus.invalidCombination);
    expect((await lookups(client, '')).code).toBe(subStatus.invalidCombination);
    expect((await lookups(client, mutation(subdocDictUpsert, 'a', '1'))).code).toBe(subStatus.invalidCombination);
    expect((await lookups(client, lookup(0xee, 'a'))).code).toBe(subStatus.invalidCombination);
    expect((await lookups(client, specs(1).slice(0, 3))).code).toBe(status.invalidArguments);
    expect((await lookups(client, specs(2).slice(0, -1))).code).toBe(status.invalidArguments);
    expect((await lookups(client, specs(1), u32Text(1))).code).toBe(status.invalidArguments);
    expect((await mutations(client, specs(1))).code).toBe(status.invalidArguments);
    const attribute = lookup(subdocGet, 'x', 0x04);
    expect((await lookups(client, attribute + specs(1))).code).toBe(subStatus.multiPathFailure);
    expect((await lookups(client, specs(1) + attribute)).code).toBe(subStatus.attributeOrder);
    const removal = mutation(opcode.delete, '');
    expect((await mutations(client, mutation(subdocDictUpsert, 'b', '1') + removal)).code).toBe(
      subStatus.invalidCombination,
    );
    expect((await mutations(client, removal)).code).toBe(status.success);
    expect((await client.ask(opcode.get, { key })).code).toBe(status.keyNotFound);
  });

  test('whatever its bytes are, gets a reply, and the item stays readable', async () => {
    const client = await clientWith('{"a":[1,{"b":null}],"é":"x"}');
    const piece = fc.oneof(
      fc.constantFrom(lookup(subdocGet, 'a[1].b'), mutation(subdocDictUpsert, 'n', '{"x":[]}'), u16Text(0xffff)),
      fc.uint8Array({ maxLength: 12 }).map((list) => Buffer.from(list).toString('latin1')),
    );
    const value = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    const extras = fc.uint8Array({ maxLength: 9 }).map((list) => Buffer.from(list).toString('latin1'));
    const code = fc.integer({ min: 0xc5, max: 0xd3 });
    await fc.assert(
      fc.asyncProperty(code, value, extras, async (of, body, head) => {
        await client.ask(of, { key, value: body, extras: head });
        const { value: stored, code: read } = await client.ask(opcode.get, { key });
        if (read === status.success) expect(() => JSON.parse(stored) as unknown).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

describe('an extended attribute', () => {
  test('needs the feature, a name of at most 15 bytes, and macros that exist', async () => {
    const without = await clientWith('{}', [feature.xerror]);
    expect((await lookups(without, lookup(subdocGet, '$document', 0x04))).code).toBe(status.notSupported);
    const client = await clientWith('{}');
    const upsert = (path: string, value: string, flags: number): Promise<Answer> =>
      mutations(client, mutation(subdocDictUpsert, path, value, flags));
    expect((await upsert('x'.repeat(15), '1', 0x04)).code).toBe(status.success);
    expect((await upsert('x'.repeat(16), '1', 0x04)).code).toBe(status.invalidAttribute);
    expect((await upsert('\u00e2\u0080\u0093.x', '1', 0x05)).code).toBe(status.success);
    expect((await upsert('x\n', '1', 0x04)).code).toBe(status.invalidAttribute);
    expect((await upsert('.x', '1', 0x04)).code).toBe(status.invalidAttribute);
    expect((await upsert('$document.x', '1', 0x04)).code).toBe(subStatus.virtualAttributeReadOnly);
    expect((await upsert('x', '"${no}"', 0x14)).code).toBe(subStatus.unknownMacro);
    expect((await upsert('x', '"${Mutation.CAS}"', 0x10)).code).toBe(subStatus.attributeFlagCombination);
    expect((await lookups(client, lookup(subdocGet, '$none', 0x04))).value.slice(0, 2)).toBe(
      u16Text(subStatus.unknownVirtualAttribute),
    );
  });

  test('a locked document is neither read nor changed by paths without the cas of the lock', async () => {
    const client = await clientWith('{"a":1}');
    const { cas } = await client.ask(couchbaseOpcode.getLocked, { key });
    expect((await lookups(client, lookup(subdocGet, 'a'))).code).toBe(status.locked);
    expect((await mutations(client, mutation(subdocDictUpsert, 'a', '2'))).code).toBe(status.locked);
    const specs = mutation(subdocDictUpsert, 'a', '2');
    expect((await client.ask(subdocMultiMutation, { key, value: specs, cas })).code).toBe(status.success);
    expect((await lookups(client, lookup(subdocGet, 'a'))).code).toBe(status.success);
  });
});
