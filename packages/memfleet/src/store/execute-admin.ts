/** Verbs that concern the whole store: noop, flush, version, verbosity; and unknown ones. */
import { status } from '../core/status.ts';
import type { Execute } from './engine.ts';

const highestVerbosity = 2;

/** Executes noop, quit and auth, which the session handles: nothing to do. */
export const executeNothing: Execute = (engine, _command, handler) => handler.onReply(engine.reply.reset('ok'));

/** Executes `flush_all` and FLUSH. */
export const executeFlush: Execute = (engine, command, handler) => {
  if (engine.settings.flush_enabled === 'no') {
    const message = command.dialect === 'binary' ? 'Auth failure.' : 'flush_all not allowed';
    handler.onReply(engine.reply.setError('client', message, status.authError));
    return;
  }
  engine.store.counters.cmd_flush++;
  engine.store.flush(command.exptime);
  handler.onReply(engine.reply.reset('ok'));
};

/** Executes `version` and VERSION. */
export const executeVersion: Execute = (engine, _command, handler) => {
  const reply = engine.reply.reset('ok');
  reply.message = engine.version;
  reply.setText(engine.version);
  handler.onReply(reply);
};

/** Executes `verbosity`. memcached keeps levels above 2 as 2. */
export const executeVerbosity: Execute = (engine, command, handler) => {
  engine.tuning.verbosity = Math.min(command.exptime, highestVerbosity);
  handler.onReply(engine.reply.reset('ok'));
};

/** Refuses a binary opcode that has no meaning here. */
export const executePacket: Execute = (engine, _command, handler) =>
  handler.onReply(engine.reply.setError('unknownCommand', 'Unknown command', status.unknownCommand));

/**
 * Replies to a request that its decoder refused. One with a key and status 3 was a set too large for the session.
 */
export const executeInvalid: Execute = (engine, command, handler) => {
  const { fault } = command;
  handler.onReply(
    engine.reply.setError(
      fault?.kind ?? 'client',
      fault?.message ?? 'bad command',
      fault?.status ?? status.invalidArguments,
    ),
  );
};
