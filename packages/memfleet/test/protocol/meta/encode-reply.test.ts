/** How answers are spelled in the meta protocol. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Reply, type ReplyStatus } from '../../../src/core/reply.ts';
import { encodeMetaReply } from '../../../src/protocol/meta/encode-reply.ts';
import { decode } from '../../support/decode-commands.ts';

/** The wire text of an answer to the (first) request. */
function spelled(request: string, fill: (reply: Reply) => unknown): string {
  const [to] = decode(request);
  const writer = new ByteWriter();
  const reply = new Reply().reset('ok');
  fill(reply);
  if (to === undefined) throw new Error(`no command: ${request}`);
  encodeMetaReply(reply, to, writer);
  return Buffer.concat(writer.take()).toString('latin1');
}

const hit =
  (more: Partial<Reply> = {}) =>
  (reply: Reply): void => {
    reply.flags = 7;
    reply.cas = 99n;
    reply.ttl = 30;
    reply.hit = true;
    reply.lastAccess = 4;
    reply.setText('foo');
    Object.assign(reply, more);
  };
const status =
  (value: ReplyStatus) =>
  (reply: Reply): Reply =>
    reply.reset(value);

describe('a reply to mg', () => {
  it.each([
    ['mg foo', 'HD\r\n'],
    ['mg foo v', 'VA 3\r\nfoo\r\n'],
    ['mg foo t v f c s h l k O123', 'VA 3 t30 f7 c99 s3 h1 l4 kfoo O123\r\nfoo\r\n'],
    ['mg foo O123 k l h s c f v t', 'VA 3 O123 kfoo l4 h1 s3 c99 f7 t30\r\nfoo\r\n'],
    ['mg foo v T5 N5 R5 P1 L1 u q', 'VA 3\r\nfoo\r\n'],
    ['mg Zm9v b k v', 'VA 3 kZm9v b\r\nfoo\r\n'],
    ['mg foo s', 'HD s3\r\n'],
  ])('%j has the flags in the order of the request', (request, wire) => {
    expect(spelled(`${request}\r\n`, hit())).toBe(wire);
  });

  it.each([
    [{ won: true }, ' W'],
    [{ stale: true, won: true }, ' X W'],
    [{ stale: true, recaching: true }, ' Z X'],
    [{ recaching: true }, ' Z'],
    [{ recaching: true, stale: true, won: true }, ' Z X W'],
  ])('%j says so behind the flags', (more, flags) => {
    expect(spelled('mg foo v k\r\n', hit(more))).toBe(`VA 3 kfoo${flags}\r\nfoo\r\n`);
    expect(spelled('mg foo\r\n', hit(more))).toBe(`HD${flags}\r\n`);
  });

  it('leaves out what the replying node did not say', () => {
    expect(spelled('mg foo t h l s\r\n', (reply) => reply.reset('ok'))).toBe('HD\r\n');
    expect(spelled('mg foo t f v\r\n', (reply) => reply.setText('x'))).toBe('VA 1 f0\r\nx\r\n');
  });

  it('returns the key in the form in which the item was stored', () => {
    expect(spelled('mg foo k\r\n', hit({ encodedKey: true }))).toBe('HD kZm9v b\r\n');
    expect(spelled('mg Zm9v b k\r\n', hit({ encodedKey: false }))).toBe('HD kfoo\r\n');
  });

  it('never returns a plain key that would break the line', () => {
    expect(spelled('mg YQ0KYg== b k\r\n', hit({ encodedKey: false }))).toBe('HD kYQ0KYg== b\r\n');
  });

  it('is EN on a miss, with opaque and key', () => {
    expect(spelled('mg foo v t O1 k\r\n', status('miss'))).toBe('EN O1 kfoo\r\n');
    expect(spelled('mg Zm9v b k\r\n', status('miss'))).toBe('EN kZm9v b\r\n');
  });

  it('is HD where no value came, as for an equal cas', () => {
    expect(spelled('mg foo v c C99\r\n', (reply) => Object.assign(reply, { cas: 99n }))).toBe('HD c99\r\n');
  });

  it.each([0, 1024, 1025, 20_000])('carries a value of %i bytes, as text, view or own bytes', (length) => {
    const value = '\xe9'.repeat(length);
    const bytes = Buffer.from(`<${value}>`, 'latin1');
    const wire = `VA ${length}\r\n${value}\r\n`;
    expect(spelled('mg a v\r\n', (reply) => reply.setText(value))).toBe(wire);
    expect(spelled('mg a v\r\n', (reply) => reply.setBytes(bytes, 1, length + 1, false))).toBe(wire);
    expect(spelled('mg a v\r\n', (reply) => reply.setBytes(bytes, 1, length + 1, true))).toBe(wire);
  });
});

