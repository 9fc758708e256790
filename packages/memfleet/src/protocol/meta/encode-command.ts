/**
 * Commands as meta commands (memcached `protocol.txt`, "Meta Commands"). memcached sends the replies to about 20
 * pipelined meta commands in one system call, but needs one for each classic `get` (docs/performance.md, "meta
 * commands"). A get of many keys stays the classic multi-key `get`, which costs the node least.
 */
import { type ByteWriter, joinLimit } from '../../base/byte-writer.ts';
import type { Command, StoreMode, Verb } from '../../core/command.ts';
import { type MetaFlags, sessionLetters } from '../../core/meta-flags.ts';
import { exptimeOnLine } from '../ascii/numbers.ts';
import { invalidKey, isByteString, isPlainKey, maxEncodedKeyLength } from '../key.ts';
import { encodeGet as encodeClassicGet, encodeTextCommand } from '../text/encode-command.ts';
import { encodeKey } from './base64-key.ts';

type Encode = (command: Command, writer: ByteWriter) => void;

/** The key on the line: itself, or base64 followed by the flag `b`. */
function metaKey(command: Command): string {
  const key = command.key;
  return command.isPlainKey || isPlainKey(key) ? key : encodedKey(key);
}

function encodedKey(key: string): string {
  return `${base64Key(key)} b`;
}

function base64Key(key: string): string {
  if (key.length === 0 || key.length > maxEncodedKeyLength || !isByteString(key)) throw invalidKey(key, 'meta');
  return encodeKey(key);
}

/** Flags of a command that was received as meta are passed on unchanged, except those about its session. */
function passedFlags({ tokens, written }: MetaFlags): string {
  if (written?.tokens === tokens) return written.text;
  let flags = '';
  for (const token of tokens) if (!sessionLetters.includes(token.charAt(0))) flags += ` ${token}`;
  return flags;
}

function encodeGet(command: Command, writer: ByteWriter): void {
  if (command.keys !== undefined) {
    if (command.isPlainKey || command.keys.every(isPlainKey)) encodeClassicGet(command, writer);
    else encodeMetaGets(command.keys, command, writer);
    return;
  }
  const key = metaKey(command);
  if (command.meta !== undefined) writer.ascii(`mg ${key}${passedFlags(command.meta)}\r\n`);
  else if (command.touch || command.wantCas || !command.wantValue) writer.ascii(`mg ${key}${getFlags(command)}\r\n`);
  else writer.ascii(`mg ${key} v f\r\n`);
}

function getFlags(command: Command): string {
  return `${command.wantValue ? ' v' : ''} f${command.wantCas ? ' c' : ''}${command.touch ? ` T${exptimeOnLine(command.exptime)}` : ''}`;
}

/** Keys that a classic line cannot carry: quiet gets that return their key, closed by `mn`. */
function encodeMetaGets(keys: readonly string[], command: Command, writer: ByteWriter): void {
  let lines = '';
  for (const key of keys) lines += `mg ${isPlainKey(key) ? key : encodedKey(key)} k q${getFlags(command)}\r\n`;
  writer.ascii(`${lines}mn\r\n`);
}

const modes: Record<StoreMode, string> = { set: '', add: ' ME', replace: ' MR', append: ' MA', prepend: ' MP' };

/**
 * The text after the key of a store without flags, by the length of its value: made once, because every piece of a line
 * costs time.
 */
const lengths: readonly string[] = Array.from({ length: joinLimit + 1 }, (_, length) => ` ${length}\r\n`);

function encodeStore(command: Command, writer: ByteWriter): void {
  const { key, value } = command;
  // The length stands before the flags, so the flag `b` is apart from its key here.
  const isPlain = command.isPlainKey || isPlainKey(key);
  let flags = isPlain ? '' : ' b';
  flags += command.meta === undefined ? storeFlags(command) : passedFlags(command.meta);
  if (command.quiet) flags += ' q';
  const name = isPlain ? key : base64Key(key);
  const { length } = value;
  const end = flags === '' && length <= joinLimit ? (lengths[length] as string) : ` ${length}${flags}\r\n`;
  if (typeof value === 'string' && length <= joinLimit) {
    writer.ascii(`ms ${name}${end}${value}\r\n`);
    return;
  }
  writer.ascii(`ms ${name}${end}`);
  writer.value(value);
  writer.ascii('\r\n');
}

function storeFlags(command: Command): string {
  // A binary ADD with a cas compares; with ME, the node would ignore the cas.
  let flags = command.mode === 'add' && command.cas !== 0n ? '' : modes[command.mode];
  if (command.flags !== 0) flags += ` F${command.flags}`;
  if (command.exptime !== 0) flags += ` T${exptimeOnLine(command.exptime)}`;
  if (command.cas !== 0n) flags += ` C${command.cas}`;
  if (command.wantCas) flags += ' c';
  return flags;
}

function encodeDelete(command: Command, writer: ByteWriter): void {
  const flags = command.meta === undefined ? (command.cas === 0n ? '' : ` C${command.cas}`) : passedFlags(command.meta);
  writer.ascii(`md ${metaKey(command)}${flags}${command.quiet ? ' q' : ''}\r\n`);
}

function encodeArith(command: Command, writer: ByteWriter): void {
  const flags = command.meta === undefined ? arithFlags(command) : passedFlags(command.meta);
  writer.ascii(`ma ${metaKey(command)}${flags}${command.quiet ? ' q' : ''}\r\n`);
}

function arithFlags(command: Command): string {
  let flags = command.decrement ? ' MD' : '';
  if (command.delta !== 1) flags += ` D${command.delta}`;
  if (command.initial !== undefined) flags += ` N${exptimeOnLine(command.exptime)} J${command.initial}`;
  if (command.cas !== 0n) flags += ` C${command.cas}`;
  if (command.wantValue) flags += ' v';
  return command.wantCas ? `${flags} c` : flags;
}

const encoders: Partial<Record<Verb, Encode>> = {
  delete: encodeDelete,
  arith: encodeArith,
  // `mg` without `v` and with `T` touches; the reply is HD or EN.
  touch: (command, writer) =>
    writer.ascii(`mg ${metaKey(command)} T${exptimeOnLine(command.exptime)}${command.wantCas ? ' f c' : ''}\r\n`),
  debug: (command, writer) => writer.ascii(`me ${metaKey(command)}\r\n`),
  noop: (_command, writer) => writer.ascii('mn\r\n'),
};

/** Writes the command. Throws InvalidKeyError or UnsupportedError before anything is written. */
export function encodeMetaCommand(command: Command, writer: ByteWriter): void {
  // Nearly all commands are these two, and a table lookup costs more.
  if (command.verb === 'get') encodeGet(command, writer);
  else if (command.verb === 'store') encodeStore(command, writer);
  else (encoders[command.verb] ?? encodeTextCommand)(command, writer);
}
