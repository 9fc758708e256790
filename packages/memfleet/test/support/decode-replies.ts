/** Decodes reply bytes for tests, in any chunking, and shows replies by what differs from a bare one. */
import type { Reply } from '../../src/core/reply.ts';
import type { Codec, Limits } from '../../src/protocol/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { type Answer, plainReply } from './ask.ts';

/** What may be set for a decoding. */
export interface Decoding {
  /** @default meta, which understands the classic lines as well */
  readonly codec?: Codec;
  readonly limits?: Partial<Limits>;
  /** Lengths of the chunks, used round and round. @default everything at once */
  readonly chunks?: readonly number[];
  /** Bytes go into `target()` whenever there is one. @default false */
  readonly direct?: boolean;
  /** Sees each reply while it is valid. */
  readonly onReply?: (reply: Reply) => void;
}

/** The replies that these bytes (a byte string) hold. Throws what the decoder throws. */
export function repliesOf(text: string, decoding: Decoding = {}): Answer[] {
  const answers: Answer[] = [];
  const sink = {
    onReply: (reply: Reply): void => {
      answers.push({ ...plainReply(reply), ...(reply.opaque === undefined ? {} : { opaque: reply.opaque }) });
      decoding.onReply?.(reply);
    },
  };
  const decoder = (decoding.codec ?? metaCodec).replyDecoder(sink, decoding.limits);
  const bytes = Buffer.from(text, 'latin1');
  const lengths = decoding.chunks ?? [Math.max(1, bytes.length)];
  // Every chunk lies in the same memory, as with a static read buffer: who keeps a view will see other bytes.
  const shared = Buffer.alloc(Math.max(...lengths));
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const wanted = Math.min(lengths[turn % lengths.length] as number, bytes.length - at);
    const target = decoding.direct === true ? decoder.target() : undefined;
    const count = target === undefined ? wanted : Math.min(wanted, target.length);
    if (target === undefined) {
      bytes.copy(shared, 0, at, at + count);
      decoder.push(shared.subarray(0, count));
      shared.fill(0xee, 0, count);
    } else {
      target.set(bytes.subarray(at, at + count));
      decoder.filled(count);
    }
    at += count;
  }
  decoder.end();
  return answers;
}
