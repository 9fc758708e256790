/** `client.meta`: requests as the caller writes them, against any node that speaks the meta protocol. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { InvalidArgumentError, ServerError } from '../../src/core/errors.ts';
import { failureOf, type Judge } from './contract/subject.ts';

/** Defines the suite for one judge. */
export function metaContract(start: () => Promise<Judge>): void {
  let count = 0;
  const fresh = (): string => `meta:${count++}`;
  let judge: Judge;
  let client: Client;
  beforeAll(async () => {
    judge = await start();
    client = createClient({ nodes: judge.address, protocol: 'meta', timeout: 5000 });
  });
  afterAll(async () => {
    await client.close();
    await judge.stop();
  });

  describe('requests of the meta protocol', () => {
    test('flags that come again do the same, for other keys, verbs and wrong lines', async () => {
      const [one, other] = [fresh(), fresh()];
      await client.meta(`ms ${one} T100`, 'one');
      await client.meta(`ms ${other} T100`, 'other');
      for (const [key, value] of [
        [one, 'one'],
        [other, 'other'],
        ['missing', undefined],
      ] as const)
        expect((await client.meta(`mg ${key} v t`)).value?.toString()).toBe(value);
      for (const wrong of [`xx ${one} v t`, `mg  v t`, `mg\t${one} v t`, `mg ${one}\0 v t`, `mgx${one} v t`, ' v t'])
        expect(await failureOf(client.meta(wrong))).toBeInstanceOf(InvalidArgumentError);
      const coded = Buffer.from(other).toString('base64');
      for (const round of [1, 2])
        expect((await client.meta(`mg ${coded} b v k`)).value?.toString(), `round ${round}`).toBe('other');
      expect((await client.meta(`mg ${one} v k`)).flags.get('k')).toBe(one);
      expect((await client.meta(`mg ${other} v k`)).flags.get('k')).toBe(other);
    });

    test('each verb goes to the node as it is written, and its one reply comes back', async () => {
      const key = fresh();
      const set = await client.meta(`ms ${key} T100 F7 c`, 'zwölf');
      expect(set).toMatchObject({ status: 'ok', value: undefined });
      expect(await client.meta(`ms ${key} ME`, 'x')).toEqual({
        status: 'notStored',
        flags: new Map(),
        value: undefined,
      });
      expect(await client.meta(`ms ${key} C99999`, Buffer.from('x'))).toMatchObject({ status: 'exists' });
      const got = await client.meta(`mg ${key} s v k f c h t Oabc`);
      expect(got).toEqual({
        status: 'ok',
        flags: new Map([
          ['s', '6'],
          ['k', key],
          ['f', '7'],
          ['c', set.flags.get('c')],
          ['h', '0'],
          ['t', expect.stringMatching(/^99|100$/)],
          ['O', 'abc'],
        ]),
        value: Buffer.from('zwölf'),
      });
      expect(await client.meta(`mg ${key} h`)).toEqual({
        status: 'ok',
        flags: new Map([['h', '1']]),
        value: undefined,
      });
      expect(await client.meta(`md ${key} I`)).toMatchObject({ status: 'ok' });
      expect((await client.meta(`mg ${key} v`)).flags).toEqual(
        new Map([
          ['W', ''],
          ['X', ''],
        ]),
      );
      expect(await client.meta(`md ${key}`)).toMatchObject({ status: 'ok' });
      expect(await client.meta(`mg ${key} v`)).toMatchObject({ status: 'miss' });
      expect(await client.meta(`ma ${key} N0 J5 v`)).toMatchObject({ status: 'ok', value: Buffer.from('5') });
      expect((await client.meta(`me ${key}`)).value?.toString()).toContain(key);
    });

    test('a get with the cas of the item has no value where the node knows the flag, and later replies stay in step', async () => {
      const key = fresh();
      const cas = (await client.meta(`ms ${key} c`, 'v')).flags.get('c');
      const [unchanged, next] = await Promise.all([
        client.meta(`mg ${key} v s C${cas}`),
        client.meta(`mg ${key} v s C9999999999`),
      ]);
      expect(unchanged).toMatchObject({ status: 'ok', flags: new Map([['s', '1']]) });
      expect([undefined, 'v']).toContain(unchanged.value?.toString());
      expect(next.value?.toString()).toBe('v');
    });

    test('the key has the prefix of the client, and may be base64', async () => {
      const key = fresh();
      const view = client.withPrefix('p:');
      await view.set(key, 'v');
      const name = Buffer.from(key).toString('base64');
      expect((await view.meta(`mg ${name} b k v`)).flags).toEqual(
        new Map([
          ['b', ''],
          ['k', name],
        ]),
      );
      expect((await client.meta(`mg p:${key} v`)).value?.toString()).toBe('v');
      await client.meta(`ms ${Buffer.from(`two words ${key}`).toString('base64')} b`, 'x');
      expect(await client.get(`two words ${key}`)).toBe('x');
    });

    test('the longest request that is accepted is one request for the node, whatever its flags', async () => {
      const key = Buffer.alloc(186, 1).toString('base64');
      const value = 'x\r\nset owned 0 0 1\r\ny\r\n';
      const line = `ms ${key} b c k t s f I T100 F1 MS O${'o'.repeat(30)} C1 N5`;
      const reply = await client.meta(line, value);
      expect(reply.status).toBe('miss');
      expect(await client.get('owned')).toBe(undefined);
      expect((await failureOf(client.meta(`ms ${fresh()} Tx ! c`, value))).name).toBe('InvalidArgumentError');
      expect(await failureOf(client.meta(`ms ${fresh()} Tx`, value))).toBeInstanceOf(ServerError);
      expect(await client.get('owned')).toBe(undefined);
    });

    test('what is no request is refused with the reason', async () => {
      const wrong: [string, string | undefined, RegExp][] = [
        ['get k', undefined, /line must be a meta request, such as "mg key v t", not "get k"/],
        ['mn', undefined, /line must be/],
        ['mg k\r\nmd k', undefined, /line must be/],
        ['ms k 5 T1', 'value', /line must be/],
        ['mg k v q', undefined, /"q" may suppress the reply/],
        ['mg k v v', undefined, /"v" occurs twice/],
        ['mg k a b c d e f g h i j l m n o p', undefined, /at most 14 flags/],
        ['mg k! b', undefined, /base64/],
        ['mg k v', 'value', /value must be absent: only "ms" has one/],
        ['ms k T1', undefined, /value must be bytes or a string/],
      ];
      for (const [request, value, message] of wrong) {
        const error = await failureOf(client.meta(request, value));
        expect(error).toBeInstanceOf(InvalidArgumentError);
        expect(error.message).toMatch(message);
      }
    });
  });
}
