/** How answers are spelled in the classic protocol. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Reply, type ReplyStatus } from '../../../src/core/reply.ts';
import { encodeTextReply } from '../../../src/protocol/text/encode-reply.ts';
import { decode } from '../../support/decode-commands.ts';

/** The wire text of an answer to the (first) request. */
function spelled(request: string, fill: (reply: Reply) => unknown): string {
  const [to] = decode(request);
  const writer = new ByteWriter();
  const reply = new Reply().reset('ok');
  fill(reply);
  if (to === undefined) throw new Error(`no command: ${request}`);
  encodeTextReply(reply, to, writer);
  return Buffer.concat(writer.take()).toString('latin1');
}

const hit = (reply: Reply): void => {
  reply.flags = 7;
  reply.cas = 99n;
  reply.key = 'a';
  reply.setText('foo');
};

describe('a get', () => {
  it.each([
    ['get a\r\n', 'VALUE a 7 3\r\nfoo\r\nEND\r\n'],
    ['gets a\r\n', 'VALUE a 7 3 99\r\nfoo\r\nEND\r\n'],
    ['gat 10 a\r\n', 'VALUE a 7 3\r\nfoo\r\nEND\r\n'],
  ])('%j of one key is whole', (request, wire) => {
    expect(spelled(request, hit)).toBe(wire);
    expect(spelled(request, (reply) => reply.reset('miss'))).toBe('END\r\n');
  });

  it('of many keys has items and an end', () => {
    const item = (reply: Reply): void => {
      reply.part = 'item';
      hit(reply);
    };
    expect(spelled('get a b\r\n', item)).toBe('VALUE a 7 3\r\nfoo\r\n');
    expect(spelled('gets a b\r\n', item)).toBe('VALUE a 7 3 99\r\nfoo\r\n');
    expect(spelled('get a b\r\n', (reply) => reply.reset('miss', 'item'))).toBe('');
    expect(spelled('get a b\r\n', (reply) => reply.reset('ok', 'end'))).toBe('END\r\n');
  });

  it.each([0, 1, 1024, 1025, 20_000])('carries a value of %i bytes, as text, view or own bytes', (length) => {
    const value = '\xe9'.repeat(length);
    const bytes = Buffer.from(`<${value}>`, 'latin1');
    const wire = `VALUE a 0 ${length}\r\n${value}\r\nEND\r\n`;
    expect(spelled('get a\r\n', (reply) => reply.setText(value))).toBe(wire);
    expect(spelled('get a\r\n', (reply) => reply.setBytes(bytes, 1, length + 1, false))).toBe(wire);
    expect(spelled('get a\r\n', (reply) => reply.setBytes(bytes, 1, length + 1, true))).toBe(wire);
  });

  it('copies a view, which its owner writes over before the reply is written', () => {
    const writer = new ByteWriter();
    const reply = new Reply().reset('ok');
    const [to] = decode('get a\r\n');
    for (const length of [10, 5000, 50_000]) {
      const view = Buffer.alloc(length, 'v');
      reply.setBytes(view, 0, length, false);
      if (to !== undefined) encodeTextReply(reply, to, writer);
      view.fill('!');
    }
    expect(Buffer.concat(writer.take()).includes('!')).toBe(false);
  });
});

