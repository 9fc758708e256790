/**
 * What everything that executes commands must do: a node, a fleet, a policy in front of them, a dispatcher of yours.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setImmediate } from '../../base/real-time.ts';
import { Command, type StoreMode } from '../../core/command.ts';
import type { Dispatcher } from '../../core/dispatcher.ts';
import { MemcacheError } from '../../core/errors.ts';
import { copyReply, type Reply } from '../../core/reply.ts';
import type { Contract } from './contract.ts';

/** What `dispatcherContract` is run on. */
export interface DispatcherSubject {
  /** Makes a dispatcher without items. Each case makes one of its own, and closes or destroys it. */
  readonly open: () => Dispatcher | Promise<Dispatcher>;
}

/** What a handler received. */
interface Outcome {
  readonly replies: readonly Reply[];
  readonly error: MemcacheError | undefined;
}

/** Handlers that received more than one end, since the case began. */
class Ends {
  surplus = 0;

  /** Dispatches a command; resolves at its end. */
  run(dispatcher: Dispatcher, command: Command): Promise<Outcome> {
    const replies: Reply[] = [];
    let hasEnded = false;
    return new Promise((resolve) => {
      const end = (error?: MemcacheError): void => {
        if (hasEnded) this.surplus++;
        hasEnded = true;
        resolve({ replies, error });
      };
      dispatcher.dispatch(command, {
        onReply: (reply) => {
          replies.push(copyReply(reply));
          if (hasEnded || reply.part !== 'item') end();
        },
        onError: end,
      });
    });
  }

