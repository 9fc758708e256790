import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerError, TimeoutError, ValueTooLargeError } from '../../src/core/errors.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';
import { answers, packet } from '../support/packets.ts';
import { manualRig, storeRig } from '../support/session-rig.ts';

const hit = (key: string, value: string): string => `VALUE ${key} 0 ${value.length}\r\n${value}\r\nEND\r\n`;

describe('the dialect', () => {
  it('is binary after a first byte of 0x80, else text and meta, for the life of the session', () => {
    const rig = storeRig();
    const text = rig.connect().client;
    expect(text.ask('version\r\nmn\r\n')).toBe('VERSION 9.9\r\nMN\r\n');
    expect(text.ask('\x80\r\n')).toBe('ERROR\r\n');
    const binary = rig.connect().client;
    expect(answers(binary.ask(packet(0x0b, { opaque: 7 })))).toMatchObject([
      { opcode: 0x0b, status: 0, opaque: 7, key: '', value: '9.9' },
    ]);
    expect(binary.ask('version\r\n'.padEnd(24))).toBe('');
    expect(binary.isEnded).toBe(true);
    expect(rig.context.counters.protocolErrors).toBe(1);
  });

  it('that the host does not speak ends the session', () => {
    const rig = storeRig({ binary: undefined, ascii: textCodec });
    const binary = rig.connect().client;
    expect(binary.ask(packet(0x0b))).toBe('');
    expect(binary.isEnded).toBe(true);
    expect(rig.connect().client.ask('mn\r\nversion\r\n')).toBe('ERROR\r\nVERSION 9.9\r\n');
  });
});

