import { expect, test } from 'vitest';
import { checkMembers } from '../../src/check/members.ts';

function broken(known: readonly string[], members: readonly string[]): string[] {
  return checkMembers('c1', known, members, 5).map(({ rule }) => rule);
}

test('a client that lacks a node of the newest map, or knows one that has left it, breaks C4', () => {
  expect(broken(['n:2', 'n:1'], ['n:1', 'n:2'])).toEqual([]);
  expect(broken(['n:1'], ['n:1', 'n:2'])).toEqual(['C4']);
  expect(broken(['n:1', 'n:2', 'n:3'], ['n:1', 'n:2'])).toEqual(['C4']);
  expect(broken([], ['n:1'])).toEqual(['C4']);
});
