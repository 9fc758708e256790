/** Verbs that concern the whole store: noop, flush, version, verbosity, stats; and those that it does not know. */
import { latin1Of } from '../base/bytes.ts';
import type { Execute } from './engine.ts';
import { statsOf } from './store-stats.ts';

const unknownCommandStatus = 0x81;
const missStatus = 1;

/** Nothing to do here: noop, verbosity (there is no log), quit and auth (the session's business). */
export const executeNothing: Execute = (engine, _command, handler) => handler.onReply(engine.reply.reset('ok'));

/** See `Execute`. */
export const executeFlush: Execute = (engine, command, handler) => {
  engine.store.counters.cmd_flush++;
  engine.store.flush(command.exptime);
  handler.onReply(engine.reply.reset('ok'));
};

/** See `Execute`. */
export const executeVersion: Execute = (engine, _command, handler) => {
  const reply = engine.reply.reset('ok');
  reply.message = engine.version;
  reply.setText(engine.version);
  handler.onReply(reply);
};

/** See `Execute`. `stats reset` answers one whole reply with the message RESET; every other group its lines and an end. */
export const executeStats: Execute = (engine, command, handler) => {
  const { reply } = engine;
  const group = typeof command.value === 'string' ? command.value : latin1Of(command.value);
  if (group === 'reset') {
    engine.store.counters.reset();
    engine.moreStats(group);
    reply.reset('ok').message = 'RESET';
    handler.onReply(reply);
    return;
  }
  const stats = statsOf(engine, group);
  if (stats === undefined) {
    handler.onReply(reply.setError('unknownCommand', 'Not found', missStatus));
    return;
  }
  for (const [name, value] of stats) {
    reply.reset('ok', 'item').key = name;
    reply.setText(String(value));
    handler.onReply(reply);
  }
  handler.onReply(reply.reset('ok', 'end'));
};

/** See `Execute`. A binary opcode that has no meaning here. */
export const executePacket: Execute = (engine, _command, handler) =>
  handler.onReply(engine.reply.setError('unknownCommand', 'Unknown command', unknownCommandStatus));

/** See `Execute`. A request that its decoder did not accept; with a key and status 3 it was a set too large for the session. */
export const executeInvalid: Execute = (engine, command, handler) => {
  const { fault } = command;
  handler.onReply(engine.reply.setError(fault?.kind ?? 'client', fault?.message ?? 'bad command', fault?.status ?? 4));
};
