/**
 * Answers, as nodes send them. Whatever the bytes and however they are cut:
 *
 *   - the decoder throws nothing but ProtocolError, and the same bytes in other pieces are the same answers;
 *   - every answer that is told on to a client of any protocol is understood as what it is, or as an error;
 *   - the client stays in step: the answer of another node behind it is taken for what it is.
 *
 * The first byte of an input says which conversation it belongs to.
 */
import { ByteWriter } from '../../../packages/memfleet/dist/base/byte-writer.js';
import { defaultLimits, type Protocol } from '../../../packages/memfleet/dist/protocol/codec.js';
import { ItemStore } from '../../../packages/memfleet/dist/store/item-store.js';
import { StoreDispatcher } from '../../../packages/memfleet/dist/store/store-dispatcher.js';
import { type Answers, type Conversation, converse, translate, understand, type Understood } from '../conversation.ts';
import { packets } from '../packets.ts';
import { bytesOf, codecs, decodeCommands, encodeCommand, protocols } from '../protocols.ts';
import { hashOf, Random } from '../random.ts';
import { holds, holdsSame, type Target } from '../target.ts';

/** Requests of one conversation; every one is answered. */
const requests: Readonly<Record<Protocol, readonly (readonly string[])[]>> = {
  text: [
    ['get a\r\n', 'get other\r\n'],
    ['gets a b none\r\n', 'incr n 1\r\n'],
    ['set a 0 0 1\r\nx\r\n', 'cas a 0 0 1 5\r\nx\r\n', 'delete a\r\n', 'touch b 1\r\n'],
    ['add a 0 0 1\r\nx\r\n', 'append b 0 0 1\r\nx\r\n', 'gat 5 b\r\n', 'gets b\r\n'],
    ['version\r\n', 'decr n 1\r\n', 'verbosity 1\r\n', 'flush_all 100\r\n'],
    ['stats\r\n', 'get a\r\n'],
  ],
  meta: [
    ['mg a v f k O1 c t s h l\r\n', 'mg none k O2 v\r\n', 'mn\r\n'],
    ['ms a 1 c k O1\r\nx\r\n', 'md a k O2\r\n', 'ma n v t c k\r\n', 'mg YSBi b k v\r\n'],
    ['mg a N30 v\r\n', 'ma m N0 J7 v\r\n', 'me a\r\n', 'mg a s\r\n'],
  ],
  binary: packets.conversations,
};

/** All conversations with a node of this protocol. */
function conversationsWith(node: Protocol): readonly Conversation[] {
  return protocols.flatMap((client) =>
    requests[client].flatMap((list) => {
      const conversation = converse(client, node, list, false);
      if (conversation === undefined) return [];
      const asked = conversation.commands.slice(0, -1);
      const isMergeable =
        node === 'text' &&
        asked.every(({ verb, keys, touch, wantCas }) => verb === 'get' && keys === undefined && !touch && !wantCas);
      return isMergeable && asked.length > 1 ? [conversation, { ...conversation, isMerged: true }] : [conversation];
    }),
  );
}

/** What a node with some items answers. */
function rightAnswer({ node, commands, isMerged }: Conversation): string {
  const store = new StoreDispatcher({ store: new ItemStore() });
  const writer = new ByteWriter();
  const say = (protocol: Protocol, bytes: Buffer): void => {
    for (const command of decodeCommands(protocol, bytes).commands)
      store.dispatch(command, {
        onReply: (reply) => codecs[protocol].encodeReply(reply, command, writer),
        onError: () => {},
      });
  };
  say('text', Buffer.from('set a 5 0 3\r\nabc\r\nset b 0 0 2\r\nxy\r\nset n 0 0 2\r\n10\r\n'));
  writer.clear();
  const asked = commands.slice(0, -1);
  const lines = asked.map((command, index) => encodeCommand(node, command, index) as Buffer);
  say(
    node,
    isMerged ? Buffer.from(`get ${asked.map(({ key }) => key).join(' ')}\r\n`, 'latin1') : Buffer.concat(lines),
  );
  return bytesOf(writer).toString('latin1');
}

function run(conversations: readonly Conversation[], input: string): string {
  const which = input.charCodeAt(0) % conversations.length;
  const conversation = conversations[Number.isNaN(which) ? 0 : which] as Conversation;
  const bytes = Buffer.from(input.slice(1), 'latin1');
  const { told, bytes: passed } = translate(conversation, bytes);
  holdsSame(translate(conversation, bytes, new Random(hashOf(input))).told, told, 'cut in pieces it is something else');
  const heard = understand(conversation, passed);
  for (const [index, answers] of told.entries())
    compare(answers, heard[index] ?? [], conversation.commands[index]?.verb === 'stats');
  return `${which} ${shapeOf(told)} ${shapeOf(heard)}`;
}

