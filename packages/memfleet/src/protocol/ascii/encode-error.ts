/** Error lines, the same in both ASCII protocols. */
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Reply } from '../../reply.ts';

// A line end inside the text would be read as another reply.
const unsafe = /[^\x20-\x7e\x80-\xff]+/g;

/** `ERROR`, `CLIENT_ERROR text` or `SERVER_ERROR text`. memcached gives `ERROR` no text. */
export function encodeError(reply: Reply, writer: ByteWriter): void {
  if (reply.errorKind === 'unknownCommand') writer.ascii('ERROR\r\n');
  else {
    const word = reply.errorKind === 'client' ? 'CLIENT_ERROR' : 'SERVER_ERROR';
    writer.ascii(`${word} ${reply.message.replaceAll(unsafe, ' ')}\r\n`);
  }
}
