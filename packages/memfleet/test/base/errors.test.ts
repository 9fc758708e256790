import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as errors from '../../src/errors.ts';

const fromOutside = [
  new errors.TimeoutError('late', 'total'),
  new errors.AbortedError('aborted'),
  new errors.ConnectError('refused'),
  new errors.ConnectionClosedError('closed'),
  new errors.ProtocolError('garbage'),
  new errors.QueueFullError('full'),
  new errors.NodeEjectedError('ejected'),
  new errors.NoNodesError('none'),
  new errors.ServerError('out of memory', 'server', 0),
  new errors.PartialResultError('some', new Map(), new Map()),
];
const ofTheCaller = [
  new errors.InvalidOptionError('option'),
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