/** No node sends a counter with zeros in front: they may get lost. */
function withoutZeros(value: string): string {
  return /^\d{1,20}$/.test(value) ? String(BigInt(value)) : value;
}

/** What was told, and what was heard of it. */
function compare(told: readonly Understood[], heard: readonly Understood[], isStats: boolean): void {
  const end = told.at(-1);
  holds(end !== undefined && end.part !== 'item', 'a command has no answer');
  const said = heard.at(-1);
  holds(said !== undefined && said.part !== 'item', 'a command that was answered has no answer for the client');
  // Not everything can be said in every protocol; but it is never something else.
  if (said.status === 'error') return;
  holds(end.status !== 'error', `an error is heard as ${said.status}`);
  holds((end.status === 'ok') === (said.status === 'ok'), `${end.status} is heard as ${said.status}`);
  if (end.part === 'whole' && end.status === 'ok' && said.value !== undefined && end.value !== undefined)
    holdsSame(withoutZeros(said.value), withoutZeros(end.value), 'a value is heard as another');
  const [items, meant] = [itemsOf(heard), itemsOf(told)];
  if (isStats) holdsSame(items.map(loosely), cutAs(items, meant), 'statistics are heard as others');
  else holdsSame(items, meant, 'items are heard as others');
}

function itemsOf(answers: readonly Understood[]): string[] {
  const items = answers.filter(({ part, status }) => part === 'item' && status === 'ok');
  return items.map(({ key, value }) => `${key} ${value}`);
}

/** The control characters and spaces in names and values of statistics are not passed on as they are. */
const loosely = (text: string): string => text.replace(/[^!-^`-~]/g, '');

/** The statistics as they were told, without what the lines that were heard had no room for. */
function cutAs(heard: readonly string[], told: readonly string[]): string[] {
  const room = defaultLimits.maxLine - 'STAT '.length;
  return told.map((text, at) => {
    const line = heard[at] ?? '';
    return line.length < room ? loosely(text) : loosely(text).slice(0, loosely(line).length);
  });
}

function shapeOf(answers: Answers): string {
  return answers
    .map((list) =>
      list
        .map(({ status, part, value }) => `${status} ${part} ${value === undefined ? '' : Math.min(9, value.length)}`)
        .slice(0, 6)
        .join(),
    )
    .join(' | ');
}

const words: Readonly<Record<Protocol, readonly string[]>> = {
  text: [
    'VALUE a 0 3\r\nabc\r\n', 'VALUE b 0 2 7\r\nxy\r\n', 'VALUE other 0 5\r\nFALSE\r\n', 'END\r\n', 'STORED\r\n', 'NOT_STORED\r\n', 'EXISTS\r\n',
    'NOT_FOUND\r\n', 'DELETED\r\n', 'TOUCHED\r\n', 'OK\r\n', 'ERROR\r\n', 'CLIENT_ERROR x\r\n', 'SERVER_ERROR x\r\n', 'VERSION 1\r\n',
    'STAT a 1\r\n', 'RESET\r\n', '11\r\n', '\r\n', '\n', ' ', 'VA 3\r\n',
  ], // prettier-ignore
  meta: [
    'VA 3 f5\r\nabc\r\n', 'HD\r\n', 'EN\r\n', 'NF\r\n', 'NS\r\n', 'EX\r\n', 'MN\r\n', 'ME a exp=-1 la=1 cas=1 fetch=no cls=1 size=63\r\n',
    'VA 30\r\n1\r\nVALUE other 0 5\r\nFALSE\r\nEND\r\n\r\n', ' c5', ' t-1', ' s3', ' k', ' ka', ' O1', ' b', ' W', ' X', ' Z', ' h1', ' l3', 'ERROR\r\n',
    'CLIENT_ERROR x\r\n', 'SERVER_ERROR x\r\n', 'VALUE a 0 3\r\nabc\r\n', 'END\r\n', '\r\n', ' ',
  ], // prettier-ignore
  binary: packets.words.map((word) => word.replace(/^\x80/, '\x81')),
};

export const replyTargets: readonly Target[] = protocols.map((node) => {
  const conversations = conversationsWith(node);
  return {
    name: `${node}-replies`,
    seeds: conversations.map((conversation, index) => String.fromCharCode(index) + rightAnswer(conversation)),
    words: [...words[node], 'a\r\nVALUE other 0 5\r\nFALSE\r\nEND'],
    run: (input) => run(conversations, input),
  };
});