describe('a reply to', () => {
  const ms = (flags: string): string => `ms foo 1 ${flags}\r\nx\r\n`;
  it.each([
    [ms(''), 'ok', 'HD\r\n'],
    [ms('k O1'), 'ok', 'HD kfoo O1\r\n'],
    [ms('c'), 'notStored', 'NS c0\r\n'],
    [ms('C5 k'), 'exists', 'EX kfoo\r\n'],
    [ms('C5 O1'), 'miss', 'NF O1\r\n'],
    [ms('C0'), 'miss', 'NF\r\n'],
    // What a binary node says to an add and a replace.
    [ms('ME'), 'exists', 'NS\r\n'],
    [ms('MR'), 'miss', 'NS\r\n'],
    [ms('v t f h l'), 'ok', 'HD\r\n'],
    ['md foo k O1 c t\r\n', 'ok', 'HD kfoo O1\r\n'],
    ['md foo k O1\r\n', 'miss', 'NF kfoo O1\r\n'],
    ['md foo C1\r\n', 'exists', 'EX\r\n'],
    ['md foo x\r\n', 'notStored', 'NS\r\n'],
    ['ma foo k O1 c t\r\n', 'miss', 'NF kfoo O1\r\n'],
    ['ma foo C1\r\n', 'exists', 'EX\r\n'],
    ['ma foo N0\r\n', 'notStored', 'NS\r\n'],
    ['mn\r\n', 'ok', 'MN\r\n'],
    ['me foo\r\n', 'miss', 'EN\r\n'],
    ['get foo\r\n', 'miss', 'END\r\n'],
    ['delete foo\r\n', 'ok', 'DELETED\r\n'],
  ] as const)('%j with status %s is %j', (request, value, wire) => {
    expect(spelled(request, status(value))).toBe(wire);
  });

  it('ms returns the cas and the size of the stored item', () => {
    expect(spelled(ms('s c'), (reply) => Object.assign(reply, { cas: 12n, size: 9 }))).toBe('HD s9 c12\r\n');
    expect(spelled(ms('s'), status('ok'))).toBe('HD\r\n');
  });

  it('ma returns the number where it was requested', () => {
    const counted = (reply: Reply): void => {
      Object.assign(reply, { cas: 3n, ttl: -1 });
      reply.setText('42');
    };
    expect(spelled('ma foo\r\n', counted)).toBe('HD\r\n');
    expect(spelled('ma foo v\r\n', counted)).toBe('VA 2\r\n42\r\n');
    expect(spelled('ma foo t c v k O1\r\n', counted)).toBe('VA 2 t-1 c3 kfoo O1\r\n42\r\n');
  });

  it('me is a line of facts', () => {
    expect(spelled('me foo\r\n', (reply) => Object.assign(reply, { message: 'foo exp=-1' }))).toBe('ME foo exp=-1\r\n');
    expect(spelled('me foo\r\n', (reply) => Object.assign(reply, { key: 'foo', message: 'exp=-1' }))).toBe(
      'ME foo exp=-1\r\n',
    );
    expect(
      spelled('me foo\r\n', (reply) => Object.assign(reply, { key: 'foo', message: 'exp=-1', encodedKey: true })),
    ).toBe('ME Zm9v exp=-1\r\n');
  });
});

describe('q', () => {
  it.each([
    ['mg foo v q\r\n', ['miss']],
    ['ms foo 1 q\r\nx\r\n', ['ok']],
    ['md foo q\r\n', ['ok']],
    ['ma foo q\r\n', ['ok']],
    ['ma foo q v\r\n', ['ok']],
    ['mn q\r\n', []],
  ] as const)('%j hides only %j', (request, hidden) => {
    for (const value of ['ok', 'miss', 'notStored', 'exists'] as const) {
      if (request.startsWith('mg') && value !== 'ok' && value !== 'miss') continue;
      const wire = spelled(request, (reply) => reply.reset(value).setText('1'));
      expect([value, wire === '']).toEqual([value, (hidden as readonly string[]).includes(value)]);
    }
    expect(spelled(request, (reply) => reply.setError('server', 'out of memory'))).toBe(
      'SERVER_ERROR out of memory\r\n',
    );
  });

  it('does not hide what is wrong with the request', () => {
    expect(spelled('mg foo q q\r\n', (reply) => reply.setError('client', 'duplicate flag'))).toBe(
      'CLIENT_ERROR duplicate flag\r\n',
    );
  });
});
