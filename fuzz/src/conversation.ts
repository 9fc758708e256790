/**
 * A client's requests, which a proxy passes on to a node of another protocol, and the node's answers on their way back:
 *
 *   node's bytes ─▶ reply decoder ─▶ Pending ─▶ encodeReply ─▶ client's bytes ─▶ reply decoder ─▶ replies
 */
import { ByteWriter } from '../../packages/memfleet/dist/base/byte-writer.js';
import { Pending } from '../../packages/memfleet/dist/connection/pending.js';
import type { Command } from '../../packages/memfleet/dist/core/command.js';
import { ProtocolError } from '../../packages/memfleet/dist/core/errors.js';
import { Reply } from '../../packages/memfleet/dist/core/reply.js';
import { provideParts } from '../../packages/memfleet/dist/fleet/provide-parts.js';
import type { Protocol } from '../../packages/memfleet/dist/protocol/codec.js';
import { errorReply } from '../../packages/memfleet/dist/session/error-reply.js';
import { feed } from './feed.ts';
import { answerPacket } from './packets.ts';
import { bytesOf, codecs, decodeCommands, encodeCommand, limits } from './protocols.ts';
import type { Random } from './random.ts';
import { holds, outcome } from './target.ts';

// Conversations are synchronous: they cannot wait for a part that is loaded when it is needed.
provideParts();

/** One answer, as it was understood. */
export interface Understood {
  readonly status: string;
  readonly part: string;
  readonly key: string;
  readonly value: string | undefined;
}

/** What became of each command. */
export type Answers = readonly (readonly Understood[])[];

/** A conversation that may be had. `isMerged`: the gets are one line to the node. */
export interface Conversation {
  readonly client: Protocol;
  readonly node: Protocol;
  /** As the session decoded them. */
  readonly commands: readonly Command[];
  readonly isMerged: boolean;
}

/**
 * The commands of these requests, numbered; the last one shows whether the client is still in step. Undefined when the
 * node's protocol cannot express one of them.
 */
export function converse(
  client: Protocol,
  node: Protocol,
  requests: readonly string[],
  isMerged: boolean,
): Conversation | undefined {
  const commands = [...requests, lastRequest[client]].map((request, index) => {
    const [command] = decodeCommands(client, Buffer.from(request, 'latin1')).commands;
    // Binary requests carry the number by which the answer is found.
    return client === 'binary' ? numbered(command as Command, index) : (command as Command);
  });
  // The last one is of another node.
  const isSayable = commands.slice(0, -1).every((command) => encodeCommand(node, command) !== undefined);
  return isSayable ? { client, node, commands, isMerged } : undefined;
}

const lastRequest: Readonly<Record<Protocol, string>> = {
  text: 'get last\r\n',
  meta: 'mg last v\r\n',
  binary: `\x80\0\0\x04${'\0'.repeat(7)}\x04${'\0'.repeat(12)}last`,
};

function numbered(command: Command, opaque: number): Command {
  return decodeCommands('binary', encodeCommand('binary', command, opaque) as Buffer).commands[0] as Command;
}

/** How the client is told that its last key is not there. */
function lastAnswer(client: Protocol, index: number): string {
  if (client === 'text') return 'END\r\n';
  return client === 'meta' ? 'EN\r\n' : answerPacket(0, { code: 1, value: 'Not found', opaque: index });
}

/** One for all answers: it has much memory. */
const writer = new ByteWriter();

/** The node's bytes become answers, and these the client's bytes. */
export function translate(
  { client, node, commands, isMerged }: Conversation,
  bytes: Buffer,
  random?: Random,
): { told: Answers; bytes: Buffer } {
  const asked = commands.slice(0, -1);
  const parts = asked.map((): Buffer[] => []);
  const told = listen(node, asked, bytes, random, isMerged, (reply, index) => {
    codecs[client].encodeReply(reply, asked[index] as Command, writer);
    parts[index]?.push(bytesOf(writer));
  });
  return { told, bytes: Buffer.concat(parts.flat()) };
}

