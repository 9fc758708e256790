/** The requests of memcached's opcodes, and what they mean. */
import type { StoreMode, Verb } from '../../core/command.ts';
import { couchbaseOpcode } from './couchbase-opcodes.ts';
import { opcode } from './opcodes.ts';

/** The form of the requests of one opcode, and their neutral command. */
export interface OpcodeShape {
  readonly verb: Verb;
  readonly quiet: boolean;
  /** The allowed lengths of the extras. */
  readonly extras: readonly number[];
  readonly key: 'required' | 'none' | 'optional';
  /** Whether it may carry a value. */
  readonly value: boolean;
  readonly mode: StoreMode;
  /** Whether the reply carries the key. */
  readonly returnKey: boolean;
  /** Whether it is a get that sets the exptime. */
  readonly touch: boolean;
  readonly decrement: boolean;
}

const bare: OpcodeShape = Object.freeze({
  verb: 'packet',
  quiet: false,
  extras: [0],
  key: 'none',
  value: false,
  mode: 'set',
  returnKey: false,
  touch: false,
  decrement: false,
});

const get: Partial<OpcodeShape> = { verb: 'get', key: 'required' };
const gat: Partial<OpcodeShape> = { ...get, touch: true, extras: [4] };
const store: Partial<OpcodeShape> = { verb: 'store', key: 'required', value: true };
const arith: Partial<OpcodeShape> = { verb: 'arith', key: 'required', extras: [20] };
const sasl: Partial<OpcodeShape> = { key: 'required', value: true };

/** Opcode, its quiet twin when it has one, its shape. */
const table: readonly (readonly [code: number, quiet: number | undefined, shape: Partial<OpcodeShape>])[] = [
  [opcode.get, opcode.getQ, get],
  [opcode.getK, opcode.getKQ, { ...get, returnKey: true }],
  [opcode.gat, opcode.gatQ, gat],
  [opcode.gatK, opcode.gatKQ, { ...gat, returnKey: true }],
  [opcode.touch, undefined, { verb: 'touch', key: 'required', extras: [4] }],
  [opcode.set, opcode.setQ, { ...store, extras: [8] }],
  [opcode.add, opcode.addQ, { ...store, extras: [8], mode: 'add' }],
  [opcode.replace, opcode.replaceQ, { ...store, extras: [8], mode: 'replace' }],
  [opcode.append, opcode.appendQ, { ...store, mode: 'append' }],
  [opcode.prepend, opcode.prependQ, { ...store, mode: 'prepend' }],
  [opcode.delete, opcode.deleteQ, { verb: 'delete', key: 'required' }],
  [opcode.increment, opcode.incrementQ, arith],
  [opcode.decrement, opcode.decrementQ, { ...arith, decrement: true }],
  [opcode.quit, opcode.quitQ, { verb: 'quit' }],
  [opcode.flush, opcode.flushQ, { verb: 'flush', extras: [0, 4] }],
  [opcode.noop, undefined, { verb: 'noop' }],
  [opcode.version, undefined, { verb: 'version' }],
  [opcode.stat, undefined, { verb: 'stats', key: 'optional' }],
  [opcode.verbosity, undefined, { verb: 'verbosity', extras: [4] }],
  [opcode.saslListMechs, undefined, {}],
  [opcode.saslAuth, undefined, sasl],
  [opcode.saslStep, undefined, sasl],
];

/** The shape of each of memcached's opcodes, by number; undefined for those that memcached does not know. */
export const shapes: readonly (OpcodeShape | undefined)[] = shapesByNumber();

function shapesByNumber(): readonly (OpcodeShape | undefined)[] {
  const all = Array.from<OpcodeShape | undefined>({ length: 256 });
  for (const [code, quiet, shape] of table) {
    all[code] = Object.freeze({ ...bare, ...shape });
    if (quiet !== undefined) all[quiet] = Object.freeze({ ...bare, ...shape, quiet: true });
  }
  return Object.freeze(all);
}

const couchbaseQuiet: readonly number[] = [
  couchbaseOpcode.setWithMetaQ,
  couchbaseOpcode.addWithMetaQ,
  couchbaseOpcode.deleteWithMetaQ,
];

/** True for opcodes without a reply on success (get family: on a miss). Errors always have a reply. */
export function isQuietOpcode(code: number): boolean {
  return shapes[code]?.quiet ?? couchbaseQuiet.includes(code);
}
