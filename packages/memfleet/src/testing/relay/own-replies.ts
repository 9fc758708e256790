/** Replies that a relay gives in place of its node. */
import { ByteWriter } from '../../base/byte-writer.ts';
import type { Command } from '../../core/command.ts';
import { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import type { Codec } from '../../protocol/codec.ts';

/** What a node without memory replies to a store; nothing where the client wants no reply. */
export function outOfMemory(command: Command, codec: Codec): Buffer {
  const writer = new ByteWriter();
  const reply = new Reply().setError('server', 'out of memory storing object', status.outOfMemory);
  codec.encodeReply(reply, command, writer);
  return Buffer.concat(writer.take());
}
