/**
 * Texts are decoded by what their chunk holds: all ASCII, or not. The reading buffer is one and the same for every
 * chunk.
 */
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/core/reply.ts';
import { metaCodec } from '../../../src/protocol/meta/codec.ts';

const scratch = Buffer.alloc(4096);

/** Pushes chunks that all lie in the same buffer and of the same length, as reads of a socket do; returns the texts. */
function textsOf(...chunks: readonly string[]): string[] {
  const texts: string[] = [];
  const decoder = metaCodec.replyDecoder({ onReply: (reply: Reply) => void texts.push(reply.utf8()) });
  for (const chunk of chunks) decoder.push(scratch.subarray(0, scratch.write(chunk)));
  return texts;
}

const reply = (text: string): string => `VA ${Buffer.byteLength(text)} f0\r\n${text}\r\n`;

describe('a text of a chunk', () => {
  it('is UTF-8 in a chunk that follows an ASCII one in the same buffer, and the other way round', () => {
    expect(textsOf(reply('abcd'), reply('žš'), reply('abcd'))).toEqual(['abcd', 'žš', 'abcd']);
  });

  it('is UTF-8 when the other texts of its chunk are ASCII', () => {
    expect(textsOf(reply('plain') + reply('日本') + reply('plain'))).toEqual(['plain', '日本', 'plain']);
  });

  it('is UTF-8 when it was cut by the end of a chunk, wherever that was', () => {
    const said = reply('plain') + reply('naïve 日本') + reply('plain');
    const bytes = Buffer.from(said);
    for (let cut = 1; cut < bytes.length; cut++) {
      const texts: string[] = [];
      const decoder = metaCodec.replyDecoder({ onReply: (one: Reply) => void texts.push(one.utf8()) });
      for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        part.copy(scratch);
        decoder.push(scratch.subarray(0, part.length));
      }
      expect(texts, `cut at ${cut}`).toEqual(['plain', 'naïve 日本', 'plain']);
    }
  });

  it('may be read more than once, and as bytes as well', () => {
    const seen: unknown[] = [];
    const decoder = metaCodec.replyDecoder({
      onReply: (one: Reply) => void seen.push(one.utf8(), one.text(), Buffer.from(one.bytes()).toString(), one.utf8()),
    });
    decoder.push(Buffer.from(reply('é')));
    expect(seen).toEqual(['é', 'Ã©', 'é', 'é']);
  });
});
