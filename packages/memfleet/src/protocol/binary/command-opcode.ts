/** The opcodes of commands. */
import type { Command, StoreMode } from '../../core/command.ts';
import { couchbaseOpcode } from './couchbase-opcodes.ts';
import { opcode } from './opcodes.ts';

/** Opcode and quiet opcode of each store mode. */
const storeOpcodes: Readonly<Record<StoreMode, readonly [number, number]>> = {
  set: [opcode.set, opcode.setQ],
  add: [opcode.add, opcode.addQ],
  replace: [opcode.replace, opcode.replaceQ],
  append: [opcode.append, opcode.appendQ],
  prepend: [opcode.prepend, opcode.prependQ],
};

/**
 * The opcode of a command: for `packet` and `invalid` the one it contains, else that of its verb. For a multi-key get
 * it is that of its keys' packets (the NOOP after them has its own).
 */
export function opcodeOf(command: Command): number {
  const { quiet } = command;
  switch (command.verb) {
    case 'get':
      return getOpcode(command);
    case 'store':
      return storeOpcodes[command.mode][quiet ? 1 : 0];
    case 'delete':
      return quiet ? opcode.deleteQ : opcode.delete;
    case 'arith':
      if (command.decrement) return quiet ? opcode.decrementQ : opcode.decrement;
      return quiet ? opcode.incrementQ : opcode.increment;
    case 'touch':
      return opcode.touch;
    case 'flush':
      return quiet ? opcode.flushQ : opcode.flush;
    case 'quit':
      return quiet ? opcode.quitQ : opcode.quit;
    case 'version':
      return opcode.version;
    case 'verbosity':
      return opcode.verbosity;
    case 'stats':
      return opcode.stat;
    case 'packet':
    case 'invalid':
      return command.packet?.opcode ?? opcode.noop;
    default:
      return opcode.noop;
  }
}

function getOpcode(command: Command): number {
  const { touch } = command;
  if (command.replica > 0) return couchbaseOpcode.getReplica;
  if (command.keys !== undefined) return touch ? opcode.gatKQ : opcode.getKQ;
  if (command.packet?.returnKey === true) {
    if (command.quiet) return touch ? opcode.gatKQ : opcode.getKQ;
    return touch ? opcode.gatK : opcode.getK;
  }
  if (command.quiet) return touch ? opcode.gatQ : opcode.getQ;
  return touch ? opcode.gat : opcode.get;
}
