import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted, parseCounter, storedCounter } from '../../src/store/arithmetic.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { ask } from '../support/ask.ts';

const max = 2n ** 64n - 1n;

describe('incr and decr, as memcached 1.6.18 does them', () => {
  it.each([
    // what is there, incremented by 1, stored as
    ['0', '1', '1'],
    ['0012', '13', '13  '],
    [' 12', '13', '13 '],
    ['+12', '13', '13 '],
    ['12 abc', '13', '13    '],
    ['12\0', '13', '13 '],
    ['99', '100', '100'],
    ['0000000000000000000000012', '13', '13                       '],
    ['18446744073709551615', '0', '0                   '],
    ['-18446744073709551615', '2', '2                    '],
    ['9007199254740993', '9007199254740994', '9007199254740994'],
    ['999999999999999', '1000000000000000', '1000000000000000'],
  ])('%j becomes %j, stored as %j', (value, number, stored) => {
    const dispatcher = new StoreDispatcher();
    ask(dispatcher, 'store', { key: 'n', value, flags: 5, exptime: 100 });
    expect(ask(dispatcher, 'arith', { key: 'n', delta: 1 })).toMatchObject({ status: 'ok', value: number });
    expect(ask(dispatcher, 'get', { key: 'n', meta: { tokens: ['v', 't'] } })).toMatchObject({
      value: stored,
      flags: 5,
      ttl: 100,
    });
  });

  it.each(['', ' ', '-1 ', '-1', '12abc', 'abc', '18446744073709551616', '1.5', '0x10', '12\xa0'])(
    'a value of %j does not count, and stays',
    (value) => {
      const dispatcher = new StoreDispatcher();
      ask(dispatcher, 'store', { key: 'n', value });
      expect(ask(dispatcher, 'arith', { key: 'n' })).toMatchObject({
        status: 'error',
        errorKind: 'client',
        message: 'cannot increment or decrement non-numeric value',
        code: 6,
      });
      expect(ask(dispatcher, 'get', { key: 'n' }).value).toBe(value);
    },
  );

  it('decr stops at 0 and keeps the length', () => {
    const dispatcher = new StoreDispatcher();
    ask(dispatcher, 'store', { key: 'n', value: '10' });
    expect(ask(dispatcher, 'arith', { key: 'n', decrement: true }).value).toBe('9');
    expect(ask(dispatcher, 'get', { key: 'n' }).value).toBe('9 ');
    expect(ask(dispatcher, 'arith', { key: 'n', decrement: true, delta: max }).value).toBe('0');
    expect(ask(dispatcher, 'get', { key: 'n' }).value).toBe('0 ');
  });

  it('a missing counter is a miss, or made with the initial value, to which the delta is not applied', () => {
    const dispatcher = new StoreDispatcher();
    expect(ask(dispatcher, 'arith', { key: 'n' }).status).toBe('miss');
    expect(ask(dispatcher, 'arith', { key: 'n', initial: 5n, exptime: 0xffffffff }).status).toBe('miss');
    expect(ask(dispatcher, 'arith', { key: 'n', initial: 5n, delta: 3 }).value).toBe('5');
    expect(ask(dispatcher, 'arith', { key: 'n', initial: 5n, delta: 3 }).value).toBe('8');
    expect(ask(dispatcher, 'arith', { key: 'm', initial: max }).value).toBe(String(max));
  });

  it('N gives a made counter its lifetime, T a found or made one a new', () => {
    const dispatcher = new StoreDispatcher();
    const made = { key: 'n', initial: 0n, meta: { tokens: ['N10', 't'], vivify: 10 } };
    const touched = { touch: true, exptime: 50, meta: { tokens: ['N10', 'T50', 't'], vivify: 10 } };
    expect(ask(dispatcher, 'arith', made)).toMatchObject({ value: '0', ttl: 10 });
    expect(ask(dispatcher, 'arith', made)).toMatchObject({ value: '1', ttl: 10 });
    expect(ask(dispatcher, 'arith', { ...made, ...touched })).toMatchObject({ value: '2', ttl: 50 });
    expect(ask(dispatcher, 'arith', { ...made, ...touched, key: 'm' })).toMatchObject({ ttl: 50 });
  });

  it('compares a cas', () => {
    const dispatcher = new StoreDispatcher();
    ask(dispatcher, 'store', { key: 'n', value: '1' });
    expect(ask(dispatcher, 'arith', { key: 'n', cas: 9n }).status).toBe('exists');
    expect(ask(dispatcher, 'arith', { key: 'n', cas: 1n, wantCas: true })).toMatchObject({ value: '2', cas: 2n });
  });

  it('is exact modulo 2^64 upwards and stops at 0 downwards', () => {
    const uint64 = fc.bigInt({ min: 0n, max });
    fc.assert(
      fc.property(uint64, uint64, (value, delta) => {
        expect(counted(String(value), delta, false)).toBe(String((value + delta) % (max + 1n)));
        expect(counted(String(value), delta, true)).toBe(String(value > delta ? value - delta : 0n));
        if (delta <= BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(counted(String(value), Number(delta), false)).toBe(counted(String(value), delta, false));
        }
      }),
    );
  });

  it('never makes a value that does not count any more', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max }), fc.nat(40), (value, length) => {
        expect(parseCounter(storedCounter(String(value), length))).toBe(value);
      }),
    );
  });
});
