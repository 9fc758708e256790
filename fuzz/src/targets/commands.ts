/**
 * Requests, as clients send them. Whatever the bytes and however they are cut:
 *
 *   - the decoder throws nothing but ProtocolError, and only the binary one does;
 *   - the same bytes in other pieces are the same commands;
 *   - a command that another protocol can say is one command there, with the same key and value.
 */
import type { Command } from '../../../packages/memfleet/dist/core/command.js';
import type { Protocol } from '../../../packages/memfleet/dist/protocol/codec.js';
import { packets } from '../packets.ts';
import { type Decoded, decodeCommands, encodeCommand, protocols } from '../protocols.ts';
import { hashOf, Random } from '../random.ts';
import { holds, holdsSame, show, type Target } from '../target.ts';
import { lines, lineWords } from './lines.ts';

function run(protocol: Protocol, input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const random = new Random(hashOf(input));
  const whole = decodeCommands(protocol, bytes);
  holds(whole.error === undefined || protocol === 'binary', `a decoder of lines threw ${whole.error?.message}`);
  const expected = shownAll(whole);
  for (let n = 0; n < 2; n++)
    holdsSame(shownAll(decodeCommands(protocol, bytes, random)), expected, 'cut in pieces it is something else');
  const kinds = new Map<string, string>();
  for (const command of whole.commands) {
    const kind = shape(command);
    // One of a kind is enough.
    if (!kinds.has(kind)) kinds.set(kind, sayAgain(command));
  }
  return `${[...kinds]
    .map((entry) => entry.join(' '))
    .sort()
    .join('; ')} ${whole.error === undefined}`;
}

function shownAll({ commands, error }: Decoded): string {
  return `${commands.map(plain).join('\n')} ${error?.message}`;
}

/** All of a command as a text; whether its value is bytes or text does not matter. */
function plain(command: Command): string {
  const { verb, key, keys, mode, flags, exptime, touch, cas, wantValue, wantCas, decrement, delta, initial } = command;
  const { quiet, vbucket, dialect, meta, packet, fault } = command;
  const rest = [meta, packet, fault].map((part) => (part === undefined ? '' : show(part)));
  const numbers = [flags, exptime, cas, delta, initial, vbucket].join();
  const marks = [touch, wantValue, wantCas, decrement, quiet].map(Number).join('');
  return `${verb} ${key} ${keys?.join() ?? ''} ${mode} ${numbers} ${marks} ${dialect} ${rest.join()} ${textOf(command.value)}`;
}

function textOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
}

/** What kind of command it is: a new kind is worth mutating. */
function shape(command: Command): string {
  const { verb, mode, quiet, keys, fault, packet, meta, wantCas, touch, dialect } = command;
  const flags = meta?.tokens.map((token) => token.charAt(0)).join('');
  return [
    verb,
    mode,
    quiet,
    keys === undefined ? '' : Math.min(3, keys.length),
    fault?.message,
    verb === 'packet' ? packet?.opcode : '',
    flags,
    wantCas,
    touch,
    dialect,
  ].join();
}

/** Says a command in each protocol and reads it there. Gives a letter for each: said, or refused. */
function sayAgain(command: Command): string {
  if (command.verb === 'invalid') return '-';
  // The end of a long get whose keys have all been replied to: no node receives it.
  if (command.keys?.length === 0) return '-';
  return protocols
    .map((protocol) => {
      const bytes = encodeCommand(protocol, command, 7);
      if (bytes === undefined) return 'n';
      const { commands, error } = decodeCommands(protocol, bytes);
      const what = (): string => `${JSON.stringify(plain(command))} in ${protocol}, ${show(bytes)},`;
      holds(error === undefined, () => `${what()} cannot be read: ${error?.message}`);
      for (const said of commands) holds(said.verb !== 'invalid', () => `${what()} is refused: ${said.fault?.message}`);
      if (command.keys === undefined) checkOne(command, commands, protocol, what);
      else checkMany(command.keys, commands, what);
      return 'y';
    })
    .join('');
}

function checkMany(keys: readonly string[], said: readonly Command[], what: () => string): void {
  const gets = said.at(-1)?.verb === 'noop' ? said.slice(0, -1) : said;
  holds(
    gets.every(({ verb }) => verb === 'get'),
    () => `${what()} is not gets alone`,
  );
  holdsSame(
    gets.flatMap((get) => get.keys ?? [get.key]),
    keys,
    () => `${what()} asks for other keys`,
  );
}

/** Verbs that a protocol says by another. */
const stands: Readonly<Record<string, string>> = { 'text noop': 'version', 'meta touch': 'get' };

function checkOne(command: Command, said: readonly Command[], protocol: Protocol, what: () => string): void {
  holds(said.length === 1, () => `${what()} is ${said.length} commands`);
  const other = said[0] as Command;
  const verb = stands[`${protocol} ${command.verb}`] ?? command.verb;
  holdsSame(other.verb, verb, () => `${what()} is another verb`);
  holdsSame(other.keys?.join(' ') ?? other.key, command.key, () => `${what()} has another key`);
  holdsSame(textOf(other.value), textOf(command.value), () => `${what()} has another value`);
  if (command.verb === 'arith')
    holdsSame(
      [BigInt(other.delta), other.decrement],
      [BigInt(command.delta), command.decrement],
      () => `${what()} counts otherwise`,
    );
  if (command.verb !== 'store') return;
  holdsSame(other.cas, command.cas, () => `${what()} has another cas`);
  // A `replace` with a cas is a `cas` on lines.
  if (command.cas === 0n) holdsSame(other.mode, command.mode, () => `${what()} stores otherwise`);
  const appends = command.mode === 'append' || command.mode === 'prepend';
  if (!appends) holdsSame(other.flags, command.flags, () => `${what()} has other flags`);
}

export const commandTargets: readonly Target[] = [
  { name: 'text-commands', seeds: lines.text, words: lineWords, run: (input) => run('text', input) },
  {
    name: 'meta-commands',
    seeds: [...lines.meta, ...lines.text],
    words: lineWords,
    run: (input) => run('meta', input),
  },
  { name: 'binary-commands', seeds: packets.requests, words: packets.words, run: (input) => run('binary', input) },
];
