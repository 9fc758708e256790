/** The table of meta flags: each fact about a flag has one owner, and everybody asks it. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import { type Command, isRead } from '../../src/core/command.ts';
import { arePortable, metaFlags } from '../../src/core/meta-flags.ts';
import { refuseMetaFlags } from '../../src/protocol/meta-only.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { decode } from '../support/decode-commands.ts';

const tokens: Readonly<Record<string, string>> = {
  none: '',
  text: 'x',
  seconds: '30',
  clientFlags: '1',
  cas: '7',
  initial: '1',
  delta: '2',
  mode: 'S',
  base64: '',
};

function parse(letter: string, verb: string): Command {
  const [command] = decode(`${verb} Zm9v ${letter}${tokens[metaFlags[letter]!.token]}\r\n`);
  return command!;
}

describe.each(Object.keys(metaFlags))('the flag %s', (letter) => {
  test('is accepted by mg and md with its token', () => {
    for (const verb of ['mg', 'md']) expect(parse(letter, verb).verb).not.toBe('invalid');
  });

  test('makes no write of a get unless its row says so', () => {
    const command = parse(letter, 'mg');
    expect(isRead(command)).toBe(!(command.touch || metaFlags[letter]!.changes?.writesOnGet === true));
  });

  test('gets its reply elsewhere only if its row says so', () => {
    expect(arePortable(parse(letter, 'mg').meta)).toBe(metaFlags[letter]!.isPortable);
  });

  test('is passed on to a node unless its row says that it is about the session', () => {
    const writer = new ByteWriter();
    metaCodec.encodeCommand(parse(letter, 'mg'), writer);
    const [line = ''] = writer.take().map((chunk) => Buffer.from(chunk).toString('latin1'));
    const passed = line
      .trim()
      .split(' ')
      .slice(2)
      .map((token) => token.charAt(0));
    expect(passed).toEqual(metaFlags[letter]!.isOfSession ? [] : [letter]);
  });

  test('is refused by a protocol that cannot say it if its row says that it changes the item, and only then', () => {
    const refusals = ['mg', 'md', 'ma'].map((verb) => {
      try {
        refuseMetaFlags(parse(letter, verb), 'other');
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    });
    const name = metaFlags[letter]!.changes?.name;
    if (name === undefined) expect(refusals).toEqual([undefined, undefined, undefined]);
    else
      expect(refusals).toContainEqual(
        expect.stringContaining(`the other protocol cannot express the meta flag ${name}`),
      );
  });
});
