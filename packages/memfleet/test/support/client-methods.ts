/**
 * The methods of `Client`, of its `items` (`items.get`) and of its `bucket`, with their parameters, read from its
 * source, and the attacks that are made from them. A method, a parameter or an option that is new is attacked as well,
 * or fails the test until it can be.
 */
import { readFileSync } from 'node:fs';
import { Bucket } from '../../src/client/bucket/bucket.ts';
import * as calls from '../../src/client/calls.ts';
import { Client } from '../../src/client/client.ts';
import { Items } from '../../src/client/items.ts';
import { hostile } from './hostile-values.ts';

/** How a method is called when nothing is wrong, and what it may send. */
export interface Method {
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
export const right: Readonly<Record<string, unknown>> = {
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
  name: 'carts',
  nodes: '127.0.0.1:1',
  options: {},
  prefix: 'p',
  scope: 'shop',
  seconds: 1,
  specs: ['a'],
  ttl: 1,
  value: 'v',
};

const count = { args: { key: 'n', options: { initial: 1 } }, verbs: ['arith', 'store'], most: 3, hasSteps: true };

/**
 * Methods that are no row of the table of calls, or that one command does not do; also where other arguments are the
 * right ones.
 */
export const special: Readonly<Record<string, Partial<Method>>> = {
  gets: { verbs: ['get'] },
  gat: { verbs: ['get'] },
  ttlOf: { verbs: ['get', 'packet'] },
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
  'items.get': { verbs: ['get'] },
  'items.getMany': { verbs: ['get'], most: 2 },
  'items.set': { verbs: ['store'] },
  'items.invalidate': { verbs: ['delete'] },
  'bucket.getAndLock': { verbs: ['packet'] },
  'bucket.unlock': { verbs: ['packet'] },
  'bucket.set': { verbs: ['store'] },
  'bucket.delete': { verbs: ['delete'] },
  'bucket.exists': { verbs: ['packet'] },
  'bucket.lookupIn': { verbs: ['packet'] },
  'bucket.mutateIn': { args: { specs: [{ set: 'a', value: 1 }] }, verbs: ['packet'] },
  setNodes: { isLast: true },
  close: { isLast: true },
  destroy: { isLast: true },
};

export const source = (file: string): string =>
  readFileSync(new URL(`../../src/client/${file}`, import.meta.url), 'utf8');

/** `items.get`: the method, and the source of its class. */
export function partsOf(path: string): { readonly method: string; readonly file: string } {
  const [method = '', view = 'client'] = path.split('.').toReversed();
  return { method, file: view === 'bucket' ? 'bucket/bucket.ts' : `${view}.ts` };
}

/** The method of this client; it can be called without its owner. */
export function callOf(client: Client, path: string): (...args: readonly unknown[]) => unknown {
  const { method } = partsOf(path);
  const [view = ''] = path.split('.');
  const owner = (view === 'items' || view === 'bucket' ? client[view] : client) as unknown as Readonly<
    Record<string, (...args: readonly unknown[]) => unknown>
  >;
  return (...args) => owner[method]?.(...args);
}

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
export function declared(path: string): Parameter[] {
  const { method, file } = partsOf(path);
  const text = source(file);
  const lists = [...text.matchAll(new RegExp(String.raw`^  ${method}(?=[<(])`, 'gm'))].map(({ index }) => {
    let at = index + 2 + method.length;
    if (text[at] === '<') at += bracketed(text, at).length + 2;
    return parametersOf(bracketed(text, at));
  });
  return lists.reduce((longest, list) => (list.length > longest.length ? list : longest), []);
}

/** The methods of a view of the client. */
function pathsOf(view: string, prototype: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
    typeof value === 'function' ? [`${view}.${name}`] : [],
  );
}

const paths = [
  ...Object.getOwnPropertyNames(Client.prototype),
  ...pathsOf('items', Items.prototype),
  ...pathsOf('bucket', Bucket.prototype),
];

export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  paths
    .filter((name) => !name.endsWith('constructor'))
    .map((name) => {
      const row = (calls as unknown as Readonly<Record<string, { readonly verb: string }>>)[name];
      const { args, ...others } = special[name] ?? {};
      const given = declared(name).map((parameter) => [
        parameter.name,
        args?.[parameter.name] ?? right[parameter.name],
      ]);
      return [name, { verbs: row === undefined ? [] : [row.verb], ...others, args: Object.fromEntries(given) }];
    }),
);

/** The fields of the interfaces that a type names. */
export function fieldsOf(type: string): string[] {
  const text = source('call-options.ts');
  return [...type.matchAll(/\b\w+Options\b/g)].flatMap(([name]) => {
    // Not of a call.
    if (name === 'ViewOptions') return ['durability', 'errors', 'transcoder', 'ttl'];
    const found = new RegExp(String.raw`interface ${name}(?: extends ([\w, ]+))? \{([\s\S]*?)\n?\}`).exec(text);
    if (found === null) throw new Error(`no interface ${name}`);
    const [, parent, body = ''] = found;
    const own = [...body.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field);
    return [...new Set([...own, ...(parent === undefined ? [] : fieldsOf(parent))])];
  });
}

/** A call with one value that is hostile. */
export interface Attack {
  readonly name: string;
  readonly args: () => unknown[];
}

/** All attacks on one method: on each parameter, on each field of its options, and within lists of keys and entries. */
export function attacksOn(method: string): Attack[] {
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

/** Methods that make a call: they send something. */
export const sending: readonly string[] = Object.keys(methods).filter((name) => methods[name]!.verbs.length > 0);
