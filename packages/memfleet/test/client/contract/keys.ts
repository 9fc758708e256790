import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { InvalidKeyError, type PartialResultError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: keys. */
export function keysContract(subject: ContractSubject): void {
  const { fresh, protocol } = subject;
  describe('keys', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

    test('250 bytes fit, 251 and 0 do not', async () => {
      const key = fresh().padEnd(250, 'x');
      expect(await client.set(key, 1)).toBe(true);
      expect(await client.get(key)).toBe(1);
      expect(await client.getMany([key])).toEqual(new Map([[key, 1]]));
      for (const wrong of [
        `${key}x`,
        '',
        new Uint8Array(0),
        new Uint8Array(251),
        'é'.repeat(126),
        5,
        null,
        undefined,
      ]) {
        expect(await failureOf(client.get(wrong as string))).toBeInstanceOf(InvalidKeyError);
        expect(await failureOf(client.set(wrong as string, 1))).toBeInstanceOf(InvalidKeyError);
        expect(await failureOf(client.delete(wrong as string))).toBeInstanceOf(InvalidKeyError);
        expect(await failureOf(client.getMany([key, wrong as string]))).toBeInstanceOf(InvalidKeyError);
      }
    });

    test('UTF-8 keys work, and are the same as their bytes', async () => {
      const key = `${fresh()}-ключ-🦊`;
      expect(await client.set(key, 'value')).toBe(true);
      expect(await client.get(key)).toBe('value');
      expect(await client.get(Buffer.from(key))).toBe('value');
      expect(await client.getMany([key, 'none'])).toEqual(new Map([[key, 'value']]));
      expect(await client.deleteMany([key])).toEqual(new Map([[key, true]]));
    });

    test('half of a surrogate pair is no text: two of them must not be the same key', async () => {
      for (const half of ['\ud83d', `${fresh()}\udd8a`])
        expect(await failureOf(client.set(half, 1))).toBeInstanceOf(InvalidKeyError);
    });

    test('keys with spaces, line ends and control bytes: carried as they are, or refused; never two commands', async () => {
      for (const odd of ['a b', 'a\r\nb', '\u0000', 'a\tb', 'a\u007f', 'a\r\nset pwned 0 0 1\r\nx', ' ']) {
        const key = `${fresh()}${odd}`;
        if (protocol === 'text') {
          expect(await failureOf(client.set(key, 1))).toBeInstanceOf(InvalidKeyError);
          expect(await failureOf(client.get(key))).toBeInstanceOf(InvalidKeyError);
          const many = await failureOf(client.getMany([key]));
          expect((many as PartialResultError).failures.get(key)).toBeInstanceOf(InvalidKeyError);
        } else {
          expect(await client.set(key, odd)).toBe(true);
          expect(await client.get(key)).toBe(odd);
          expect(await client.gets(key)).toMatchObject({ value: odd });
          expect(await client.getMany([key, fresh()])).toEqual(new Map([[key, odd]]));
          expect(await client.touch(key, 10)).toBe(true);
          expect(await client.append(key, 'x')).toBe(true);
          expect(await client.incr(`${key}n`, 1, { initial: 5 })).toBe(5);
          expect(await client.delete(key)).toBe(true);
        }
      }
      expect(await client.get('pwned')).toBe(undefined);
      expect(client.stats().nodes[0]?.connects).toBe(1);
    });

    test('keys of any bytes', async () => {
      if (protocol === 'text') return;
      const key = Buffer.from([0, 1, 10, 13, 32, 127, 128, 255, ...Buffer.from(fresh())]);
      expect(await client.set(key, 'bytes')).toBe(true);
      expect(await client.get(key)).toBe('bytes');
      expect(await client.delete(key)).toBe(true);
    });
  });
}
