/**
 * Every reply reaches the caller it is for, once; a reply without a command is a ProtocolError; a command that timed
 * out leaves a tombstone.
 */
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { ProtocolError } from '../../src/core/errors.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { commandOf } from '../support/ask.ts';
import { PendingRig } from './pending-rig.ts';

const store = (key: string): Command => new Command('store', key);
const until = (deadline: number, key: string): Command => commandOf('get', { key, deadline });

describe('in order', () => {
  it('a reply is for the oldest command', () => {
    const rig = new PendingRig();
    for (const key of ['a', 'b', 'c']) rig.push(key);
    rig.whole('1');
    rig.status('miss');
    rig.error('out of memory');
    expect(rig.told).toEqual(['a: =1', 'b: miss', 'c: error out of memory']);
    expect(rig.pending.length).toBe(0);
  });

  it('a reply without a command is an error', () => {
    const rig = new PendingRig();
    expect(() => rig.status('ok')).toThrow(ProtocolError);
    rig.push('a');
    rig.whole('1');
    expect(() => rig.whole('2')).toThrow('that no command is waiting for');
    expect(rig.told).toEqual(['a: =1']);
  });

  it('a reply that its command cannot have is an error: the stream is out of step', () => {
    const cases: readonly (readonly [Command, (rig: PendingRig) => void])[] = [
      [new Command('get', 'a'), (rig) => rig.status('notStored')],
      [new Command('get', 'a'), (rig) => rig.status('ok')],
      [new Command('get', 'a'), (rig) => rig.value('a')],
      [new Command('get', 'a'), (rig) => rig.end()],
      [store('a'), (rig) => rig.whole('value')],
      [store('a'), (rig) => rig.value('a')],
      [new Command('delete', 'a'), (rig) => rig.whole('value')],
      [new Command('arith', 'a'), (rig) => rig.status('ok')],
      [new Command('version'), (rig) => rig.whole('value')],
      [new Command('version'), (rig) => rig.status('ok')],
      [new Command('noop'), (rig) => rig.whole('value')],
      [new Command('verbosity'), (rig) => rig.whole('value')],
      [new Command('flush'), (rig) => rig.whole('value')],
      [commandOf('get', { keys: ['a', 'b'] }), (rig) => rig.whole('1')],
      [commandOf('get', { keys: ['a', 'b'] }), (rig) => rig.value('c')],
    ];
    for (const [command, answer] of cases) {
      const rig = new PendingRig();
      rig.push(command);
      expect(() => answer(rig)).toThrow(ProtocolError);
      expect(rig.told).toEqual([]);
    }
  });

  it('a get with a condition may have no value: the client has the item', () => {
    const rig = new PendingRig();
    rig.push(commandOf('get', { key: 'a', cas: 7n, meta: { tokens: ['v', 'C7'], hasCas: true } }));
    rig.push('next');
    rig.status('ok');
    rig.whole('mine');
    expect(rig.told).toEqual(['a: ok', 'next: =mine']);
  });

  it('a get of many keys gets its values, in whatever order, then the end', () => {
    const rig = new PendingRig();
    rig.push(commandOf('get', { keys: ['a', 'b', 'a', 'c'] }));
    rig.push('next');
    for (const key of ['a', 'a', 'c', 'b']) rig.value(key);
    rig.end();
    rig.whole('mine');
    expect(rig.told).toEqual([
      'a+b+a+c: item a=a',
      'a+b+a+c: item a=a',
      'a+b+a+c: item c=c',
      'a+b+a+c: item b=b',
      'a+b+a+c: end ok',
      'next: =mine',
    ]);
  });

  it('an error ends a get of many keys that is one line', () => {
    const rig = new PendingRig();
    rig.push(commandOf('get', { keys: ['a', 'b'] }));
    rig.push('next');
    rig.value('a');
    rig.error('out of memory');
    rig.whole('mine');
    expect(rig.told).toEqual(['a+b: item a=a', 'a+b: error out of memory', 'next: =mine']);
  });

  it('an error in a get of many keys as quiet gets is passed on at once, and the rest is swallowed up to its end', () => {
    const rig = new PendingRig();
    rig.push(commandOf('get', { keys: ['a', 'b c', 'd'] }));
    rig.push('next');
    const item = (key: string): void => {
      const reply = rig.reply.reset('ok');
      reply.key = key;
      reply.setText(key);
      rig.pending.onReply(reply);
    };
    item('a');
    rig.error('out of memory');
    item('d');
    rig.status('ok');
    rig.whole('mine');
    expect(rig.told).toEqual(['a+b c+d: item a=a', 'a+b c+d: error out of memory', 'next: =mine']);
  });

  it('quiet gets without a value are distinguished from their end', () => {
    const rig = new PendingRig();
    rig.push(commandOf('get', { keys: ['a', 'b c'], wantValue: false }));
    const reply = rig.reply.reset('ok');
    reply.key = 'b c';
    rig.pending.onReply(reply);
    rig.status('ok');
    expect(rig.told).toEqual(['a+b c: item ok', 'a+b c: end ok']);
    expect(rig.pending.length).toBe(0);
  });

  it('statistics are items up to their end, or one word', () => {
    const rig = new PendingRig();
    rig.push(new Command('stats'));
    rig.push(new Command('stats'));
    rig.push(new Command('stats'));
    rig.value('pid', '1');
    rig.end();
    rig.status('ok');
    rig.error('no such group');
    expect(rig.told).toEqual([': item pid=1', ': end ok', ': ok', ': error no such group']);
  });
});

