/** What an application may hand on from a request, and what a call may make of it. */
import { MemcacheError } from '../../src/core/errors.ts';
import { within } from './harness.ts';

const attack = '1\r\nset owned 0 0 1\r\nx\r\nflush_all\r\n';

/** Thrown by the values' own code. */
export class OwnError extends Error {}
const explode = (): never => {
  throw new OwnError('own');
};

/** Says its length is 1, and is a command. */
function liar(): Uint8Array {
  return Object.defineProperty(new Uint8Array(Buffer.from(attack)), 'length', { value: 1 });
}

/** The same, by its class. */
function liarByClass(): Uint8Array {
  const prototype = Object.create(Uint8Array.prototype, { length: { get: () => 1 } }) as object;
  return Object.setPrototypeOf(new Uint8Array(Buffer.from(attack)), prototype) as Uint8Array;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A view of memory that can be taken away before it is sent. */
function shrinking(): Uint8Array {
  const memory = new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(8000, {
    maxByteLength: 8000,
  });
  queueMicrotask(() => (memory as unknown as { resize(size: number): void }).resize(0));
  const view = new Uint8Array(memory).fill(120);
  return view;
}

/** An object whose every field, asked for the first time, is right, and an attack from then on. */
function changing(valid: unknown): object {
  const seen = new Set<unknown>();
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        if (typeof name === 'symbol') return undefined;
        if (seen.has(name)) return attack;
        seen.add(name);
        return valid;
      },
    },
  );
}

/** Made anew for every call, since some change. */
export const hostile: Readonly<Record<string, () => unknown>> = {
  'a command behind a line end': () => attack,
  'a line end': () => '\r\n',
  'a line feed': () => '1\nflush_all',
  'a carriage return': () => '1\rflush_all',
  'a word behind a blank': () => '1 noreply',
  'a blank': () => ' ',
  NUL: () => 'a\u0000b',
  'an empty text': () => '',
  'characters whose low byte is a line end': () => '1\u010d\u010aflush_all\u010d\u010a',
  'half of a surrogate pair': () => '\ud800',
  'digits that are none': () => '\uff11',
  'a key that is too long': () => 'x'.repeat(251),
  'a very long text': () => 'x '.repeat(20_000),
  'the name of a prototype': () => '__proto__',
  NaN: () => Number.NaN,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  '-1': () => -1,
  '-0': () => -0,
  'a fraction': () => 0.5,
  'the smallest number': () => 5e-324,
  '1e21': () => 1e21,
  '2^32': () => 2 ** 32,
  '2^53': () => 2 ** 53,
  '2^64': () => 2 ** 64,
  'the bigint -1': () => -1n,
  'the bigint 0': () => 0n,
  'the bigint 2^64-1': () => 2n ** 64n - 1n,
  'the bigint 2^64': () => 2n ** 64n,
  'a googol': () => 10n ** 100n,
  true: () => true,
  false: () => false,
  null: () => null,
  undefined: () => undefined,
  'a symbol': () => Symbol(attack),
  'a function': () => () => attack,
  toString: () => ({ toString: () => attack }),
  valueOf: () => ({ valueOf: () => attack, toString: explode }),
  toPrimitive: () => ({ [Symbol.toPrimitive]: () => attack }),
  toJSON: () => ({ toJSON: () => attack }),
  'an object of nothing': () => Object.create(null) as unknown,
  'an object that says it is long': () => ({ length: 2 ** 31, 0: attack }),
  'an empty list': () => [],
  'a list': () => [attack],
  'a list of lists': () => [[attack, attack]],
  'a Number': () => new Number(1),
  'a String': () => new String(attack),
  'a Date': () => new Date(Number.NaN),
  'a Map': () => new Map([[attack, attack]]),
  'bytes of a command': () => Buffer.from(attack),
  'bytes that lie of their length': liar,
  'a class of bytes that lies of its length': liarByClass,
  'bytes of memory that shrinks': shrinking,
  'other numbers': () => new Float64Array([1]),
  memory: () => new ArrayBuffer(8),
  'a proxy that changes': () => changing(1),
  'a proxy that throws': () => new Proxy({}, { get: explode, has: explode, ownKeys: explode, getPrototypeOf: explode }),
  'a proxy of a text': () => new Proxy(new String(attack), {}),
  'a proxy of bytes': () => new Proxy(Buffer.from(attack), {}),
  'a proxy that is revoked': revoked,
  'an iterable that changes': () => {
    let reads = 0;
    return { [Symbol.iterator]: () => (reads++ === 0 ? ['a'] : [attack])[Symbol.iterator]() };
  },
  'an iterable that throws': () => ({ [Symbol.iterator]: explode }),
  'something like a signal': () => ({ aborted: false, addEventListener: () => {}, removeEventListener: () => {} }),
  'something like a signal that throws': () => ({
    aborted: false,
    addEventListener: explode,
    removeEventListener: explode,
  }),
};

/** What the attack came to: nothing, or a right call, or an error that says what was wrong. */
export async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return await within(4000, Promise.resolve(call()), 'the call');
  } catch (error) {
    return error;
  }
}

/** These break in the hands of whoever looks at them. */
const fragile = /a proxy that is revoked|a proxy of a text|a proxy of bytes/;

/** Throws what an attack came to, if that is an error of nobody's. */
export function checkError(what: string, error: unknown): void {
  const isFine = error instanceof MemcacheError || error instanceof OwnError || fragile.test(what);
  if (error instanceof Error && !isFine) throw new Error(`${what}: ${error.stack}`, { cause: error });
}
