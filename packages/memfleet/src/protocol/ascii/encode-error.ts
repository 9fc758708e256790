/** Error lines, the same in both ASCII protocols. */
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Reply } from '../../core/reply.ts';
import { status } from '../../core/status.ts';
import { spellLine } from './reply-line.ts';

/**
 * Binary statuses that the ASCII protocols have words of their own for, which clients look for (memcached
 * `proto_text.c`).
 */
const spelled: ReadonlyMap<number, string> = new Map([
  [status.tooLarge, 'SERVER_ERROR object too large for cache\r\n'],
  [status.nonNumeric, 'CLIENT_ERROR cannot increment or decrement non-numeric value\r\n'],
  [status.outOfMemory, 'SERVER_ERROR out of memory storing object\r\n'],
]);

/** `ERROR`, `CLIENT_ERROR text` or `SERVER_ERROR text`. memcached sends `ERROR` without a text. */
export function encodeError(reply: Reply, writer: ByteWriter): void {
  const known = reply.code === 0 ? undefined : spelled.get(reply.code);
  if (known !== undefined) writer.ascii(known);
  else if (reply.errorKind === 'unknownCommand') writer.ascii('ERROR\r\n');
  else {
    const word = reply.errorKind === 'client' ? 'CLIENT_ERROR' : 'SERVER_ERROR';
    writer.ascii(spellLine(`${word} ${reply.message}`));
  }
}
