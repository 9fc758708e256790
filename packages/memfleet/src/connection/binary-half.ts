/**
 * What connections of the binary protocol need, and no others: loaded when the first is dialled (binary-part.ts).
 */
import { Command, describeCommand } from '../core/command.ts';
import type { Dispatcher } from '../core/dispatcher.ts';
import { AuthenticationError, type MemcacheError, UnsupportedError } from '../core/errors.ts';
import { binaryClientCodec, negotiatedCodec } from '../protocol/binary/client-codec.ts';
import { feature } from '../protocol/binary/hello.ts';
import { opcode } from '../protocol/binary/opcodes.ts';
import type { ClientCodec } from '../protocol/codec.ts';
import { probePacket, probeReply } from './binary-probe.ts';
import type { Credentials } from './credentials.ts';
import { KeyOrder } from './key-order.ts';
import { PairingByOpaque } from './pairing-by-opaque.ts';

const featureNames: ReadonlyMap<number, string> = new Map([
  [feature.alternativeRequest, 'framing extras'],
  [feature.synchronousReplication, 'durability levels'],
  [feature.preserveExpiry, 'preserveExpiry'],
]);

/** Throws UnsupportedError where the command needs features that are not among those which HELLO has granted. */
function refuseUngranted(command: Command, granted: readonly number[], node: string): void {
  const missing = command.packet?.needs?.filter((code) => !granted.includes(code)) ?? [];
  if (missing.length === 0) return;
  const names = missing.map((code) => featureNames.get(code) ?? `feature 0x${code.toString(16)}`);
  throw new UnsupportedError(`${describeCommand(command)} → ${node}: the node has no ${names.join(', ')}`, { node });
}

/** SASL PLAIN (RFC 4616). Calls back once. */
function saslPlain(
  { username, password }: Credentials,
  node: string,
  connection: Pick<Dispatcher, 'dispatch'>,
  done: (error?: MemcacheError) => void,
): void {
  const command = new Command('packet', 'PLAIN');
  command.packet = { opcode: opcode.saslAuth, opaque: 0 };
  command.value = Buffer.from(`\0${username}\0${password}`);
  connection.dispatch(command, {
    onReply: (reply) => {
      if (reply.status === 'ok') done();
      else done(new AuthenticationError(`${node} refused the username or password (status ${reply.code})`, { node }));
    },
    onError: done,
  });
}

/** The half of a connection that only the binary protocol has. */
export interface BinaryHalf {
  readonly codec: ClientCodec;
  /** The codec of a connection to which the node has granted these features of HELLO. */
  readonly negotiated: (features: readonly number[]) => ClientCodec;
  /** Whether a node that has granted these may execute commands in any order. */
  readonly isUnordered: (features: readonly number[]) => boolean;
  readonly probePacket: typeof probePacket;
  readonly probeReply: typeof probeReply;
  readonly PairingByOpaque: typeof PairingByOpaque;
  readonly KeyOrder: typeof KeyOrder;
  readonly refuseUngranted: typeof refuseUngranted;
  readonly saslPlain: typeof saslPlain;
}

/** The half of a connection that only the binary protocol has. */
export const binaryHalf: BinaryHalf = Object.freeze({
  codec: binaryClientCodec,
  negotiated: negotiatedCodec,
  isUnordered: (features) => features.includes(feature.unorderedExecution),
  probePacket,
  probeReply,
  PairingByOpaque,
  KeyOrder,
  refuseUngranted,
  saslPlain,
} satisfies BinaryHalf);
