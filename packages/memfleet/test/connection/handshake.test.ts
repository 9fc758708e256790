/** From an address to a connection that is ready, or one reason why not: once, and nothing afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Handshake, type HandshakeOptions, type OpeningConnection } from '../../src/connection/handshake.ts';
import { Command } from '../../src/core/command.ts';
import { ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { HandshakeRig } from './handshake-rig.ts';

const credentials = { username: 'user', password: 'secret' };
const mn = `${'mn'.padEnd(22)}\r\n`;
const version = `${'version'.padEnd(22)}\r\n`;
const versionPacket = `\x80\x0b${'\0'.repeat(22)}`;
const versionAnswer = `\x81\x0b${'\0'.repeat(22)}`;

describe('detecting the protocol of a node', () => {
  it('meta, at the first question', () => {
    const rig = new HandshakeRig();
    expect(rig.accept()).toBe(mn);
    rig.say('MN\r\n');
    expect(rig.outcomes).toEqual(['ready meta']);
    expect(rig.dialler.dials).toHaveLength(1);
    expect(rig.clock.timers).toBe(0);
  });

  it('classic text, when the node knows no mn', () => {
    const rig = new HandshakeRig();
    rig.accept();
    rig.say('ERROR\r\n');
    expect(rig.outcomes).toEqual(['ready text']);
    expect(rig.dialler.dials).toHaveLength(1);
  });

  it('meta, when the node dies at mn and is back for the next', () => {
    const rig = new HandshakeRig();
    rig.accept();
    rig.dialler.last.transport.drop(new Error('read ECONNRESET'));
    expect(rig.accept()).toBe(mn);
    rig.say('MN\r\n');
    expect(rig.outcomes).toEqual(['ready meta']);
  });

  it('classic text, when the node closes at mn twice and replies with a version on a new connection', () => {
    const rig = new HandshakeRig();
    for (let n = 0; n < 2; n++) {
      expect(rig.accept()).toBe(mn);
      rig.dialler.last.transport.finish();
    }
    expect(rig.dialler.dials).toHaveLength(3);
    expect(rig.dialler.dials[0]?.transport.isClosed).toBe(true);
    expect(rig.accept()).toBe(version);
    rig.say('VERSION 0.5.0\r\n');
    expect(rig.outcomes).toEqual(['ready text']);
  });

  it('binary, when the node closes at both lines', () => {
    const rig = new HandshakeRig();
    for (const question of [mn, mn, version]) {
      expect(rig.accept()).toBe(question);
      rig.dialler.last.transport.drop(new Error('read ECONNRESET'));
    }
    expect(rig.accept()).toBe(versionPacket);
    rig.say(versionAnswer);
    expect(rig.outcomes).toEqual(['ready binary']);
    expect(rig.dialler.dials).toHaveLength(4);
  });

  it('nothing, when the node closes at every question', () => {
    const rig = new HandshakeRig();
    for (let n = 0; n < 4; n++) {
      rig.accept();
      rig.dialler.last.transport.finish();
    }
    expect(rig.error?.message).toBe('a:11211 closed the connection during the probe for any protocol of memcached');
    rig.expectOver('ERR_CONNECT');
  });

  it('begins with what an earlier connection found where that needs connections of their own', () => {
    const rig = new HandshakeRig({}, 'binary');
    expect(rig.accept()).toBe(versionPacket);
    const text = new HandshakeRig({}, 'text');
    expect(text.accept()).toBe(mn);
  });

  it('fails when it is no memcached at all', () => {
    const rig = new HandshakeRig();
    rig.accept();
    rig.say('HTTP/1.1 400 Bad Request\r\n');
    rig.expectOver('ERR_PROTOCOL');
  });
});

describe('a configured protocol', () => {
  it.each<readonly [Protocol, string, string]>([
    ['meta', mn, 'MN\r\n'],
    ['text', version, 'VERSION 1.6.18\r\n'],
    ['binary', versionPacket, versionAnswer],
  ])('%s is what is asked for and spoken', (protocol, question, answer) => {
    const rig = new HandshakeRig({ protocol });
    expect(rig.accept()).toBe(question);
    rig.say(answer);
    expect(rig.outcomes).toEqual([`ready ${protocol}`]);
  });

  it('is not given up for another one', () => {
    const rig = new HandshakeRig({ protocol: 'meta' });
    rig.accept();
    rig.say('ERROR\r\n');
    expect(rig.error?.message).toBe('a:11211 does not know the meta commands');
    rig.expectOver('ERR_CONNECT');
    const closed = new HandshakeRig({ protocol: 'text' });
    closed.accept();
    closed.dialler.last.transport.finish();
    expect(closed.error?.message).toBe('a:11211 closed the connection during the probe for text');
    closed.expectOver('ERR_CONNECT');
  });
});

describe('failures', () => {
  it('nobody listens', () => {
    const rig = new HandshakeRig();
    rig.dialler.last.refuse('connect ECONNREFUSED 10.0.0.1:11211');
    expect(rig.error?.message).toBe('cannot connect to a:11211: connect ECONNREFUSED 10.0.0.1:11211');
    expect(rig.dialler.dials).toHaveLength(1);
    rig.expectOver('ERR_CONNECT');
  });

  it.each([
    ['the node accepts nothing', (_rig: HandshakeRig) => {}],
    ['the node does not reply', (rig: HandshakeRig) => void rig.accept()],
    ['the node sends half a reply', (rig: HandshakeRig) => (rig.accept(), rig.say('M'))],
    [
      'the node closes and then does not reply',
      (rig: HandshakeRig) => (rig.accept(), rig.dialler.last.transport.finish(), rig.accept()),
    ],
  ])('%s before the connect timeout', (_what, happen) => {
    const rig = new HandshakeRig();
    happen(rig);
    rig.clock.advance(999);
    expect(rig.outcomes).toEqual([]);
    rig.clock.advance(1);
    expect(rig.error?.message).toBe('connecting to a:11211: not ready after 1000 ms');
    expect(rig.error).toMatchObject({ phase: 'connect', sent: false, node: 'a:11211' });
    rig.expectOver('ERR_TIMEOUT');
  });

  it.each([
    ['while it dials', (_rig: HandshakeRig) => {}],
    ['while it asks', (rig: HandshakeRig) => void rig.accept()],
    ['while it dials again', (rig: HandshakeRig) => (rig.accept(), rig.dialler.last.transport.finish())],
  ])('it is given up %s', (_when, happen) => {
    const rig = new HandshakeRig();
    happen(rig);
    rig.handshake.abort(new ConnectError('given up'));
    rig.expectOver('ERR_CONNECT');
  });

  it('options that the socket refuses are reported later, not from the constructor', async () => {
    const rig = new HandshakeRig({
      open: () => {
        throw new Error('no such certificate');
      },
    });
    expect(rig.outcomes).toEqual([]);
    await Promise.resolve();
    expect(rig.error?.message).toBe('cannot connect to a:11211: no such certificate');
    rig.expectOver('ERR_CONNECT');
  });
});

describe('credentials', () => {
  it('are given as the ASCII token where the node wants one', () => {
    const rig = new HandshakeRig({ credentials });
    rig.accept();
    rig.say('CLIENT_ERROR unauthenticated\r\n');
    expect(rig.dialler.last.transport.take()).toBe('set auth 0 0 11\r\nuser secret\r\n');
    rig.say('STORED\r\n');
    expect(rig.dialler.last.transport.take()).toBe(mn);
    rig.say('MN\r\n');
    expect(rig.outcomes).toEqual(['ready meta']);
  });

  it('are no reason for a second connection when they are refused', () => {
    const rig = new HandshakeRig({ credentials });
    rig.accept();
    rig.say('CLIENT_ERROR unauthenticated\r\n');
    rig.say('CLIENT_ERROR authentication failure\r\n');
    rig.expectOver('ERR_AUTHENTICATION');
  });

  const saslAnswer = (status: string): string => `\x81\x21${'\0'.repeat(4)}${status}${'\0'.repeat(16)}`;

  it('are given by SASL PLAIN on a binary connection, before anybody may use it', () => {
    const rig = new HandshakeRig({ credentials, protocol: 'binary' });
    rig.accept();
    rig.say(versionAnswer);
    expect(rig.outcomes).toEqual([]);
    rig.clock.turn();
    expect(rig.dialler.last.transport.take()).toBe(
      `\x80\x21\0\x05\0\0\0\0\0\0\0\x11${'\0'.repeat(12)}PLAIN\0user\0secret`,
    );
    rig.say(saslAnswer('\0\0'));
    expect(rig.outcomes).toEqual(['ready binary']);
    expect(rig.poolEvents).toEqual(['progress']);
  });

  it('that SASL refuses end the handshake', () => {
    const rig = new HandshakeRig({ credentials, protocol: 'binary' });
    rig.accept();
    rig.say(versionAnswer);
    rig.clock.turn();
    rig.say(saslAnswer('\0\x20'));
    expect(rig.error?.message).toBe('a:11211 refused the username or password (status 32)');
    rig.expectOver('ERR_AUTHENTICATION');
  });

  it.each([
    ['closes', (rig: HandshakeRig) => rig.dialler.last.transport.finish(), 'ERR_CONNECTION_CLOSED'],
    ['talks nonsense', (rig: HandshakeRig) => rig.say('nonsense'.repeat(3)), 'ERR_PROTOCOL'],
    ['says nothing', (rig: HandshakeRig) => rig.clock.advance(1000), 'ERR_TIMEOUT'],
    ['is given up', (rig: HandshakeRig) => rig.handshake.abort(new ConnectError('given up')), 'ERR_CONNECT'],
  ])('a node that %s while they are checked fails the handshake, not the pool', (_what, happen, code) => {
    const rig = new HandshakeRig({ credentials, protocol: 'binary' });
    rig.accept();
    rig.say(versionAnswer);
    rig.clock.turn();
    happen(rig);
    rig.expectOver(code);
  });
});

describe('start-up commands', () => {
  it('are run on the connection before it is ready, with every protocol', () => {
    const runs: [Protocol, OpeningConnection][] = [];
    let finish: ((error?: MemcacheError) => void) | undefined;
    const rig = new HandshakeRig({
      startUp: (connection, protocol, done) => {
        runs.push([protocol, connection]);
        finish = done;
      },
    });
    rig.accept();
    rig.say('MN\r\n');
    expect(runs).toHaveLength(1);
    expect(rig.outcomes).toEqual([]);
    finish?.();
    finish?.(new ConnectError('late'));
    expect(rig.outcomes).toEqual(['ready meta']);
    expect(rig.connection).toBe(runs[0]?.[1]);
  });
});

describe('a connection that is ready', () => {
  it('reports its progress and its end to the pool', () => {
    const rig = new HandshakeRig();
    rig.accept();
    rig.say('MN\r\n');
    rig.connection?.dispatch(new Command('delete', 'a'), { onReply() {}, onError() {} });
    rig.clock.turn();
    rig.say('HD\r\n');
    rig.dialler.last.transport.finish();
    expect(rig.poolEvents).toEqual(['progress', 'close']);
    expect(rig.outcomes).toEqual(['ready meta']);
  });
});

describeReal('the real memcached', () => {
  /** What a handshake over a real socket gives. */
  function outcome(port: number, options: Partial<HandshakeOptions> = {}): Promise<string> {
    return new Promise((resolve) => {
      const rig = new Handshake(
        {
          address: { host: '127.0.0.1', port },
          keepAliveDelay: 0,
          clock: systemClock,
          connectTimeout: 5000,
          protocol: 'auto',
          connection: { maxInFlight: 100, flush: 'microtask', mergeGets: false },
          ...options,
        },
        undefined,
        {
          onReady: (connection) => {
            connection.destroy();
            resolve(connection.codec.protocol);
          },
          onFailed: (error) => resolve(`${error.code} ${error.message}`),
        },
        { onProgress() {}, onTimeouts() {}, onClose() {} },
      );
      expect(rig).toBeDefined();
    });
  }

  it.each([
    ['as it is', [], 'meta'],
    ['that speaks only binary', ['-B', 'binary'], 'binary'],
  ])('%s is found out', async (_what, args, protocol) => {
    const memcached = await startMemcached(args);
    onTestFinished(() => memcached.stop());
    expect(await outcome(memcached.port)).toBe(protocol);
  });

  it('that requires SASL is detected, and reports a wrong password', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'memcached.conf'), `mech_list: plain\nsasldb_path: ${join(directory, 'none')}\n`);
    vi.stubEnv('SASL_CONF_PATH', directory);
    const memcached = await startMemcached(['-S']);
    vi.unstubAllEnvs();
    onTestFinished(() => memcached.stop());
    expect(await outcome(memcached.port)).toBe('binary');
    expect(await outcome(memcached.port, { credentials })).toContain('refused the username or password (status 32)');
  });

  it('that requires a token receives it, and reports a wrong one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'users'), 'user:secret\n');
    const memcached = await startMemcached(['-Y', join(directory, 'users')]);
    onTestFinished(() => memcached.stop());
    expect(await outcome(memcached.port, { credentials })).toBe('meta');
    expect(await outcome(memcached.port, { credentials: { username: 'user', password: 'wrong' } })).toContain(
      'refused the username or password',
    );
    expect(await outcome(memcached.port)).toContain('requires a username and password');
  });
});
