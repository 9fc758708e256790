/**
 * A secret that stands in the wrong place of the options, or in a wrong form, gets into a message, and from there into
 * a log.
 *
 * Every option of every door is tried, those of tables within tables too: the doors themselves say which there are, so
 * a new one is tried as well.
 */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redactMessage } from '../../src/base/redact.ts';
import { parseBucketDocument } from '../../src/couchbase/bucket-document.ts';
import { createClient } from '../../src/index.ts';
import { createProxy } from '../../src/proxy/index.ts';
import { createServer } from '../../src/server/index.ts';

const secret = 'hunter2secret';

// Frames name functions and lines, no values; thousands of stacks of them would take most of the time.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** Opens a door with options; whatever it made is closed. */
type Door = (options: unknown) => void;

const doors: Readonly<Record<string, Door>> = {
  createClient: (options) => createClient(options as never).destroy(),
  createServer: (options) => void createServer(options as never),
  createProxy: (options) => void createProxy(options as never),
  'a listener of createProxy': (options) =>
    void createProxy({
      listeners: [{ port: 0, route: 'main', ...(options as object) }],
      clusters: { main: { nodes: 'a' } },
    }),
  'a cluster of createProxy': (options) =>
    void createProxy({ listeners: [{ port: 0, route: 'main' }], clusters: { main: options as object } }),
};

function complaintOf(door: Door, options: unknown): Error | undefined {
  try {
    door(options);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Paths of all options of a door: `['pool', 'max']`. */
function pathsOf(door: Door, prefix: readonly string[] = []): string[][] {
  const unknown = 'noSuchOption';
  const message = complaintOf(door, within(prefix, { [unknown]: 1 }))?.message ?? '';
  if (!message.includes(`${unknown}"`)) return [];
  const known = /; known: ([\w, ]+)/.exec(message)?.[1]?.split(', ') ?? [];
  return known.flatMap((name) => [[...prefix, name], ...pathsOf(door, [...prefix, name])]);
}

function within(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, name) => ({ [name]: inner }), value);
}

/** Logins in every form that somebody may have meant, and secrets in documents. */
const texts = [
  `u:${secret}@h`,
  `u:${secret}@h:11211,b`,
  `a,//u:${secret}@h`,
  `memcached:/u:${secret}@h`,
  `memcached://u:${secret}@h/?pool.max=x`,
  `couchbase://u:${secret}@h/b`,
  `elasticache://u:${secret}@h:1`,
  `dns+u:${secret}@h`,
  `http://u:${secret}@h:99999/`,
  `http://u%zz:${secret}@h/`,
  `ftp://u:${secret}@h/`,
  `/u:${secret}@h`,
  `{"saslPassword":"${secret}"`,
  `{"saslPassword":${secret}}`,
  `{"name":"b","password":"${secret}","nodes":[`,
  `timeout=1&password=${secret}`,
];

function shapesOf(text: string): unknown[] {
  return [
    text,
    [text],
    [[text]],
    { a: text },
    { host: text, weight: 0 },
    [{ host: text, port: 'x' }],
    [{ path: text, port: 1 }],
    { urls: [text] },
    new Map([[text, text]]),
  ];
}

/** A secret as it is, under the names that are for secrets. */
const bare = [[secret], { a: secret }, { password: secret, users: secret }, [{ password: secret, host: 1 }]];
const isSecretName = /^(?:users|password|passphrase|tls|key|cert)$/;

describe.each(Object.entries(doors))('%s', (_, door) => {
  const paths = pathsOf(door);

  test('has options, and tables within them', () => {
    expect(paths.length).toBeGreaterThan(8);
  });

  test.each(paths.map((path) => [path.join('.'), path] as const))('option %s shows no secret', (_name, path) => {
    const values = texts.flatMap(shapesOf);
    if (isSecretName.test(path.at(-1) as string)) values.push(secret, ...bare);
    const errors = values.map((value) => complaintOf(door, within(path, value)));
    // All of an error is in what `inspect` shows, its message and its stack included.
    const shown = errors.map((error) => (error === undefined ? '' : inspect(error, { depth: 20 })));
    expect(shown.filter((text) => text.includes(secret))).toEqual([]);
  });
});

test.each([
  ...texts,
  `{"x":${secret}`,
  `{"saslPassword": "${secret}`,
  `[{"bucketCapabilities":[], "authPassword":"${secret}"}`,
])('a broken document of a bucket, %s', (text) => {
  const read = (): unknown => parseBucketDocument(text, { host: 'h' } as never);
  expect(read).toThrow();
  expect(inspect(complaintOf(read, undefined), { depth: 20 })).not.toContain(secret);
});

test.each([
  ['nodes: "u:hunter2@h:11211" is wrong', 'nodes: "u:***@h:11211" is wrong'],
  ['couchbase://u:hunter2@h/b?x=1', 'couchbase://u:***@h/b?x=1'],
  ['-z: auth=u%hunter2,url=http://h', '-z: auth=u%***,url=http://h'],
  ['-Z: usr=a,pwd=hunter2,timeout=1', '-Z: usr=a,pwd=***,timeout=1'],
  ['memcached://h/?password=hunter2&timeout=1', 'memcached://h/?password=***&timeout=1'],
])('%s becomes %s', (text, shown) => {
  expect(redactMessage(text)).toBe(shown);
});

test.each([
  'listeners[0].port: must be a whole number from 0 to 65535, not 70000',
  'nodes: 127.0.0.1:11211 is listed twice',
  'cannot listen on [::1]:11211: listen EADDRINUSE: address already in use ::1:11211',
  'couchbase://ada@h1,h2:11210/bucket',
  'unknown locator "x"; there are ketama, modulo',
])('a message without secrets stays as it is: %s', (text) => {
  expect(redactMessage(text)).toBe(text);
});

test('a message is cleaned in linear time: what is quadratic takes minutes here', () => {
  for (const part of [
    ':',
    'a:',
    'pwd=',
    'auth=',
    '//a:',
    '"password":"',
    String.raw`\"password`,
    '\\',
    '-----BEGIN A-----',
  ])
    expect(redactMessage(part.repeat(200_000 / part.length)).length).toBeGreaterThan(0);
});
