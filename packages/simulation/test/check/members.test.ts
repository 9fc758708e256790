import { TimeoutError, UnknownCollectionError } from 'memfleet';
import { expect, test } from 'vitest';
import { checkCollection, checkMembers } from '../../src/check/members.ts';

function broken(known: readonly string[], members: readonly string[]): string[] {
  return checkMembers('c1', known, members, 5).map(({ rule }) => rule);
}

test('a client that lacks a node of the newest map, or knows one that has left it, breaks C4', () => {
  expect(broken(['n:2', 'n:1'], ['n:1', 'n:2'])).toEqual([]);
  expect(broken(['n:1'], ['n:1', 'n:2'])).toEqual(['C4']);
  expect(broken(['n:1', 'n:2', 'n:3'], ['n:1', 'n:2'])).toEqual(['C4']);
  expect(broken([], ['n:1'])).toEqual(['C4']);
});

test('a client that does not find a collection that exists breaks C4', async () => {
  const broken = async (result: Promise<unknown>): Promise<string[]> =>
    (
      await checkCollection(
        'c1',
        () => result,
        () => 5,
      )
    ).map(({ message, rule }) => `${rule} ${message}`);
  expect(await broken(Promise.resolve(undefined))).toEqual([]);
  expect(await broken(Promise.reject(new TimeoutError('too late', 'total')))).toEqual([]);
  const unknown = new UnknownCollectionError('there is no shop.items', 'shop', 'items');
  expect(await broken(Promise.reject(unknown))).toEqual(['C4 c1: there is no shop.items']);
});
