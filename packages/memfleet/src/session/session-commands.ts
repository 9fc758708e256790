/** Commands that a session executes itself: logins, `quit`, requests that its decoder refused. */
import { byteStringOf } from '../base/bytes.ts';
import { Command, type Verb } from '../core/command.ts';
import { swallow } from '../core/dispatcher.ts';
import { status } from '../core/status.ts';
import { authenticateCommand } from './authentication.ts';
import type { SessionContext } from './session-context.ts';

/**
 * `pass`: not one of these, execute it. Otherwise the context's reply is filled; `admitted`: the client is logged in;
 * `wrong`: the password was wrong; `close`: no further command is executed.
 */
export type SessionCommandOutcome = 'pass' | 'replied' | 'admitted' | 'wrong' | 'close';

/** The verbs of which a session executes some commands itself, also when the client is logged in. */
export const sessionVerbs: ReadonlySet<Verb> = new Set<Verb>(['invalid', 'quit', 'packet', 'admin']);

const alone: readonly (readonly [request: RegExp, name: string])[] = [
  [/^watch(?: |$)/, 'watch'],
  [/^lru_crawler metadump /, 'metadump'],
];

/** memcached replies to these from another thread, so that no earlier reply may wait (1.6.18 `resp_has_stack`). */
function refusePipelining(command: Command, { reply }: SessionContext): SessionCommandOutcome {
  const request = byteStringOf(command.value);
  const [, name] = alone.find(([words]) => words.test(request)) ?? [];
  if (name === undefined) return 'pass';
  reply.reset('ok').message = `ERROR cannot pipeline other commands before ${name}`;
  return 'replied';
}

/**
 * Executes the command if it concerns the session. `isStacked`: replies to earlier requests of the same chunk wait to
 * be written.
 */
export function executeSessionCommand(
  command: Command,
  isAdmitted: boolean,
  context: SessionContext,
  isStacked: boolean,
): SessionCommandOutcome {
  const login = context.authenticate === undefined ? 'pass' : executeLogin(command, isAdmitted, context);
  if (login !== 'pass') return login;
  const { reply } = context;
  if (command.verb === 'quit') {
    reply.reset('ok');
    return 'close';
  }
  if (command.verb === 'admin') return isStacked ? refusePipelining(command, context) : 'pass';
  const fault = command.fault;
  if (command.verb !== 'invalid' || fault === undefined) return 'pass';
  if (fault.status === status.tooLarge) context.onTooLarge?.();
  if (fault.forget === true) forget(command, context);
  reply.setError(fault.kind, fault.message, fault.status);
  return fault.close ? 'close' : 'replied';
}

function executeLogin(command: Command, isAdmitted: boolean, context: SessionContext): SessionCommandOutcome {
  const { authenticate, reply, counters } = context;
  if (authenticate === undefined) return 'pass';
  const verdict = authenticateCommand(command, isAdmitted, authenticate, reply);
  const isFailure = verdict === 'failed' || verdict === 'wrong';
  if (verdict === 'admitted' || isFailure) counters.authentications++;
  if (isFailure) counters.authenticationFailures++;
  if (verdict === 'refused') return 'close';
  return verdict === 'failed' ? 'replied' : verdict;
}

/** A set that was refused for its size must delete the old value, which the client believes to be replaced. */
function forget(command: Command, context: SessionContext): void {
  const deletion = new Command('delete', command.key);
  deletion.quiet = true;
  context.dispatcher.dispatch(deletion, swallow);
}