describe('replies', () => {
  it('come in the order of the commands, whatever order they are given in', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\nget b\r\nget c\r\nget d e\r\n');
    rig.dispatcher.hit('c', '3');
    rig.dispatcher.items('d', { e: '5' });
    rig.turn(client);
    expect(client.take()).toBe('');
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(hit('a', '1'));
    rig.dispatcher.hit('b', '2');
    rig.turn(client);
    expect(client.take()).toBe(`${hit('b', '2')}${hit('c', '3')}VALUE e 0 1\r\n5\r\nEND\r\n`);
  });

  it('in several parts go out as they come when their turn has come', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a b\r\nget c\r\n');
    rig.dispatcher.items('a', { a: '1' }, false);
    rig.dispatcher.hit('c', '3');
    rig.turn(client);
    expect(client.take()).toBe('VALUE a 0 1\r\n1\r\n');
    rig.dispatcher.items('a', { b: '2' });
    rig.turn(client);
    expect(client.take()).toBe(`VALUE b 0 1\r\n2\r\nEND\r\n${hit('c', '3')}`);
  });

  it('given at once behind some that are not given yet keep their place', () => {
    const rig = storeRig();
    const manual = new ManualDispatcher();
    const { client } = rig.connect();
    client.ask('set s 0 0 1\r\n1\r\n');
    rig.context.dispatcher = {
      dispatch: (command, handler) => (command.key === 's' ? rig.dispatcher : manual).dispatch(command, handler),
    };
    client.say('get s\r\nget late\r\nget s\r\n');
    client.say('get s\r\n');
    expect(client.take()).toBe(hit('s', '1'));
    manual.hit('late', '2');
    client.say('get s\r\n');
    expect(client.take()).toBe(hit('late', '2') + hit('s', '1').repeat(3));
    expect(client.ask('get s\r\n')).toBe(hit('s', '1'));
  });

  it('to the only command in flight go out at once, not at the end of the turn', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\n');
    rig.dispatcher.hit('a', '1');
    client.flow();
    expect(client.take()).toBe(hit('a', '1'));
    client.say('get b\r\nget c\r\n');
    rig.dispatcher.hit('b', '2');
    client.flow();
    expect(client.take()).toBe('');
    rig.dispatcher.hit('c', '3');
    rig.turn(client);
    expect(client.take()).toBe(hit('b', '2') + hit('c', '3'));
  });

  it('to the only command in flight, in several parts or after the end of the client, are whole', () => {
    const rig = manualRig();
    const { client, session } = rig.connect();
    client.say('get a b\r\n');
    rig.dispatcher.items('a', { a: '1', b: '2' });
    rig.turn(client);
    expect(client.take()).toBe('VALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n');
    client.say('get c\r\n');
    session.finish();
    rig.dispatcher.hit('c', '3');
    rig.turn(client);
    expect(client.take()).toBe(hit('c', '3'));
    expect(client.isEnded).toBe(true);
  });

  it('of many commands in one chunk are one write', () => {
    const rig = storeRig();
    const { client } = rig.connect();
    client.ask('set k 0 0 5\r\nvalue\r\n');
    const before = client.far.writes;
    expect(client.ask('get k\r\n'.repeat(100))).toBe(hit('k', 'value').repeat(100));
    expect(client.far.writes - before).toBe(1);
  });

  it('that come in one turn are one write', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    client.say(keys.map((key) => `get ${key}\r\n`).join(''));
    for (const key of keys) rig.dispatcher.hit(key, 'v');
    rig.turn(client);
    expect(client.take()).toBe(keys.map((key) => hit(key, 'v')).join(''));
    expect(client.far.writes).toBe(1);
  });

  it('to quiet commands are silent and do not disturb the order', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\nset n 0 0 1 noreply\r\n1\r\nget b\r\nmg m q\r\nmn\r\n');
    rig.dispatcher.hit('b', '2');
    rig.dispatcher.status('', 'ok');
    rig.dispatcher.status('m', 'miss');
    rig.dispatcher.status('n', 'ok');
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(`${hit('a', '1')}${hit('b', '2')}MN\r\n`);
  });

  it('that are errors of memfleet or of a node are complete lines, and the session continues', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\nget b\r\nget c\r\nget d\r\n');
    rig.dispatcher.fail('a', new TimeoutError('get "a": timed out\r\nEND', 'total'));
    rig.dispatcher.fail('b', new ServerError('out of memory', 'server', 0x82));
    rig.dispatcher.fail('c', new ValueTooLargeError('5 MB'));
    rig.dispatcher.hit('d', '4');
    rig.turn(client);
    expect(client.take()).toBe(
      `SERVER_ERROR get "a": timed out END\r\nSERVER_ERROR out of memory storing object\r\nSERVER_ERROR object too large for cache\r\n${hit('d', '4')}`,
    );
  });

  it('of two sessions that share the writing memory do not get into each other, even when one client does not read', () => {
    const rig = storeRig();
    const slow = rig.connect().client;
    const fast = rig.connect().client;
    fast.ask(`set s 0 0 1000\r\n${'s'.repeat(1000)}\r\nset f 0 0 1000\r\n${'f'.repeat(1000)}\r\n`);
    slow.far.window = 100;
    slow.transport.pause();
    slow.say('get s\r\n'.repeat(5));
    for (let i = 0; i < 200; i++) expect(fast.ask('get f\r\n')).toBe(hit('f', 'f'.repeat(1000)));
    slow.transport.resume();
    slow.flow();
    expect(slow.take()).toBe(hit('s', 's'.repeat(1000)).repeat(5));
  });

  it('are the same however the requests are cut', () => {
    const requests =
      'set a 1 0 3\r\nabc\r\nget a\r\nget a b a\r\nms b 2 c\r\nxy\r\nmg b v c k O1\r\nappend a 0 0 1\r\nd\r\ngets a\r\nincr a 1\r\nbogus\r\nset a 0 0 2\r\nabcdef\r\ndelete a noreply\r\nmn\r\n';
    const whole = storeRig().connect().client.ask(requests);
    expect(whole).toContain('MN\r\n');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (cuts) => {
        const { client } = storeRig().connect();
        let at = 0;
        for (let i = 0; at < requests.length; i++) {
          const length = cuts[i % cuts.length] as number;
          client.say(requests.slice(at, at + length));
          at += length;
        }
        expect(client.take()).toBe(whole);
      }),
      { numRuns: 50 },
    );
  });
});

