/**
 * The replies that a command can have, and the errors for all others: the owner of the connection destroys it.
 *
 * An accepted reply is passed on to a client, in the client's protocol. Nothing is therefore accepted that could be
 * parsed there as more than one reply: a counter is digits, a version one line of text, an item has the requested key.
 */
import type { Command, Verb } from '../core/command.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Reply, ReplyStatus } from '../core/reply.ts';
import { encodeKey } from '../protocol/meta/base64-key.ts';

/** Anything but an error, without a value. */
function isPlain(_command: Command, reply: Reply): boolean {
  return !reply.hasValue;
}

/** The only success of these verbs: no value, no other status. */
function isDone(_command: Command, reply: Reply): boolean {
  return reply.status === 'ok' && !reply.hasValue;
}

const largestCounter = '18446744073709551615';

/** 64 bits in decimal. */
function isCounter(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > largestCounter.length) return false;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i);
    if (digit < 48 || digit > 57) return false;
  }
  return length < largestCounter.length || text <= largestCounter;
}

const longestVersion = 250;
const longestDebug = 2048;
// oxlint-disable-next-line no-control-regex -- the expression finds line ends
const control = /[\x00-\x1f\x7f]/;

/** The value is the message: in every protocol except meta's `VA`, which is never the reply to `version`. */
function isVersion(_command: Command, reply: Reply): boolean {
  const { message } = reply;
  const isText = message.length <= longestVersion && !control.test(message);
  return reply.status === 'ok' && isText && reply.hasValue && reply.text() === message;
}

/** The text after `ME `: the key, as it is or in base64, and words. */
function isDebug({ key }: Command, { status, message }: Reply): boolean {
  if (status !== 'ok') return status === 'miss';
  const isOfKey = message.startsWith(`${key} `) || message.startsWith(`${encodeKey(key)} `);
  return isOfKey && message.length <= longestDebug && !control.test(message);
}

/** Without the value if it is not requested, or if the client has it: `mg` with the cas of the item. */
function isItem({ wantValue, meta }: Command, reply: Reply): boolean {
  return reply.hasValue || !wantValue || meta?.hasCas === true;
}

type Fits = (command: Command, reply: Reply) => boolean;

/** Without `get` and `arith`, and without verbs of unknown shape. */
const shapes: Partial<Readonly<Record<Verb, Fits>>> = {
  store: isPlain,
  delete: isPlain,
  touch: isPlain,
  flush: isDone,
  verbosity: isDone,
  // Classic text has none: it is sent as `version`.
  noop: (command, reply) => isDone(command, reply) || isVersion(command, reply),
  version: isVersion,
  debug: isDebug,
  // One word: `RESET`, `OK`. The end of binary statistics is a packet without a body.
  stats: (_command, reply) => reply.status === 'ok' && reply.length === 0,
};

/**
 * Whether this reply can belong to this command. If not, replies and commands are out of step, and the next values
 * would go to the wrong callers.
 */
export function fits(command: Command, reply: Reply): boolean {
  const { verb } = command;
  const status: ReplyStatus = reply.status;
  if (status === 'error' || verb === 'packet' || verb === 'admin') return true;
  // Requests to nodes never have an opaque, and return the key only where no other key is possible.
  if (reply.opaque !== undefined || (reply.key !== '' && reply.key !== command.key)) return false;
  if (verb === 'get') return status === 'miss' || (status === 'ok' && reply.message === '' && isItem(command, reply));
  if (verb === 'arith') return status !== 'ok' || !command.wantValue || (reply.hasValue && isCounter(reply.text()));
  return shapes[verb]?.(command, reply) ?? true;
}

const oneLine = /^[^\r\n]*\r?\n$/;

/** A statistic has a name; an item without a name is a line of a dump. */
export function isStat(reply: Reply): boolean {
  return reply.part === 'end' || reply.key !== '' || oneLine.test(reply.text());
}

export function unexpected(reply: Reply): ProtocolError {
  const what = reply.status === 'error' ? `error "${reply.message}"` : reply.status;
  return new ProtocolError(`a reply (${what}) that no command is waiting for`);
}

export function notRequested(reply: Reply): ProtocolError {
  return new ProtocolError(`a value for ${JSON.stringify(reply.key)}, which was not requested`);
}