/** The client reads them, and then the answer of another node. */
export function understand({ client, commands }: Conversation, bytes: Buffer): Answers {
  const last = commands.length - 1;
  const ear = new Ear(client, commands);
  const all = Buffer.concat([bytes, Buffer.from(lastAnswer(client, last), 'latin1')]);
  const result = outcome(() => codecs[client].replyDecoder(ear, limits).push(all), ProtocolError);
  const heard = (): string => `after ${JSON.stringify(bytes.toString('latin1'))}`;
  holds(
    !('error' in result),
    () => `the client is out of step ${heard()}: ${(result as { error: Error }).error.message}`,
  );
  const [end, ...more] = ear.answers[last] as Understood[];
  holds(
    more.length === 0 && end?.status === 'miss',
    () => `the client takes ${JSON.stringify(end)} for the answer of another node, ${heard()}`,
  );
  return ear.answers.slice(0, last);
}

/** A client of any make: it reads one answer for each command, and believes what it reads. */
class Ear {
  readonly answers: Understood[][];
  readonly #protocol: Protocol;
  readonly #commands: readonly Command[];
  #next = 0;

  constructor(protocol: Protocol, commands: readonly Command[]) {
    this.#protocol = protocol;
    this.#commands = commands;
    this.answers = commands.map(() => []);
  }

  onReply(reply: Reply): void {
    const index = this.#protocol === 'binary' ? reply.opaqueNumber : this.#next;
    const command = this.#commands[index];
    const list = this.answers[index];
    if (command === undefined || list === undefined) throw new ProtocolError('an answer to nothing');
    if (isEnd(list.at(-1))) throw new ProtocolError('two answers to one command');
    this.#check(command, reply);
    const { status, part, key } = reply;
    // A classic get of one key: the value is an item before the end.
    const isLone = this.#protocol === 'text' && command.verb === 'get' && command.keys === undefined;
    const item = isLone ? list.pop() : undefined;
    if (item !== undefined) list.push({ ...item, part: 'whole' });
    else if (isLone && part === 'end') list.push({ status: 'miss', part: 'whole', key: '', value: undefined });
    else list.push({ status, part, key, value: valueOf(reply) });
    if (part !== 'item') this.#next++;
  }

  #check(command: Command, reply: Reply): void {
    const keys = command.keys ?? [command.key];
    if (reply.key !== '' && command.verb !== 'stats' && !keys.includes(reply.key))
      throw new ProtocolError(`an answer for the key ${reply.key}`);
    if (reply.opaque !== undefined && reply.opaque !== command.meta?.opaque)
      throw new ProtocolError(`an answer with the opaque ${reply.opaque}`);
  }
}

function isEnd(answer: Understood | undefined): boolean {
  return answer !== undefined && answer.part !== 'item';
}

/** What a connection to a node makes of its bytes. */
function listen(
  protocol: Protocol,
  commands: readonly Command[],
  bytes: Buffer,
  random: Random | undefined,
  isMerged: boolean,
  onReply: (reply: Reply, index: number) => void,
): Answers {
  const answers: Understood[][] = commands.map(() => []);
  const pending = new Pending(protocol === 'binary');
  const hear = (reply: Reply, index: number): void => {
    const { status, part, key } = reply;
    answers[index]?.push({ status, part, key, value: valueOf(reply) });
    onReply(reply, index);
  };
  const failed = new Reply();
  for (const [index, command] of commands.entries()) {
    pending.push(command, {
      onReply: (reply) => hear(reply, index),
      onError: (error) => hear(errorReply(failed, error), index),
    });
    // As a connection does: a classic get of one key is a line for one entry, unless it is a part of a longer one.
    if (!isMerged && protocol === 'text' && command.verb === 'get' && command.keys === undefined) pending.markMerged(1);
  }
  if (isMerged) pending.markMerged(commands.length);
  pending.markWritten();
  const decoder = codecs[protocol].replyDecoder(pending, limits, pending.expected);
  outcome(() => feed(decoder, bytes, random), ProtocolError);
  pending.failAll(() => new ProtocolError('the connection is closed'));
  return answers;
}

function valueOf(reply: Reply): string | undefined {
  if (reply.hasValue) return reply.text();
  return reply.message === '' ? undefined : reply.message;
}
