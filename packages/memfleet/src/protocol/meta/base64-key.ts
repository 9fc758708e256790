/** Keys of the meta flag `b`: base64 of RFC 4648 with padding (docs/protocols.md#keys-and-limits). */
import { latin1Of } from '../../base/bytes.ts';

const shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The key that the text stands for, as a byte string; undefined when it is not base64. (memcached skips bytes outside
 * the alphabet.)
 */
export function decodeKey(text: string): string | undefined {
  return text !== '' && shape.test(text) ? latin1Of(Buffer.from(text, 'base64')) : undefined;
}

/** The key as base64. */
export function encodeKey(key: string): string {
  return Buffer.from(key, 'latin1').toString('base64');
}
