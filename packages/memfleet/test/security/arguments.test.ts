/**
 * Attacks by arguments: what an application hands on from a request, in any argument of any call, must not write a
 * command of its own.
 *
 * The attacks are made from the client's interface: every method of `Client`, every parameter in its source, every
 * option in `call-options.ts`, with hostile values of every type, over three protocols. A method, a parameter or an
 * option that is new is attacked as well, or fails the test until it can be.
 */
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { copyOf } from '../../src/client/arguments.ts';
import * as calls from '../../src/client/calls.ts';
import { Client } from '../../src/client/client.ts';
import { type ClientOptions, createClient } from '../../src/client/index.ts';
import { InvalidArgumentError, InvalidOptionError, MemcacheError, UnsupportedError } from '../../src/core/errors.ts';
import { createServer } from '../../src/server/index.ts';
import { connect, startNode, within } from '../support/harness.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';

const attack = '1\r\nset owned 0 0 1\r\nx\r\nflush_all\r\n';

/** Thrown by the values' own code. */
class OwnError extends Error {}
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
const hostile: Readonly<Record<string, () => unknown>> = {
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

/** How a method is called when nothing is wrong, and what it may send. */
interface Method {
  /** By the names of its parameters. `options` are made of the fields of their type. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Verbs of the commands that it may be. */
  readonly verbs: readonly string[];
  /** Commands at most, where it is more than one. */
  readonly most?: number;
  /** It goes on when it was answered, so one is called after the other. */
  readonly hasSteps?: boolean;
  /** The client is of no use afterwards. */
  readonly isLast?: boolean;
}

/** What a parameter of this name is given when nothing is wrong. */
const right: Readonly<Record<string, unknown>> = {
  cas: 1n,
  delay: 0,
  delta: 1,
  entries: { k: 'v' },
  error: undefined,
  event: 'connect',
  group: '',
  key: 'k',
  keys: ['k'],
  line: 'mg k v',
  listener: () => {},
  load: () => 'v',
  nodes: '127.0.0.1:1',
  options: {},
  prefix: 'p',
  ttl: 1,
  value: 'v',
};

const count = { args: { key: 'n', options: { initial: 1 } }, verbs: ['arith', 'store'], most: 3, hasSteps: true };

/**
 * Methods that are no row of the table of calls, or that one command does not do; also where other arguments are the
 * right ones.
 */
const special: Readonly<Record<string, Partial<Method>>> = {
  gets: { verbs: ['get'] },
  gat: { verbs: ['get'] },
  // The meta protocol says it by `mg`.
  touch: { verbs: ['get', 'touch'] },
  // Keys that no line can carry are asked for one by one, and a no-op ends it.
  getMany: { verbs: ['get', 'noop'], most: 4 },
  setMany: { verbs: ['store'], most: 2 },
  deleteMany: { verbs: ['delete'], most: 2 },
  incr: count,
  decr: count,
  // They are sent in a later microtask.
  ping: { verbs: ['version'], hasSteps: true },
  ready: { verbs: ['version'], hasSteps: true },
  getOrSet: { verbs: ['get', 'store'], most: 2, hasSteps: true },
  setNodes: { isLast: true },
  close: { isLast: true },
  destroy: { isLast: true },
};

const source = (file: string): string => readFileSync(new URL(`../../src/client/${file}`, import.meta.url), 'utf8');

/** The text between a bracket at `from` and the one that closes it. */
function bracketed(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if ('([{<'.includes(text[at]!)) depth++;
    // `=>` closes nothing.
    else if (')]}>'.includes(text[at]!) && text[at - 1] !== '=' && --depth === 0) return text.slice(from + 1, at);
  }
  throw new Error('no end');
}

interface Parameter {
  readonly name: string;
  readonly type: string;
}

/** Splits at commas that stand in no brackets. */
function parametersOf(list: string): Parameter[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const [at, char] of Array.from(list).entries()) {
    if ('([{<'.includes(char)) depth++;
    else if (')]}>'.includes(char) && list[at - 1] !== '=') depth--;
    if (char === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part]
    .filter((text) => text.trim() !== '' && !/^\s*\.\.\./.test(text))
    .map((text) => {
      const [, name = '', type = ''] = /^\s*(\w+)\??(?::|\s*=)\s*([\s\S]*)$/.exec(text) ?? [];
      return { name, type };
    });
}