  async reply(dispatcher: Dispatcher, command: Command): Promise<Reply> {
    const { replies, error } = await this.run(dispatcher, command);
    if (error !== undefined) throw error;
    equal(replies.length, 1, `${command.verb} has one reply`);
    return replies[0] as Reply;
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

type Act = (dispatcher: Dispatcher, ends: Ends) => Promise<void>;

/** A case whose dispatcher is closed at the end, and whose commands end once. */
function run(act: Act): (subject: DispatcherSubject) => Promise<void> {
  return async ({ open }) => {
    const dispatcher = await open();
    const ends = new Ends();
    try {
      await act(dispatcher, ends);
      await turns();
      equal(ends.surplus, 0, 'a command has one end');
    } finally {
      dispatcher.destroy();
    }
  };
}

function store(key: string, value: string | Uint8Array, mode: StoreMode = 'set'): Command {
  const command = new Command('store', key);
  command.value = value;
  command.mode = mode;
  return command;
}

const get = (key: string): Command => new Command('get', key);

function getWithCas(key: string): Command {
  const command = get(key);
  command.wantCas = true;
  return command;
}

function getMany(...keys: readonly string[]): Command {
  const command = new Command('get');
  command.keys = keys;
  return command;
}

function touch(key: string): Command {
  const command = new Command('touch', key);
  command.exptime = 100;
  return command;
}

async function reads(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  equal((await ends.reply(dispatcher, get('none'))).status, 'miss');
  const command = store('a', 'value');
  command.flags = 0xffff_ffff;
  equal((await ends.reply(dispatcher, command)).status, 'ok');
  const reply = await ends.reply(dispatcher, getWithCas('a'));
  deepEqual([reply.status, reply.text(), reply.flags], ['ok', 'value', 0xffff_ffff]);
  ok(reply.cas > 0n, 'a reply has the cas that was requested');
}

async function readsMany(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  for (const key of ['a', 'c']) await ends.reply(dispatcher, store(key, `of ${key}`));
  const { replies, error } = await ends.run(dispatcher, getMany('a', 'b', 'c'));
  equal(error, undefined);
  const items = replies.filter(({ part, status }) => part === 'item' && status === 'ok');
  deepEqual(items.map((item) => `${item.key} ${item.text()}`).sort(), ['a of a', 'c of c']);
  equal(replies.at(-1)?.part, 'end');
}

async function modes(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  const status = async (command: Command): Promise<string> => (await ends.reply(dispatcher, command)).status;
  const refused = ['notStored', 'exists', 'miss'];
  ok(refused.includes(await status(store('a', '1', 'replace'))), 'replace stores nothing where there is none');
  ok(refused.includes(await status(store('a', '1', 'append'))), 'append stores nothing where there is none');
  equal(await status(store('a', '1', 'add')), 'ok');
  ok(refused.includes(await status(store('a', '2', 'add'))), 'add stores nothing where there is one');
  equal(await status(store('a', '2', 'append')), 'ok');
  equal(await status(store('a', '0', 'prepend')), 'ok');
  equal((await ends.reply(dispatcher, get('a'))).text(), '012');
}

async function compareAndSwap(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  await ends.reply(dispatcher, store('a', 'first'));
  const { cas } = await ends.reply(dispatcher, getWithCas('a'));
  const swap = (value: string): Command => {
    const command = store('a', value);
    command.cas = cas;
    return command;
  };
  equal((await ends.reply(dispatcher, swap('second'))).status, 'ok');
  equal((await ends.reply(dispatcher, swap('third'))).status, 'exists');
  equal((await ends.reply(dispatcher, get('a'))).text(), 'second');
}

async function otherVerbs(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  const status = async (command: Command): Promise<string> => (await ends.reply(dispatcher, command)).status;
  equal(await status(new Command('arith', 'n')), 'miss');
  await ends.reply(dispatcher, store('n', '41'));
  equal((await ends.reply(dispatcher, new Command('arith', 'n'))).text(), '42');
  equal(await status(touch('n')), 'ok');
  equal(await status(touch('none')), 'miss');
  equal(await status(new Command('delete', 'n')), 'ok');
  equal(await status(new Command('delete', 'n')), 'miss');
  equal(await status(get('n')), 'miss');
}

async function anyBytes(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  const large = Buffer.alloc(200_000, 0xff);
  const values = [Buffer.alloc(0), Buffer.from('\r\nEND\r\n'), Buffer.from([0, 0x80, 0xff]), large];
  for (const value of values) {
    await ends.reply(dispatcher, store('a', value));
    const reply = await ends.reply(dispatcher, get('a'));
    ok(Buffer.from(reply.bytes()).equals(value), `${value.length} bytes come back as they were`);
  }
}

async function order(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  const replies: Promise<Reply>[] = [];
  for (let round = 0; round < 50; round++)
    replies.push(ends.reply(dispatcher, store('a', String(round))), ends.reply(dispatcher, get('a')));
  const texts = (await Promise.all(replies)).filter((_, at) => at % 2 === 1).map((reply) => reply.text());
  deepEqual(
    texts,
    Array.from({ length: 50 }, (_, round) => String(round)),
  );
}

async function dispatchInReply(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  await ends.reply(dispatcher, store('a', 'value'));
  const inner = new Promise<Outcome>((resolve, reject) => {
    dispatcher.dispatch(get('a'), {
      onReply: () => void ends.run(dispatcher, get('a')).then(resolve, reject),
      onError: reject,
    });
  });
  equal((await inner).replies[0]?.text(), 'value');
}

async function cancelled(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  await ends.reply(dispatcher, store('a', 'value'));
  const leaving = get('a');
  let count = 0;
  const end = (): void => void count++;
  dispatcher.dispatch(leaving, { onReply: end, onError: end });
  leaving.cancelled = true;
  equal((await ends.reply(dispatcher, get('a'))).text(), 'value');
  await turns();
  ok(count <= 1, 'a command that was cancelled ends once, or never');
}

async function closing(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  const inFlight = [ends.run(dispatcher, store('a', 'value')), ends.run(dispatcher, get('a'))];
  await Promise.all([dispatcher.close(), dispatcher.close()]);
  const [stored, read] = await Promise.all(inFlight);
  deepEqual([stored?.error, read?.replies[0]?.text()], [undefined, 'value']);
  const late = await ends.run(dispatcher, get('a'));
  equal(late.error?.code, 'ERR_CLOSED');
  await dispatcher.close();
}

async function destroying(dispatcher: Dispatcher, ends: Ends): Promise<void> {
  const inFlight = Array.from({ length: 10 }, (_, n) => ends.run(dispatcher, get(`k${n}`)));
  dispatcher.destroy();
  dispatcher.destroy();
  for (const { error } of await Promise.all(inFlight)) ok(error === undefined || error instanceof MemcacheError);
  ok((await ends.run(dispatcher, get('a'))).error instanceof MemcacheError, 'a later command fails');
}

/** What a `Dispatcher` of `memfleet/core` does with every kind of command, and when it is closed. */
export const dispatcherContract: Contract<DispatcherSubject> = [
  { title: 'replies to a get with the stored value, its flags and its cas, or with a miss', run: run(reads) },
  { title: 'replies to a get of many keys with the items that exist, and then with the end', run: run(readsMany) },
  {
    title: 'adds only where there is no item; replaces, appends and prepends only where there is one',
    run: run(modes),
  },
  { title: 'stores by cas only while the item is unchanged', run: run(compareAndSwap) },
  {
    title: 'increments, touches and deletes items that exist, and replies with a miss where there is none',
    run: run(otherVerbs),
  },
  { title: 'keeps every byte of a value, whatever its length', run: run(anyBytes) },
  { title: 'executes commands of one key in the order in which they were dispatched', run: run(order) },
  { title: 'accepts a command that is dispatched inside a reply handler', run: run(dispatchInReply) },
  { title: 'replies to the other callers when one cancels its command', run: run(cancelled) },
  { title: 'completes the commands in flight when it is closed, and rejects later ones', run: run(closing) },
  { title: 'ends the commands in flight when it is destroyed, and rejects later ones', run: run(destroying) },
];
