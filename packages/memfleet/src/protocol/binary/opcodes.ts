/**
 * Every opcode of memcached by name; couchbase-opcodes.ts has those of Couchbase. opcode-shapes.ts has the form of
 * these requests, so that encoder and decoders are tables rather than ladders.
 *
 * Sources: memcached `protocol_binary.h` and the length checks in `proto_bin.c`.
 */

/** memcached's opcodes. A `Q` at the end: no reply on success, for the get family no reply on a miss. */
export const opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  quit: 0x07,
  flush: 0x08,
  getQ: 0x09,
  noop: 0x0a,
  version: 0x0b,
  getK: 0x0c,
  getKQ: 0x0d,
  append: 0x0e,
  prepend: 0x0f,
  stat: 0x10,
  setQ: 0x11,
  addQ: 0x12,
  replaceQ: 0x13,
  deleteQ: 0x14,
  incrementQ: 0x15,
  decrementQ: 0x16,
  quitQ: 0x17,
  flushQ: 0x18,
  appendQ: 0x19,
  prependQ: 0x1a,
  /**
   * In the specification, but memcached replies `Unknown command` and, because the request carries extras, loses
   * synchronisation.
   */
  verbosity: 0x1b,
  touch: 0x1c,
  gat: 0x1d,
  gatQ: 0x1e,
  saslListMechs: 0x20,
  saslAuth: 0x21,
  saslStep: 0x22,
  gatK: 0x23,
  gatKQ: 0x24,
} as const;