/** The parameters of a method, of its longest declaration. */
function declared(method: string): Parameter[] {
  const text = source('client.ts');
  const lists = [...text.matchAll(new RegExp(String.raw`^  ${method}(?=[<(])`, 'gm'))].map(({ index }) => {
    let at = index + 2 + method.length;
    if (text[at] === '<') at += bracketed(text, at).length + 2;
    return parametersOf(bracketed(text, at));
  });
  return lists.reduce((longest, list) => (list.length > longest.length ? list : longest), []);
}

const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.getOwnPropertyNames(Client.prototype)
    .filter((name) => name !== 'constructor')
    .map((name) => {
      const row = (calls as Readonly<Record<string, { readonly verb: string }>>)[name];
      const { args, ...others } = special[name] ?? {};
      const given = declared(name).map((parameter) => [
        parameter.name,
        args?.[parameter.name] ?? right[parameter.name],
      ]);
      return [name, { verbs: row === undefined ? [] : [row.verb], ...others, args: Object.fromEntries(given) }];
    }),
);

/** The fields of the interfaces that a type names. */
function fieldsOf(type: string): string[] {
  const text = source('call-options.ts');
  return [...type.matchAll(/\b\w+Options\b/g)].flatMap(([name]) => {
    const found = new RegExp(String.raw`interface ${name}(?: extends (\w+))? \{([\s\S]*?)\n\}`).exec(text);
    if (found === null) throw new Error(`no interface ${name}`);
    const [, parent, body = ''] = found;
    const own = [...body.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field);
    return [...own, ...(parent === undefined ? [] : fieldsOf(parent))];
  });
}

/** A call with one value that is hostile. */
interface Attack {
  readonly name: string;
  readonly args: () => unknown[];
}

/** All attacks on one method: on each parameter, on each field of its options, and within lists of keys and entries. */
function attacksOn(method: string): Attack[] {
  const { args } = methods[method] as Method;
  const attacks: Attack[] = [];
  for (const parameter of declared(method)) {
    const wrap = (where: string, made: (value: unknown) => unknown): void => {
      for (const [what, make] of Object.entries(hostile)) {
        const list = (): unknown[] => {
          const value = made(make());
          return Object.keys(args).map((name) => (name === parameter.name ? value : args[name]));
        };
        attacks.push({ name: `${where}: ${what}`, args: list });
      }
    };
    wrap(parameter.name, (value) => value);
    if (parameter.name === 'keys') wrap('a key', (value) => ['k', value]);
    if (parameter.name === 'entries') {
      wrap('the key of an entry', (value) => [
        ['k', 1],
        [value, 1],
      ]);
      wrap('the value of an entry', (value) => ({ k: value }));
      wrap('an entry', (value) => [value]);
    }
    for (const field of parameter.name === 'options' ? fieldsOf(parameter.type) : []) {
      const base = args['options'] as object;
      wrap(`options.${field}`, (value) => ({ ...base, [field]: value }));
      // Right when it is looked at for the first time, or the second.
      wrap(`options.${field}, later`, (value) => {
        let reads = 0;
        return Object.defineProperty({ ...base }, field, {
          enumerable: true,
          get: () => (reads++ % 2 === 0 ? 5 : value),
        });
      });
    }
  }
  return attacks;
}

/** Keys of users in an argument, as they stand on the wire. */
function keysIn(value: unknown): string[] {
  if (typeof value === 'string') return [Buffer.from(value).toString('latin1')];
  if (types.isUint8Array(value)) return [copyOf(value).toString('latin1')];
  if (types.isProxy(value)) return [];
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (types.isMap(value)) return [...value.keys()].flatMap(keysIn);
  if (typeof value !== 'object' || value === null) return [];
  return Symbol.iterator in value ? ['a'] : Object.keys(value).flatMap(keysIn);
}

