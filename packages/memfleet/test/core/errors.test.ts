import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import * as errors from '../../src/core/errors.ts';

const fromOutside = [
  new errors.TimeoutError('late', 'total'),
  new errors.AbortedError('aborted'),
  new errors.ConnectError('refused'),
  new errors.ConnectionClosedError('closed'),
  new errors.ProtocolError('garbage'),
  new errors.UndecodableError('no JSON'),
  new errors.QueueFullError('full'),
  new errors.NodeEjectedError('ejected'),
  new errors.NoNodesError('none'),
  new errors.ServerError('out of memory', 'server', 0),
  new errors.PartialResultError('some', new Map(), new Map()),
];
const ofTheCaller = [
  new errors.InvalidOptionError('option', 'pool.max'),
  new errors.InvalidArgumentError('argument'),
  new errors.InvalidKeyError('key'),
  new errors.ValueTooLargeError('value'),
  new errors.UnsupportedError('verb'),
  new errors.UnsafeIntegerError('counter'),
  new errors.ClosedError('closed'),
];

describe('the stack of an error', () => {
  it.each(fromOutside)('is one line when it comes from outside: $name', (error) => {
    expect(error.stack).toBe(`${error.name}: ${error.message}`);
  });

  it.each(ofTheCaller)('leads to the mistake when the caller made it: $name', (error) => {
    expect(error.stack).toContain('errors.test.ts');
  });
});

describe('the limit of stack traces', () => {
  const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor;
  afterEach(() => {
    Object.defineProperty(Error, 'stackTraceLimit', before);
  });

  it.each([10, 3, 0, Infinity, undefined])('of %s is the same after an error as before it', (limit) => {
    Object.defineProperty(Error, 'stackTraceLimit', { ...before, value: limit });
    expect(new errors.TimeoutError('late', 'total').message).toBe('late');
    expect(Error.stackTraceLimit).toBe(limit);
  });

  describe('that is frozen', () => {
    beforeEach(() => {
      Object.defineProperty(Error, 'stackTraceLimit', { ...before, value: 10, writable: false });
    });

    it('does not keep an error from being made', () => {
      expect(new errors.QueueFullError('full', { node: 'a:1' })).toMatchObject({ message: 'full', node: 'a:1' });
    });
  });
});

describe('isNodeFailure', () => {
  const { isNodeFailure } = errors;
  const node = 'a:1';
  const nodes = [
    new errors.ConnectError('refused'),
    new errors.AuthenticationError('refused the password'),
    new errors.ConnectionClosedError('reset'),
    new errors.ProtocolError('garbage'),
    new errors.TimeoutError('late', 'acquire'),
    new errors.TimeoutError('late', 'connect'),
    new errors.TimeoutError('late', 'total'),
    new errors.NodeEjectedError('ejected'),
    new errors.NoNodesError('none'),
    new errors.ConfigError('the source gives none'),
    new errors.QueueFullError('full'),
    new errors.ClosedError('closed'),
    new errors.ServerError('SERVER_ERROR out of memory', 'server', 0, { node }),
    new errors.PartialResultError('some', new Map(), new Map([['k', new errors.ConnectError('refused')]])),
  ];
  const others = [
    new errors.MemcacheError('something of ours'),
    new errors.InvalidOptionError('option', 'pool.max'),
    new errors.InvalidArgumentError('argument'),
    new errors.InvalidKeyError('key'),
    new errors.ValueTooLargeError('value'),
    new errors.UnsupportedError('verb'),
    new errors.AbortedError('aborted'),
    new errors.UndecodableError('no JSON'),
    new errors.UnsafeIntegerError('counter'),
    new errors.SubDocumentError('a', { reason: 'pathNotFound', index: 0, path: 'a', status: 0xc0 }, { node }),
    new errors.ServerError('SERVER_ERROR The item is locked', 'server', 0x09, { node }),
    new errors.ServerError('SERVER_ERROR Synchronous write in progress', 'server', 0xa2, { node }),
    new errors.DurabilityImpossibleError('too few copies', { node }),
    new errors.AmbiguousWriteError('lost', { node }),
    new UnknownCollectionError('no collection', 'shop', 'carts'),
    new errors.ServerError('CLIENT_ERROR non-numeric', 'client', 0, { node }),
    new errors.ServerError('ERROR', 'unknownCommand', 0, { node }),
    new errors.ServerError('SERVER_ERROR rate limit, which no node said', 'server', 0),
    new errors.PartialResultError('some', new Map(), new Map([['k', new errors.UndecodableError('no JSON')]])),
    new TypeError('not ours'),
    'no error',
  ];

  it.each(nodes.map((error) => [error.name, error] as const))('is true of %s', (_, error) => {
    expect(isNodeFailure(error)).toBe(true);
  });

  it.each(others.map((error) => [String(error), error] as const))('is false of %s', (_, error) => {
    expect(isNodeFailure(error)).toBe(false);
  });

  it('is decided for every class of error', () => {
    const decided = new Set<unknown>([...nodes, ...others].map((error) => error.constructor));
    const classes = Object.values(errors).filter((each) => String(each).startsWith('class '));
    expect(classes.filter((each) => !decided.has(each))).toEqual([]);
    expect(classes.length).toBeGreaterThan(15);
  });
});
