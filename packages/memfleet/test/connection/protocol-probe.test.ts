/** One question, every answer: what a node speaks, whether it wants a token, or that it is none of ours. */
import { describe, expect, it } from 'vitest';
import { ProtocolProbe, type ProbeOutcome } from '../../src/connection/protocol-probe.ts';
import type { Protocol } from '../../src/protocol/codec.ts';

const credentials = { username: 'user', password: 'pässword' };
const version = `\x81\x0b${'\0'.repeat(9)}\x06${'\0'.repeat(12)}1.6.18`;
const padded = (line: string): string => `${line.padEnd(22)}\r\n`;

/** The outcome as a word or two. */
function shown(outcome: ProbeOutcome): string {
  if (outcome.kind === 'speaks') return outcome.protocol;
  if (outcome.kind === 'failed') return `${outcome.error.code} ${outcome.error.message}`;
  return outcome.kind === 'send' ? Buffer.from(outcome.bytes).toString('latin1') : outcome.kind;
}

function answered(ask: Protocol, ...answers: readonly string[]): string {
  const probe = new ProtocolProbe(ask, 'a:1');
  let outcome: ProbeOutcome = { kind: 'wait' };
  for (const answer of answers) outcome = probe.push(Buffer.from(answer, 'latin1'));
  return shown(outcome);
}

describe('the question', () => {
  it('has no body and 24 bytes, so that a node that supports only binary sees at once that it is not a packet', () => {
    expect(shown({ kind: 'send', bytes: new ProtocolProbe('meta', 'a:1').request() })).toBe(padded('mn'));
    expect(shown({ kind: 'send', bytes: new ProtocolProbe('text', 'a:1').request() })).toBe(padded('version'));
  });

  it('is VERSION for binary: a node that requires SASL first refuses any other command and closes', () => {
    expect(Buffer.from(new ProtocolProbe('binary', 'a:1').request()).toString('hex')).toBe(`800b${'00'.repeat(22)}`);
  });
});

describe('the reply', () => {
  it.each<readonly [Protocol, string, string]>([
    ['meta', 'MN\r\n', 'meta'],
    ['meta', 'ERROR\r\n', 'text'],
    ['meta', 'ERROR: unknown command\r\n', 'text'],
    ['meta', 'CLIENT_ERROR bad command line format\r\n', 'text'],
    ['meta', 'SERVER_ERROR unknown\r\n', 'text'],
    ['text', 'VERSION 1.4.39\r\n', 'text'],
    ['text', 'ERROR\r\n', 'text'],
    ['binary', version, 'binary'],
  ])('to the %s probe %j: it speaks %s', (ask, answer, protocol) => {
    expect(answered(ask, answer)).toBe(protocol);
    expect(answered(ask, ...answer.split(''))).toBe(protocol);
    expect(answered(ask, answer.slice(0, -1))).toBe('wait');
  });

  it.each<readonly [Protocol, string]>([
    ['meta', 'HTTP/1.1 400 Bad Request\r\n'],
    ['meta', '-ERR unknown command\r\n'],
    ['meta', 'MN \r\n'],
    ['meta', 'MN\r\nMN\r\n'],
    ['meta', 'ERROR\r\nERROR\r\n'],
    ['meta', '\r\n'],
    ['text', 'VERSION\r\n'],
    ['text', 'OK\r\n'],
    ['binary', 'HTTP/1.1 400'],
    ['binary', '\x80'],
    ['binary', `${version}!`],
  ])('to the %s probe %j: it is no memcached', (ask, answer) => {
    expect(answered(ask, answer)).toMatch(/^ERR_PROTOCOL a:1 is not a memcached server: it replied "/);
  });

  it.each<Protocol>(['meta', 'text', 'binary'])('to the %s question: it has no room for another connection', (ask) => {
    const refusal = 'ERROR Too many open connections\r\n';
    for (const answers of [[refusal], refusal.split('')])
      expect(answered(ask, ...answers)).toMatch(/^ERR_CONNECT a:1 refuses connections: ERROR Too many/);
  });

  it.each<Protocol>(['meta', 'binary'])('to the %s question that does not end is not waited for', (ask) => {
    const endless = ask === 'meta' ? 'x'.repeat(2049) : `\x81\x0b${'\0'.repeat(6)}\x7f${'\0'.repeat(2100)}`;
    expect(answered(ask, endless)).toMatch(/^ERR_PROTOCOL a:1: the reply to the probe has \d+ bytes/);
  });
});

describe('a node that wants a token', () => {
  const wanted = Buffer.from('CLIENT_ERROR unauthenticated\r\n');
  const token = 'set auth 0 0 14\r\nuser p\xc3\xa4ssword\r\n';

  it.each<readonly [Protocol, string, string]>([
    ['meta', 'MN\r\n', 'meta'],
    ['meta', 'ERROR\r\n', 'text'],
    ['text', 'VERSION 1.6.18\r\n', 'text'],
  ])('gets it, and is asked again what it speaks (%s)', (ask, answer, protocol) => {
    const probe = new ProtocolProbe(ask, 'a:1', credentials);
    expect(shown(probe.push(wanted))).toBe(token);
    expect(shown(probe.push(Buffer.from('STO')))).toBe('wait');
    expect(shown(probe.push(Buffer.from('RED\r\n')))).toBe(padded(ask === 'meta' ? 'mn' : 'version'));
    expect(shown(probe.push(Buffer.from(answer)))).toBe(protocol);
  });

  it('fails where none is given', () => {
    expect(shown(new ProtocolProbe('meta', 'a:1').push(wanted))).toBe(
      'ERR_AUTHENTICATION a:1 requires a username and password, and none are configured',
    );
  });

  it('fails when the token is refused', () => {
    const probe = new ProtocolProbe('meta', 'a:1', credentials);
    probe.push(wanted);
    expect(shown(probe.push(Buffer.from('CLIENT_ERROR authentication failure\r\n')))).toBe(
      'ERR_AUTHENTICATION a:1 refused the username or password: CLIENT_ERROR authentication failure',
    );
  });

  it('fails when it wants the token again and again', () => {
    const probe = new ProtocolProbe('meta', 'a:1', credentials);
    probe.push(wanted);
    probe.push(Buffer.from('STORED\r\n'));
    expect(shown(probe.push(wanted))).toBe('ERR_AUTHENTICATION a:1 rejected the username and password');
  });
});