/** What the attack came to: nothing, or a right call, or an error that says what was wrong. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return await within(4000, Promise.resolve(call()), 'the call');
  } catch (error) {
    return error;
  }
}

const isMark = (key: string): boolean => key.startsWith('mark:');

/** Everything that the node was sent, apart at the marks. */
function sentTo(node: ScriptedNode): Map<string, string[]> {
  const sent = new Map<string, string[]>();
  let commands: string[] = [];
  for (const { verb, key, keys, fault } of node.commands) {
    if (isMark(key)) {
      sent.set(key, commands);
      commands = [];
    } else
      commands.push(...(keys ?? [key]).map((one) => JSON.stringify([fault === undefined ? verb : 'invalid', one])));
  }
  return sent;
}

/** These break in the hands of whoever looks at them. */
const fragile = /a proxy that is revoked|a proxy of a text|a proxy of bytes/;

/** Throws what an attack came to, if that is an error of nobody's. */
function checkError(what: string, error: unknown): void {
  const isFine = error instanceof MemcacheError || error instanceof OwnError || fragile.test(what);
  if (error instanceof Error && !isFine) throw new Error(`${what}: ${error.stack}`, { cause: error });
}

test('every method of the client is attacked, in every parameter', () => {
  expect(Object.keys(special).filter((name) => !(name in methods))).toEqual([]);
  expect(Object.getOwnPropertySymbols(Client.prototype)).toEqual([Symbol.asyncDispose]);
  const parameters = new Set(Object.values(methods).flatMap(({ args }) => Object.keys(args)));
  expect([...parameters].toSorted()).toEqual(Object.keys(right).toSorted());
  // An attack is only one where the call comes through without it.
  const withoutVerbs = Object.keys(methods).filter((name) => methods[name]!.verbs.length === 0);
  expect(withoutVerbs.toSorted()).toEqual(
    [
      'close',
      'describe',
      'destroy',
      'nodeOf',
      'on',
      'ref',
      'setNodes',
      'stats',
      'toString',
      'unref',
      'withPrefix',
    ].toSorted(),
  );
  expect(fieldsOf('CounterOptions').toSorted()).toEqual(['initial', 'signal', 'timeout', 'ttl']);
  expect(fieldsOf('number | DeleteOptions')).toEqual(['cas', 'timeout', 'signal']);
});

const lasting = Object.keys(methods).filter(
  (name) => methods[name]!.isLast !== true && Object.keys(methods[name]!.args).length > 0,
);