describe('a reply to', () => {
  const words: readonly (readonly [string, ReplyStatus, string])[] = [
    ['set a 0 0 1\r\nx\r\n', 'ok', 'STORED\r\n'],
    ['set a 0 0 1\r\nx\r\n', 'notStored', 'NOT_STORED\r\n'],
    ['cas a 0 0 1 5\r\nx\r\n', 'exists', 'EXISTS\r\n'],
    ['cas a 0 0 1 5\r\nx\r\n', 'miss', 'NOT_FOUND\r\n'],
    ['cas a 0 0 1 0\r\nx\r\n', 'miss', 'NOT_FOUND\r\n'],
    // What a binary node says to an add and a replace.
    ['add a 0 0 1\r\nx\r\n', 'exists', 'NOT_STORED\r\n'],
    ['replace a 0 0 1\r\nx\r\n', 'miss', 'NOT_STORED\r\n'],
    ['delete a\r\n', 'ok', 'DELETED\r\n'],
    ['delete a\r\n', 'miss', 'NOT_FOUND\r\n'],
    ['touch a 1\r\n', 'ok', 'TOUCHED\r\n'],
    ['touch a 1\r\n', 'miss', 'NOT_FOUND\r\n'],
    ['incr a 1\r\n', 'miss', 'NOT_FOUND\r\n'],
    ['flush_all\r\n', 'ok', 'OK\r\n'],
    ['verbosity 1\r\n', 'ok', 'OK\r\n'],
    ['stats reset\r\n', 'ok', 'RESET\r\n'],
    ['stats detail on\r\n', 'ok', 'OK\r\n'],
    ['quit\r\n', 'ok', ''],
  ];
  it.each(words)('%j with status %s is %j', (request, status, wire) => {
    expect(spelled(request, (reply) => reply.reset(status))).toBe(wire);
  });

  it('incr is the new value', () => {
    expect(spelled('incr a 1\r\n', (reply) => reply.setText('18446744073709551615'))).toBe('18446744073709551615\r\n');
  });

  it('version is its text', () => {
    const fill = (reply: Reply): void => {
      reply.message = '1.6.18';
    };
    expect(spelled('version\r\n', fill)).toBe('VERSION 1.6.18\r\n');
  });

  it('stats has items and an end', () => {
    const item = (reply: Reply): void => {
      reply.part = 'item';
      reply.key = 'pid';
      reply.setText('1');
    };
    expect(spelled('stats\r\n', item)).toBe('STAT pid 1\r\n');
    expect(spelled('stats\r\n', (reply) => reply.reset('ok', 'end'))).toBe('END\r\n');
  });

  it('a stat of a binary node is one line, whatever its name and value are', () => {
    const item = (reply: Reply): void => {
      reply.part = 'item';
      reply.key = 'a\r\nEND b';
      reply.setText('1\r\nVALUE k 0 1\r\nx\x00');
    };
    expect(spelled('stats\r\n', item)).toBe('STAT a_END_b 1 VALUE k 0 1 x \r\n');
  });

  it.each<readonly [string, string, (reply: Reply) => void]>([
    [
      'a stat',
      'STAT a ',
      (reply) => {
        reply.part = 'item';
        reply.key = 'a';
        reply.setText('x'.repeat(3000));
      },
    ],
    [
      'an error',
      'SERVER_ERROR ',
      (reply) => {
        reply.reset('error', 'whole');
        reply.errorKind = 'server';
        reply.message = 'x'.repeat(3000);
      },
    ],
    [
      'a word',
      '',
      (reply) => {
        reply.message = 'x'.repeat(3000);
      },
    ],
  ])('%s of a binary node is cut to the 2048 bytes that readers accept', (_name, start, fill) => {
    expect(spelled('stats\r\n', fill)).toBe(`${start.padEnd(2048, 'x')}\r\n`);
  });

  it('a version of a binary node is one line of at most 2048 bytes', () => {
    const fill = (reply: Reply): void => {
      reply.message = `1.6\r\nEND${'x'.repeat(3000)}`;
    };
    expect(spelled('version\r\n', fill)).toBe(`${'VERSION 1.6 END'.padEnd(2048, 'x')}\r\n`);
  });
});

describe('an error', () => {
  it.each([
    ['unknownCommand', 'whatever', 'ERROR\r\n'],
    ['client', 'bad data chunk', 'CLIENT_ERROR bad data chunk\r\n'],
    ['server', 'out of memory', 'SERVER_ERROR out of memory\r\n'],
    ['server', 'two\r\nlines\0', 'SERVER_ERROR two lines \r\n'],
    ['server', '', 'SERVER_ERROR \r\n'],
  ] as const)('%s %j is one line', (kind, message, wire) => {
    for (const request of ['get a\r\n', 'get a b\r\n', 'set a 0 0 1\r\nx\r\n', 'stats\r\n', 'nonesuch\r\n']) {
      expect(spelled(request, (reply) => reply.setError(kind, message))).toBe(wire);
    }
  });
});

describe('noreply', () => {
  it.each(['set a 0 0 1 noreply\r\nx\r\n', 'incr a 1 noreply\r\n', 'touch a x noreply\r\n', 'flush_all noreply\r\n'])(
    '%j silences success, failure and error',
    (request) => {
      expect(spelled(request, (reply) => reply.reset('ok'))).toBe('');
      expect(spelled(request, (reply) => reply.reset('miss'))).toBe('');
      expect(spelled(request, (reply) => reply.setError('server', 'out of memory'))).toBe('');
    },
  );
});
