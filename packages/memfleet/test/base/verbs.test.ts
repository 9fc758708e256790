/** Messages, errors and channels name a command as users do, never as the code does. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { type Command, describeCommand, type Verb } from '../../src/core/command.ts';
import { PartialResultError } from '../../src/core/errors.ts';
import type { Client } from '../../src/index.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { commandOf } from '../support/ask.ts';
import { connect, failure, startNode } from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';

const key = 'k';

/** Every verb, in every form that has a name of its own. */
const named: Readonly<Record<Verb, readonly (readonly [fields: Partial<Command>, name: string])[]>> = {
  get: [
    [{ key }, 'get "k"'],
    [{ key, wantCas: true }, 'gets "k"'],
    [{ key, wantCas: true, dialect: 'binary' }, 'get "k"'],
    [{ key, touch: true }, 'gat "k"'],
    [{ key, touch: true, wantCas: true }, 'gats "k"'],
    [{ keys: ['a', 'b'] }, 'get of 2 keys'],
  ],
  store: [
    [{ key }, 'set "k"'],
    [{ key, mode: 'add' }, 'add "k"'],
    [{ key, mode: 'replace' }, 'replace "k"'],
    [{ key, mode: 'append' }, 'append "k"'],
    [{ key, mode: 'prepend' }, 'prepend "k"'],
    [{ key, cas: 1n }, 'cas "k"'],
  ],
  arith: [
    [{ key }, 'incr "k"'],
    [{ key, decrement: true }, 'decr "k"'],
  ],
  delete: [[{ key }, 'delete "k"']],
  touch: [[{ key }, 'touch "k"']],
  debug: [[{ key }, 'me "k"']],
  noop: [[{}, 'noop']],
  flush: [[{}, 'flush_all']],
  version: [[{}, 'version']],
  verbosity: [[{}, 'verbosity']],
  stats: [[{}, 'stats']],
  admin: [[{ value: 'cache_memlimit 64' }, 'cache_memlimit 64']],
  quit: [[{}, 'quit']],
  auth: [[{ value: 'ada secret' }, 'authentication']],
  packet: [[{ packet: { opcode: 0x0a, opaque: 0 } }, 'opcode 0x0a']],
  invalid: [[{}, 'invalid request']],
};

const forms = Object.entries(named).flatMap(([verb, list]) =>
  list.map(([fields, name]) => [name, verb as Verb, fields] as const),
);

test.each(forms)('%s', (name, verb, fields) => {
  expect(describeCommand(commandOf(verb, fields))).toBe(name);
});

test.each(forms)('%s, in a refusal by the encoder of the classic text protocol', (name, verb, fields) => {
  // A flag that this protocol cannot express.
  const meta = { tokens: ['I'], invalidate: true };
  const encode = (): void => textCodec.encodeCommand(commandOf(verb, { ...fields, meta }), new ByteWriter(), 0);
  const [shown = ''] = name.split(/ "| of /);
  expect(encode).toThrow(new RegExp(`^the classic text protocol (?:cannot express|has no) .*${shown}"?$`));
});

/** The calls of a client, with what their errors begin with. */
const calls: readonly (readonly [name: string, run: (client: Client) => Promise<unknown>])[] = [
  ['get "k"', (client) => client.get('k')],
  ['gets "k"', (client) => client.getWithCas('k')],
  ['gat "k"', (client) => client.getAndTouch('k', 1)],
  ['get of 2 keys', (client) => client.getMany(['k', 'l'])],
  ['set "k"', (client) => client.set('k', 1)],
  ['add "k"', (client) => client.add('k', 1)],
  ['replace "k"', (client) => client.replace('k', 1)],
  ['append "k"', (client) => client.append('k', 'x')],
  ['prepend "k"', (client) => client.prepend('k', 'x')],
  ['cas "k"', (client) => client.cas('k', 1, 1n)],
  ['set of 2 keys', (client) => client.setMany({ k: 1, l: 2 })],
  ['delete "k"', (client) => client.delete('k')],
  ['delete of 2 keys', (client) => client.deleteMany(['k', 'l'])],
  ['incr "k"', (client) => client.incr('k')],
  ['decr "k"', (client) => client.decr('k')],
  ['touch "k"', (client) => client.touch('k', 1)],
  ['flush_all', (client) => client.flush()],
  ['version', (client) => client.version()],
  ['stats', (client) => client.serverStats()],
];

describe('the error of a call begins with', () => {
  test.each(calls)('%s', async (name, run) => {
    const node = await startNode(afterProbe((_, connection) => connection.reset()));
    const error = await failure(run(connect(node, { retry: false }).client));
    expect(error.message.slice(0, name.length)).toBe(name);
    const [first] = error instanceof PartialResultError ? error.failures.values() : [error];
    expect(first?.message).not.toMatch(/\b(?:arith|store|debug|packet)\b/);
  });
});