describe('requests that are refused', () => {
  it('get their replies in their turn', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\nbogus\r\nget b\r\n');
    rig.dispatcher.hit('b', '2');
    rig.turn(client);
    expect(client.take()).toBe('');
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(`${hit('a', '1')}ERROR\r\n${hit('b', '2')}`);
  });

  it('and make the stream unsafe get their replies, then the session ends', () => {
    const rig = storeRig({ limits: { maxLine: 100 } });
    const { client } = rig.connect();
    expect(client.ask(`version\r\nset ${'k'.repeat(200)}`)).toBe('VERSION 9.9\r\nCLIENT_ERROR line too long\r\n');
    expect(client.isEnded).toBe(true);
  });

  it('because the value is too large leave no old value', () => {
    const rig = storeRig({ limits: { maxValue: 10 } });
    const { client } = rig.connect();
    client.ask('set k 0 0 3\r\nold\r\n');
    const tooLarge = `set k 0 0 11\r\n${'x'.repeat(11)}\r\n`;
    expect(client.ask(`${tooLarge}get k\r\n`)).toBe('SERVER_ERROR object too large for cache\r\nEND\r\n');
  });

  it('because they are HTTP end the session without a reply', () => {
    const rig = storeRig();
    const { client } = rig.connect();
    expect(client.ask('GET / HTTP/1.1\r\nHost: cache\r\n\r\n')).toBe('');
    expect(client.isEnded).toBe(true);
  });
});

describe('the end', () => {
  it('by quit comes after the replies to earlier requests; later requests are not executed', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\nquit\r\nget b\r\n');
    expect(rig.dispatcher.pending).toHaveLength(1);
    expect(client.isEnded).toBe(false);
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(hit('a', '1'));
    expect(client.isEnded).toBe(true);
  });

  it('by a binary QUIT has a reply, by QUITQ none', () => {
    const rig = storeRig();
    const { client } = rig.connect();
    expect(answers(client.ask(packet(0x0a) + packet(0x07, { opaque: 9 })))).toMatchObject([
      { opcode: 0x0a },
      { opcode: 0x07, opaque: 9, status: 0 },
    ]);
    expect(client.isEnded).toBe(true);
    const quiet = rig.connect().client;
    expect(answers(quiet.ask(packet(0x0a) + packet(0x17)))).toMatchObject([{ opcode: 0x0a }]);
    expect(quiet.isEnded).toBe(true);
  });

  it("of the client's side comes after its replies", () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\n');
    client.transport.end();
    client.flow();
    expect(client.isEnded).toBe(false);
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(hit('a', '1'));
    expect(client.isClosed).toBe(true);
    expect(rig.closed).toHaveLength(1);
  });

  it("of the client's side in the middle of a set stores nothing", () => {
    const rig = storeRig();
    const { client } = rig.connect();
    client.say('set k 0 0 10\r\n12345');
    client.transport.end();
    client.flow();
    expect(client.isClosed).toBe(true);
    expect(rig.dispatcher.store.count).toBe(0);
  });

  it('by finish lets what is in flight get its replies and takes nothing new', () => {
    const rig = manualRig();
    const { client, session } = rig.connect();
    client.say('get a\r\nget b\r\nset half 0 0 5\r\n12');
    session.finish();
    client.say('345\r\nget c\r\n');
    expect(rig.dispatcher.pending.map(({ command }) => command.key)).toEqual(['a', 'b']);
    rig.dispatcher.hit('b', '2');
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(hit('a', '1') + hit('b', '2'));
    expect(client.isEnded).toBe(true);
  });

  it('by finish of a session that was never used is at once', () => {
    const rig = manualRig();
    const { client, session } = rig.connect();
    session.finish();
    client.flow();
    expect(client.isEnded).toBe(true);
  });

  it('by the client leaving cancels the commands in flight, and late replies are dropped', () => {
    const rig = manualRig();
    const { client } = rig.connect();
    client.say('get a\r\nget b\r\n');
    const [first, second] = rig.dispatcher.pending;
    client.transport.destroy();
    expect(rig.closed).toHaveLength(1);
    expect([first?.command.cancelled, second?.command.cancelled]).toEqual([true, true]);
    rig.dispatcher.hit('a', '1');
    rig.dispatcher.hit('b', '2');
    rig.clock.turn();
    expect(client.far.writes).toBe(0);
    const next = rig.connect().client;
    next.say('get c\r\n');
    rig.dispatcher.hit('c', '3');
    rig.turn(next);
    expect(next.take()).toBe(hit('c', '3'));
  });
});