describe.each(['text', 'meta', 'binary'] as const)('%s', (protocol) => {
  const options: ClientOptions = { protocol, timeout: 3000, pool: { max: 1 }, retry: false };

  test.each(lasting)('%s sends what it should, or nothing', async (name) => {
    const node = await startNode();
    const { client } = connect(node, options);
    const method = methods[name] as Method;
    const run = client[name as keyof Client] as unknown as (...args: unknown[]) => unknown;
    const attacks = attacksOn(name).map((one) => ({ ...one, given: one.args() }));
    const outcomes: Promise<unknown>[] = [];
    for (const [at, { given }] of attacks.entries()) {
      const outcome = outcomeOf(() => run.apply(client, given));
      outcomes.push(outcome);
      if (method.hasSteps === true) await outcome;
      const mark = client.touch(`mark:${at}`, 1);
      if (method.hasSteps === true || at % 200 === 199) await mark;
    }
    const results = await Promise.all(outcomes);
    await client.touch('mark:end', 1);
    const sent = sentTo(node);
    const wrong: unknown[] = [];
    for (const [at, { name: what, given }] of attacks.entries()) {
      const commands = sent.get(`mark:${at}`) as string[];
      const keys = Object.keys(method.args).flatMap((parameter, index) => {
        if (parameter === 'line') return given[index] === right['line'] ? ['k'] : [];
        return ['key', 'keys', 'entries'].includes(parameter) ? keysIn(given[index]) : [];
      });
      const allowed = method.verbs.flatMap((verb) => [...keys, ''].map((key) => JSON.stringify([verb, key])));
      const isRight = commands.every((command) => allowed.includes(command)) && commands.length <= (method.most ?? 1);
      if (!isRight) wrong.push([what, commands]);
      checkError(what, results[at]);
    }
    expect(wrong).toEqual([]);
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
    expect(await client.get('owned')).toBe(undefined);
  });

  test('no word of a meta request writes a request of its own, nor makes its node read the value as one', async () => {
    const node = await startNode();
    const { client } = connect(node, options);
    const lines = Object.values(hostile).flatMap((make) => {
      const value = make();
      if (typeof value !== 'string') return [];
      return [`${value} k v`, `mg ${value}`, `mg k v ${value}`, `ms k ${value}`, `ms k T${value}`, `ma k N0 J${value}`];
    });
    const flags = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at));
    lines.push(
      `ms k ${flags.filter((flag) => flag !== 'q').join(' ')}`,
      'ms k c c',
      'ms k 1',
      'ms k q',
      'mn',
      'mg',
      '',
    );
    const value = 'x\r\nflush_all\r\n';
    for (const line of lines) await outcomeOf(() => client.meta(line, line.startsWith('ms ') ? value : undefined));
    await client.touch('mark:end', 1);
    const keys = new Set(['', ...lines.map((line) => Buffer.from(line.split(' ')[1] ?? '').toString('latin1'))]);
    const sent = node.commands.filter(({ key }) => !isMark(key));
    expect(sent.length).toBeLessThan(lines.length);
    for (const { verb, key, value: stored } of sent) {
      // A token that the node refuses makes its request invalid, and the value goes with it.
      expect([verb, keys.has(key)]).toEqual([expect.stringMatching(/^(get|store|arith|invalid)$/), true]);
      if (verb === 'store') expect(String(stored)).toBe(value);
    }
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
    expect(await client.get('owned')).toBe(undefined);
  });

  test('a transcoder of the user cannot write outside of the value', async () => {
    const node = await startNode();
    const encoded = { data: 'v' as unknown, flags: 0 as unknown };
    const transcoder = { encode: () => ({ ...encoded }) as never, decode: () => 'v' };
    const { client } = connect(node, { ...options, transcoder });
    let marks = 0;
    for (const [what, make] of Object.entries(hostile)) {
      for (const field of ['data', 'flags'] as const) {
        const value = make();
        Object.assign(encoded, { data: 'v', flags: 0 }, { [field]: value });
        const outcome = await outcomeOf(() => client.set('k', 'v'));
        await client.touch(`mark:${marks}`, 1);
        const commands = sentTo(node).get(`mark:${marks++}`) as string[];
        const whole = JSON.stringify(['store', 'k']);
        expect([what, field, commands.filter((command) => command !== whole)]).toEqual([what, field, []]);
        expect([what, field, commands.length <= 1]).toEqual([what, field, true]);
        checkError(what, outcome);
      }
    }
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
  });

  test('a prefix is part of the key and nothing else', async () => {
    const node = await startNode();
    const { client } = connect(node, options);
    let marks = 0;
    for (const [what, make] of Object.entries(hostile)) {
      const prefix = make();
      await outcomeOf(() => client.withPrefix(prefix as string).set('k', 'v'));
      await client.touch(`mark:${marks}`, 1);
      const commands = sentTo(node).get(`mark:${marks++}`) as string[];
      const allowed = keysIn(prefix).map((bytes) => JSON.stringify(['store', `${bytes}k`]));
      expect([what, commands.filter((command) => !allowed.includes(command))]).toEqual([what, []]);
    }
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
  });

  test('name and password are themselves, or refused', async () => {
    const server = createServer({ port: 0, users: { ada: 'secret', bob: 'secret' } });
    onTestFinished(() => server.destroy());
    const { port } = (await server.listen()) as { port: number };
    const attacks = Object.entries({
      ...hostile,
      'another name': (): unknown => 'x\u0000bob',
      'another line': (): unknown => 'secret\r\nflush_all',
    });
    for (const field of ['username', 'password'] as const) {
      for (const [what, make] of attacks) {
        const value = make();
        const given = { username: 'ada', password: 'secret', [field]: value } as { username: string; password: string };
        let client: Client | undefined;
        try {
          client = createClient({ nodes: `127.0.0.1:${port}`, ...options, ...given });
        } catch (error) {
          if (!(error instanceof OwnError))
            expect([what, field, error]).toEqual([what, field, expect.any(InvalidOptionError)]);
          if (typeof value === 'string' && value.length > 3) expect((error as Error).message).not.toContain(value);
          continue;
        }
        expect([what, field, typeof value]).toEqual([what, field, value === undefined ? 'undefined' : 'string']);
        expect([what, field, await outcomeOf(() => client.get('k'))]).toEqual([what, field, expect.any(MemcacheError)]);
        client.destroy();
      }
    }
  });
});

