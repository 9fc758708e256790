/**
 * A secret that stands in the wrong place of a command line or a configuration is printed, or written into the log.
 *
 * Every option of every command and every key of a configuration is tried: the commands and the schema themselves say
 * which there are.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DestinationStream } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../src/program.ts';
import type { OriginArguments } from '../../src/proxy/command-line.ts';
import { loadFile } from '../../src/proxy/config/load-file.ts';
import { originOf } from '../../src/proxy/origin.ts';
import { createLogger } from '../../src/proxy/run/logger.ts';
import { ProxyProgram } from '../../src/proxy/run/proxy-program.ts';
import { scratch } from '../proxy/scratch.ts';
import { captureOutput, runWords } from '../support/captured.ts';
import { optionsOf, secret, texts } from '../support/secrets.ts';

captureOutput();

const program = await createProgram([]);

describe('the command line', () => {
  const options = program.commands.flatMap((command) => optionsOf(command));

  test('has options', () => {
    expect(options.length).toBeGreaterThan(40);
  });

  // What would be taken is refused for the option behind it, so that nothing is started.
  test.each(options.map((words) => [words.join(' '), words] as const))('%s shows no secret', async (_, words) => {
    for (const text of words.at(-1) === '--user' ? [...texts, secret, `:${secret}`] : texts) {
      const { code, stdout, stderr } = await runWords(...words, text, '--no-such-option');
      expect(code).toBe(2);
      expect(stderr).not.toBe('');
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  test.each(texts)('memfleet config check -z, -Z and a file: %s', async (text) => {
    const file = (name: string, content: string): string => scratch({ [name]: content })(name);
    const places = [
      ['-z', text],
      ['-z', '11211=a', '-Z', text],
      [file('p.yml', text)],
      ['--as', 'nutcracker', file('n.yml', `a: ${text}`)],
    ];
    for (const words of places) {
      const { stdout, stderr } = await runWords('config', 'check', ...words);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  test.each<keyof OriginArguments>(['nodes', 'couchbase', 'locator', 'moxi', 'moxiBehaviors', 'nutcracker', 'config'])(
    'memfleet proxy: %s',
    (name) => {
      const rest = name === 'locator' ? { nodes: 'a' } : name === 'moxiBehaviors' ? { moxi: '11211=a' } : {};
      for (const text of texts) {
        try {
          originOf({ ...rest, [name]: text })();
        } catch (error) {
          expect((error as Error).message).not.toContain(secret);
        }
      }
    },
  );
});

type Keys = readonly (string | number)[];

const base = { listeners: [{ route: 'm', port: 0 }], clusters: { m: { nodes: 'a' } } };

/** A configuration with a value at a place. */
function configWith(keys: Keys, value: unknown): string {
  const config = structuredClone(base) as Record<string, unknown>;
  let at = config as Record<string | number, unknown>;
  for (const key of keys.slice(0, -1)) {
    if (typeof at[key] !== 'object') at[key] = {};
    at = at[key] as Record<string | number, unknown>;
  }
  at[keys.at(-1) as string | number] = value;
  return JSON.stringify(config);
}

const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
// Frames name functions and lines, no values; thousands of stacks of them would take most of the time.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
  rmSync(directory, { recursive: true });
});

function errorOf(text: string): string {
  const file = join(directory, 'p.yml');
  writeFileSync(file, text);
  try {
    loadFile(file, {});
    return '';
  } catch (error) {
    return `${(error as Error).message}\n${(error as Error).stack}`;
  }
}

/** Every key that a configuration may have at a place and below. */
function keysOf(keys: Keys): Keys[] {
  const known = /noSuchKey.*; known: ([\w, ]+)/.exec(errorOf(configWith([...keys, 'noSuchKey'], 1)))?.[1];
  return (known?.split(', ') ?? []).flatMap((key) => [[...keys, key], ...keysOf([...keys, key])]);
}

describe('a configuration file', () => {
  const places: Keys[] = [[], ['listeners', 0], ['clusters', 'm']];
  const all = places.flatMap(keysOf);

  test('has keys, and tables within them', () => {
    expect(all.length).toBeGreaterThan(60);
  });

  test.each(all.map((keys) => [keys.join('.'), keys] as const))('%s shows no secret', (_, keys) => {
    const isSecret = /^(?:users|password|passphrase)$/.test(String(keys.at(-1)));
    const bare = isSecret ? [secret, [secret], { a: [secret] }, { a: { a: secret } }] : [];
    const shapes = [
      (text: string) => text,
      (text: string) => [text],
      (text: string) => ({ host: text }),
      (text: string) => [{ host: text, weight: 0 }],
      (text: string) => ({ password: [secret], noSuchKey: text }),
    ];
    // Each shape once, and each text once.
    const values = texts.map((text, index) => shapes[index % shapes.length]?.(text));
    for (const value of [...values, ...bare]) expect(errorOf(configWith(keys, value))).not.toContain(secret);
  });
});

test('a reload that is refused: the log shows no secret', async () => {
  const lines: string[] = [];
  const stream: DestinationStream = { write: (line) => void lines.push(line) };
  const good = loadFile(scratch({ 'p.yml': configWith(['workers'], 1) })('p.yml'));
  let next = (): typeof good => good;
  const program = new ProxyProgram(good, () => next(), createLogger(good.settings.log, {}, stream));
  await program.start();
  const logins = texts.filter((text) => text.includes('@'));
  for (const text of logins) {
    next = () => loadFile(scratch({ 'p.yml': configWith(['clusters', 'm', 'nodes'], [text]) })('p.yml'));
    await program.reload('test');
    next = () => originOf({ moxi: text })();
    await program.reload('test');
  }
  await program.stop('the test is over');
  expect(lines.filter((line) => line.includes('reload refused')).length).toBeGreaterThan(logins.length);
  expect(lines.join('')).not.toContain(secret);
});
