/** The names of opcodes. */
import { couchbaseOpcode } from './couchbase-opcodes.ts';
import { opcode } from './opcodes.ts';

const names = new Map<number, string>(
  [...Object.entries(couchbaseOpcode), ...Object.entries(opcode)].map(([name, code]) => [code, name]),
);

/** The name of an opcode for messages: `getKQ`, `selectBucket`, `opcode 0xee`. */
export function opcodeName(code: number): string {
  return names.get(code) ?? `opcode 0x${code.toString(16).padStart(2, '0')}`;
}