describe('by opaque', () => {
  it('a reply is for the command that it names', () => {
    const rig = new PendingRig(true);
    const opaques = ['a', 'b', 'c'].map((key) => {
      const opaque = rig.pending.nextOpaque;
      rig.push(key);
      return opaque;
    });
    expect(opaques).toEqual([0, 1, 2]);
    rig.packet(2, 'third');
    rig.packet(0, 'first');
    rig.packet(1, 'second');
    expect(rig.told).toEqual(['c: =third', 'a: =first', 'b: =second']);
    expect(rig.pending.length).toBe(0);
  });

  it('continues after 2^32', () => {
    const rig = new PendingRig(true, 4, 2 ** 32 - 2);
    const opaques = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => {
      const opaque = rig.pending.nextOpaque;
      rig.push(key);
      return opaque;
    });
    expect(opaques).toEqual([0xfffffffe, 0xffffffff, 0, 1, 2, 3]);
    for (const opaque of [0, 0xffffffff, 3, 0xfffffffe, 2, 1]) rig.packet(opaque, String(opaque));
    expect(rig.told).toEqual(['c: =0', 'b: =4294967295', 'f: =3', 'a: =4294967294', 'e: =2', 'd: =1']);
    expect(rig.pending.length).toBe(0);
    expect(() => rig.packet(0xfffffffe, 'late')).toThrow(ProtocolError);
  });

  it('an unknown opaque, or that of a completed command, is an error', () => {
    const rig = new PendingRig(true);
    rig.push('a');
    rig.push('b');
    expect(() => rig.packet(2, 'x')).toThrow(ProtocolError);
    expect(() => rig.packet(0xffffffff, 'x')).toThrow(ProtocolError);
    rig.packet(1, 'second');
    expect(() => rig.packet(1, 'again')).toThrow(ProtocolError);
    expect(rig.told).toEqual(['b: =second']);
  });

  it('a command that got its reply before an older one never times out', () => {
    const rig = new PendingRig(true);
    rig.push('slow');
    rig.push(until(50, 'b'));
    rig.packet(1, 'second');
    expect(rig.expire(100)).toBe(0);
    expect(rig.told).toEqual(['b: =second']);
    expect(rig.failAll()).toBe(1);
    expect(rig.told).toEqual(['b: =second', 'slow: ERR_PROTOCOL']);
  });

  it('a reply with the opcode of another request is an error', () => {
    const rig = new PendingRig(true);
    rig.push('a');
    expect(() => rig.packet(0, '1.6.18', opcode.version)).toThrow(ProtocolError);
    rig.push(commandOf('get', { keys: ['b', 'c'] }));
    expect(() => rig.packet(1, 'x', opcode.get)).toThrow(ProtocolError);
  });

  it('a value in a get of many keys that was not requested is an error', () => {
    const rig = new PendingRig(true);
    rig.push(commandOf('get', { keys: ['a', 'b'] }));
    const reply = rig.reply.reset('ok', 'item');
    reply.opcode = opcode.getKQ;
    reply.key = 'other';
    reply.setText('x');
    expect(() => rig.pending.onReply(reply)).toThrow('was not requested');
  });

  it('a get of many keys ends with its NOOP; an error for one of its keys is passed on at once', () => {
    const rig = new PendingRig(true);
    rig.push(commandOf('get', { keys: ['a', 'b'] }));
    rig.push(commandOf('get', { keys: ['c', 'd'] }));
    const item = (opaque: number, key: string): void => {
      const reply = rig.reply.reset('ok', 'item');
      reply.opaqueNumber = opaque;
      reply.opcode = opcode.getKQ;
      reply.key = key;
      reply.setText(key);
      rig.pending.onReply(reply);
    };
    item(0, 'b');
    const refusal = rig.reply.setError('server', 'busy');
    refusal.opaqueNumber = 1;
    refusal.opcode = opcode.getKQ;
    rig.pending.onReply(refusal);
    item(1, 'd');
    rig.packet(0, '', opcode.noop);
    rig.packet(1, '', opcode.noop);
    expect(rig.told).toEqual(['a+b: item b=b', 'c+d: error busy', 'a+b: end =']);
    expect(rig.pending.length).toBe(0);
  });
});

