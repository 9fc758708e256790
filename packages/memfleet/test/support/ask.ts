import { Command, type Verb } from '../../src/core/command.ts';
import type { Dispatcher } from '../../src/core/dispatcher.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import type { Reply } from '../../src/core/reply.ts';

/** A Reply as a plain value, with only what differs from a bare one; `value` is a byte string. */
export type Answer = Partial<Omit<Reply, 'bytes' | 'text'>> & { status: string; value?: string };

const bare = { flags: 0, cas: 0n, won: false, stale: false, recaching: false, key: '', message: '', code: 0 } as const;
const optional = ['ttl', 'size', 'hit', 'lastAccess'] as const;

/** Takes a reply as a plain value. */
export function plainReply(reply: Reply): Answer {
  const answer: Record<string, unknown> = { status: reply.status };
  if (reply.part !== 'whole') answer['part'] = reply.part;
  for (const [name, value] of Object.entries(bare)) {
    const own = reply[name as keyof typeof bare];
    if (own !== value) answer[name] = own;
  }
  for (const name of optional) if (reply[name] !== undefined) answer[name] = reply[name];
  if (reply.status === 'error') answer['errorKind'] = reply.errorKind;
  if (reply.hasValue) answer['value'] = reply.text();
  return answer as Answer;
}

/** A command with some fields set. */
export function commandOf(verb: Verb, fields: Partial<Command> = {}): Command {
  return Object.assign(new Command(verb), fields);
}

/** Everything that a dispatcher answers at once. */
export function askAll(dispatcher: Dispatcher, command: Command): (Answer | MemcacheError)[] {
  const answers: (Answer | MemcacheError)[] = [];
  dispatcher.dispatch(command, {
    onReply: (reply) => answers.push(plainReply(reply)),
    onError: (error) => answers.push(error),
  });
  return answers;
}

/** The one answer to a command. */
export function ask(dispatcher: Dispatcher, verb: Verb, fields: Partial<Command> = {}): Answer {
  const answers = askAll(dispatcher, commandOf(verb, fields));
  const [first] = answers;
  if (answers.length !== 1 || first === undefined) throw new Error(`${answers.length} answers, not one`);
  if (first instanceof Error) throw first;
  return first;
}
