/** The three protocols, and what is needed to go from one to another. */
import { ByteWriter } from '../../packages/memfleet/dist/base/byte-writer.js';
import type { Command } from '../../packages/memfleet/dist/core/command.js';
import { MemcacheError, ProtocolError } from '../../packages/memfleet/dist/core/errors.js';
import { binaryCodec } from '../../packages/memfleet/dist/protocol/binary/codec.js';
import type { Codec, Limits, Protocol } from '../../packages/memfleet/dist/protocol/codec.js';
import { metaCodec } from '../../packages/memfleet/dist/protocol/meta/codec.js';
import { textCodec } from '../../packages/memfleet/dist/protocol/text/codec.js';
import { feed } from './feed.ts';
import type { Random } from './random.ts';
import { holds, outcome } from './target.ts';

export const codecs: Readonly<Record<Protocol, Codec>> = { text: textCodec, meta: metaCodec, binary: binaryCodec };
export const protocols: readonly Protocol[] = ['text', 'meta', 'binary'];

/** Small enough that declared lengths cost nothing, large enough for every path. */
export const limits: Partial<Limits> = { maxValue: 1024 * 1024 };

/** What a decoder made of the bytes, and the ProtocolError that ended it. */
export interface Decoded {
  readonly commands: readonly Command[];
  readonly error: Error | undefined;
}

export function decodeCommands(protocol: Protocol, bytes: Buffer, random?: Random): Decoded {
  const commands: Command[] = [];
  const decoder = codecs[protocol].commandDecoder({ onCommand: (command) => void commands.push(command) }, limits);
  const result = outcome(() => feed(decoder, bytes, random), ProtocolError);
  return { commands, error: 'error' in result ? result.error : undefined };
}

/** One for all commands: it has much memory. */
const writer = new ByteWriter();

/** The bytes of a command; undefined when the protocol cannot express it, and then nothing was written. */
export function encodeCommand(protocol: Protocol, command: Command, opaque = 0): Buffer | undefined {
  const result = outcome(() => codecs[protocol].encodeCommand(command, writer, opaque), MemcacheError);
  if ('value' in result) return bytesOf(writer);
  holds(writer.length === 0, `${protocol} wrote a part of a command that it refused`);
  return undefined;
}

/** Takes what a writer has. */
export function bytesOf(from: ByteWriter): Buffer {
  const chunks = from.take().map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk));
  const bytes = Buffer.concat(chunks);
  from.release(true);
  return bytes;
}
