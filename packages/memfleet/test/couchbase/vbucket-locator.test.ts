import { describe, expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { VbucketLocator } from '../../src/couchbase/vbucket-locator.ts';
import { flat, read } from './support/documents.ts';

/** hello is in vBucket 0 of 4, user:1 in 1, name in 3. */
function locatorOf(fields: Record<string, unknown> = {}): VbucketLocator {
  const config = read(flat(fields));
  return new VbucketLocator(config.map!, config.nodes.length);
}

const ahead = [
  [2, 0, 1],
  [1, 2, 0],
  [2, 1, -1],
  [1, 2, 0],
];

describe('a vBucket locator', () => {
  test('gives the active server of the key, and writes the vBucket into the command', () => {
    const locator = locatorOf();
    const command = new Command('get', 'name');
    expect(locator.route(command)).toBe(1);
    expect(command.vbucket).toBe(3);
    expect(locator.locate('name')).toBe(1);
  });

  test('goes by the key alone, whatever the routing key', () => {
    const command = new Command('get', 'name');
    command.routingKey = 'hello';
    expect(locatorOf().route(command)).toBe(1);
  });

  test('returns the requested replica, or none', () => {
    const locator = locatorOf();
    const command = new Command('get', 'hello');
    const replicas = [1, 2, 3].map((replica) => {
      command.replica = replica;
      return locator.route(command);
    });
    expect(replicas).toEqual([1, 2, -1]);
  });

  test('has no stand-in for an owner that is out', () => {
    expect(locatorOf().locateNext()).toBe(-1);
  });
});

describe('what a vBucket locator learns from refusals', () => {
  test('nothing from a server that it does not take for the owner', () => {
    const locator = locatorOf();
    expect(locator.learn(0, 1)).toBe('known');
    expect(locator.locate('hello')).toBe(0);
  });

  test('without a forward map the next server is tried, and remembered, and after the last the first', () => {
    const locator = locatorOf();
    for (const [wrong, next] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      expect(locator.learn(0, wrong)).toBe('guess');
      expect(locator.locate('hello')).toBe(next);
    }
    expect(locator.locate('name')).toBe(1);
  });

  test('what another was refused by is still a guess', () => {
    const locator = locatorOf();
    locator.learn(0, 0);
    expect(locator.learn(0, 0)).toBe('guess');
    expect(locator.locate('hello')).toBe(1);
  });

  test('a server that is in no list teaches nothing', () => {
    const locator = locatorOf();
    expect(locator.learn(0, -1)).toBe('known');
    expect(locator.locate('hello')).toBe(0);
  });

  test('the row of the forward map is taken, replicas included', () => {
    const locator = locatorOf({ vBucketMapForward: ahead });
    expect(locator.locate('hello')).toBe(0);
    expect(locator.learn(0, 0)).toBe('known');
    const command = new Command('get', 'hello');
    expect(locator.route(command)).toBe(2);
    command.replica = 1;
    expect(locator.route(command)).toBe(0);
  });

  test('when the forward server refuses as well, the next one is tried', () => {
    const locator = locatorOf({ vBucketMapForward: ahead });
    locator.learn(0, 0);
    expect(locator.learn(0, 2)).toBe('guess');
    expect(locator.locate('hello')).toBe(0);
  });

  test('a forward map that names the server that refused teaches nothing', () => {
    const locator = locatorOf({ vBucketMapForward: ahead });
    expect(locator.learn(1, 1)).toBe('guess');
    expect(locator.locate('user:1')).toBe(2);
  });
});