describe('a command whose time is over', () => {
  it('receives a timeout, and its late reply is swallowed', () => {
    const rig = new PendingRig();
    rig.push(until(50, 'a'));
    rig.push(until(90, 'b'));
    rig.push('c');
    expect(rig.expire(49)).toBe(0);
    expect(rig.expire(50)).toBe(1);
    expect(rig.pending.length).toBe(3);
    rig.whole('late');
    rig.whole('2');
    rig.whole('3');
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent', 'b: =2', 'c: =3']);
  });

  it('counts as sent though it is not written yet: its bytes stand in the writer and will be', () => {
    const rig = new PendingRig();
    rig.push(until(50, 'a'));
    rig.expire(60);
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent']);
  });

  it('receives one timeout, and no second error at the end of the connection', () => {
    const rig = new PendingRig();
    rig.push(until(50, 'a'));
    rig.push('b');
    expect(rig.expire(60)).toBe(1);
    expect(rig.expire(70)).toBe(0);
    expect(rig.pending.isAwaited).toBe(true);
    expect(rig.failAll()).toBe(1);
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent', 'b: ERR_PROTOCOL']);
  });

  it('is not awaited any more', () => {
    const rig = new PendingRig();
    rig.push(until(50, 'a'));
    rig.expire(60);
    expect(rig.pending.isAwaited).toBe(false);
    expect(rig.pending.length).toBe(1);
  });

  it('may be sent again at once, on the same connection', () => {
    const rig = new PendingRig(false, 2);
    rig.push(until(50, 'a'), () => rig.push(until(80, 'again')));
    rig.push(until(50, 'b'), () => rig.push(until(90, 'again, too')));
    expect(rig.expire(60)).toBe(2);
    expect(rig.pending.length).toBe(4);
  });
});

describe('the end of everything', () => {
  it('says of each command whether it was sent', () => {
    const rig = new PendingRig();
    rig.push('a');
    rig.pending.markWritten();
    rig.push('b');
    expect(rig.failAll()).toBe(2);
    expect(rig.told).toEqual(['a: ERR_PROTOCOL sent', 'b: ERR_PROTOCOL']);
    expect(rig.pending.length).toBe(0);
  });

  it('in the middle of a merged get leaves nothing owed', () => {
    const rig = new PendingRig();
    rig.merged('a', 'b');
    rig.value('a');
    expect(rig.failAll()).toBe(1);
    expect(rig.pending.length).toBe(0);
  });

  it.each(['a value', 'the end'])('called from a handler that receives %s of a merged get', (what) => {
    const rig = new PendingRig();
    for (const key of ['a', 'b', 'c']) rig.push(key, () => rig.failAll());
    rig.pending.markMerged(3);
    if (what === 'a value') rig.value('b');
    else rig.end();
    expect(rig.told).toHaveLength(3);
    expect(rig.pending.length).toBe(0);
    expect(rig.pending.length).toBe(0);
  });
});

it('grows while it is in use, wherever its head stands', () => {
  const rig = new PendingRig(false, 4);
  let asked = 0;
  let answered = 0;
  for (const [more, fewer] of [
    [3, 2],
    [9, 1],
    [30, 20],
    [100, 119],
  ] as const) {
    for (let n = 0; n < more; n++) rig.push(`k${asked++}`);
    for (let n = 0; n < fewer; n++) rig.whole(String(answered++));
  }
  expect(rig.told).toEqual(Array.from({ length: asked }, (_, n) => `k${n}: =${n}`));
});