/** Methods that make a call: they send something. */
const sending = Object.keys(methods).filter((name) => methods[name]!.verbs.length > 0);

describe('what a call does not know is refused before anything is sent', () => {
  async function refusals(name: string, calls: readonly (readonly unknown[])[]): Promise<string[]> {
    const node = await startNode();
    const { client } = connect(node);
    const run = client[name as keyof Client] as unknown as (...args: unknown[]) => unknown;
    const messages: string[] = [];
    for (const args of calls) {
      const outcome = await outcomeOf(() => run.apply(client, [...args]));
      // Replicas are refused whole: this is no bucket.
      const isRefused = outcome instanceof InvalidArgumentError || outcome instanceof UnsupportedError;
      expect([args, outcome, isRefused]).toEqual([args, outcome, true]);
      messages.push((outcome as Error).message);
    }
    expect(node.commands).toEqual([]);
    return messages;
  }

  /** The right arguments, those for `options` in another form. */
  const withOptions = (name: string, options: unknown): unknown[] =>
    Object.entries(methods[name]!.args).map(([parameter, value]) => (parameter === 'options' ? options : value));

  test.each(sending)('%s: an argument too many, a callback', async (name) => {
    const whole = withOptions(name, {});
    const callback = (): void => {};
    const messages = await refusals(name, [
      [...whole, callback],
      [...withOptions(name, undefined), callback],
      [...whole, 60],
      [...whole, null],
      withOptions(name, callback),
    ]);
    if (name === 'getFromReplica') return;
    expect(messages[0]).toBe(
      'the call has one argument too many: a function; calls take no callback: await the promise',
    );
    expect(messages[4]).toMatch(/^options must be an object.*, not a function; calls take no callback/);
  });

  test.each(sending)('%s: an option that no call has', async (name) => {
    const others = ['EX', 'PX', 'NX', 'ttL', 'expires', 'lifetime', 'timeOut', 'constructor', 'toString'];
    const unknown = [...others, '', 'x'.repeat(100_000)].map((option) => withOptions(name, { [option]: 60 }));
    const own = JSON.parse('{"__proto__":60}') as object;
    const messages = await refusals(name, [...unknown, withOptions(name, own), withOptions(name, { ttL: undefined })]);
    if (name !== 'getFromReplica') expect(messages[0]).toContain('unknown option "EX"');
  });
});

test.each(Object.keys(methods))(
  '%s: missing arguments are an error that says which, or have a default',
  async (name) => {
    const values = Object.values(methods[name]!.args);
    for (let count = 0; count <= values.length; count++) {
      const { client } = connect(await startNode());
      const run = client[name as keyof Client] as unknown as (...args: unknown[]) => unknown;
      const outcome = await outcomeOf(() => run.apply(client, values.slice(0, count)));
      checkError(`${count} of ${values.length} arguments`, outcome);
      client.destroy();
    }
  },
);

test('every call has a place where a surplus argument is seen', () => {
  const text = source('client.ts');
  for (const name of sending) {
    const bodies = [...text.matchAll(new RegExp(String.raw`^  ${name}(?=[<(])[\s\S]*?^  \}`, 'gm'))];
    expect([name, bodies.some(([body]) => body.includes('...none: []'))]).toEqual([name, true]);
  }
});

const last = Object.keys(methods).filter((name) => methods[name]!.isLast === true);

test.each(last)('%s sends nothing', async (name) => {
  for (const { name: what, args } of attacksOn(name)) {
    const node = await startNode();
    const { client } = connect(node);
    await client.get('k');
    const run = client[name as keyof Client] as unknown as (...given: unknown[]) => unknown;
    checkError(what, await outcomeOf(() => run.apply(client, args())));
    client.destroy();
    await node.until(() => node.open === 0);
    expect([what, node.commands.map(({ verb }) => verb)]).toEqual([what, ['get']]);
  }
});
