/** Every reply reaches the caller it is for, once; what fits nobody is a ProtocolError; who waited too long leaves a tombstone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Command } from '../../src/command.ts';
import { type MemcacheError, ProtocolError, TimeoutError } from '../../src/errors.ts';
import { Pending } from '../../src/net/pending.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { Reply, type ReplyStatus } from '../../src/reply.ts';
import { commandOf } from '../support/ask.ts';

/** A queue, the one Reply that its producer uses again and again, and what the callers were told, in order. */
class Rig {
  readonly pending: Pending;
  readonly told: string[] = [];
  readonly reply = new Reply();

  constructor(byOpaque = false, capacity?: number, first?: number) {
    this.pending = new Pending(byOpaque, capacity, first);
  }

  push(command: Command | string, then?: () => void): void {
    const one = typeof command === 'string' ? new Command('get', command) : command;
    const name = one.keys === undefined ? one.key : one.keys.join('+');
    this.pending.push(one, {
      onReply: (reply) => {
        const what = reply.status === 'error' ? `error ${reply.message}` : reply.status;
        const part = reply.part === 'whole' ? '' : ` ${reply.part}`;
        this.told.push(`${name}:${part} ${reply.hasValue ? `${reply.key}=${reply.text()}` : what}`);
        then?.();
      },
      onError: (error) => {
        this.told.push(`${name}: ${error.code}${error.sent ? ' sent' : ''}`);
        then?.();
      },
    });
  }

  /** Gets written as one line. */
  merged(...keys: string[]): void {
    for (const key of keys) this.push(key);
    this.pending.markMerged(keys.length);
  }

  value(key: string, text = key): void {
    const reply = this.reply.reset('ok', 'item');
    reply.key = key;
    reply.setText(text);
    this.pending.onReply(reply);
  }

  /** A value that is the whole answer. */
  whole(text: string): void {
    this.reply.reset('ok').setText(text);
    this.pending.onReply(this.reply);
  }

  status(status: ReplyStatus): void {
    this.pending.onReply(this.reply.reset(status));
  }

  end(): void {
    this.pending.onReply(this.reply.reset('ok', 'end'));
  }

  error(message: string): void {
    this.pending.onReply(this.reply.setError('server', message));
  }

  /** A packet. */
  packet(opaque: number, text: string, op: number = opcode.get): void {
    const reply = this.reply.reset('ok');
    reply.opaqueNumber = opaque;
    reply.opcode = op;
    reply.setText(text);
    this.pending.onReply(reply);
  }

  failAll(): number {
    return this.pending.failAll((_command, sent) => new ProtocolError('gone', { sent }));
  }

  expire(now: number): number {
    return this.pending.expire(now, timedOut);
  }
}

function timedOut(command: Command, sent: boolean): MemcacheError {
  return new TimeoutError(command.key, 'total', { sent });
}

const store = (key: string): Command => new Command('store', key);
const until = (deadline: number, key: string): Command => commandOf('get', { key, deadline });

describe('in order', () => {
  it('a reply is for the oldest command', () => {
    const rig = new Rig();
    for (const key of ['a', 'b', 'c']) rig.push(key);
    rig.whole('1');
    rig.status('miss');
    rig.error('out of memory');
    expect(rig.told).toEqual(['a: =1', 'b: miss', 'c: error out of memory']);
    expect(rig.pending.length).toBe(0);
  });

  it('a reply for nobody is an error', () => {
    const rig = new Rig();
    expect(() => rig.status('ok')).toThrow(ProtocolError);
    rig.push('a');
    rig.whole('1');
    expect(() => rig.whole('2')).toThrow('that no command is waiting for');
    expect(rig.told).toEqual(['a: =1']);
  });

  it('a reply that its command cannot have is an error: the stream is out of step', () => {
    const cases: readonly (readonly [Command, (rig: Rig) => void])[] = [
      [new Command('get', 'a'), (rig) => rig.status('notStored')],
      [new Command('get', 'a'), (rig) => rig.status('ok')],
      [new Command('get', 'a'), (rig) => rig.value('a')],
      [new Command('get', 'a'), (rig) => rig.end()],
      [store('a'), (rig) => rig.whole('value')],
      [store('a'), (rig) => rig.value('a')],
      [new Command('delete', 'a'), (rig) => rig.whole('value')],
      [new Command('arith', 'a'), (rig) => rig.status('ok')],
      [commandOf('get', { keys: ['a', 'b'] }), (rig) => rig.whole('1')],
      [commandOf('get', { keys: ['a', 'b'] }), (rig) => rig.value('c')],
    ];
    for (const [command, answer] of cases) {
      const rig = new Rig();
      rig.push(command);
      expect(() => answer(rig)).toThrow(ProtocolError);
      expect(rig.told).toEqual([]);
    }
  });

  it('a get of many keys gets its values, in whatever order, then the end', () => {
    const rig = new Rig();
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
    const rig = new Rig();
    rig.push(commandOf('get', { keys: ['a', 'b'] }));
    rig.push('next');
    rig.value('a');
    rig.error('out of memory');
    rig.whole('mine');
    expect(rig.told).toEqual(['a+b: item a=a', 'a+b: error out of memory', 'next: =mine']);
  });

  it('an error in a get of many keys that is quiet gets is told at once, and the rest is swallowed up to its end', () => {
    const rig = new Rig();
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

  it('quiet gets that ask for no value are told apart from their end', () => {
    const rig = new Rig();
    rig.push(commandOf('get', { keys: ['a', 'b c'], wantValue: false }));
    const reply = rig.reply.reset('ok');
    reply.key = 'b c';
    rig.pending.onReply(reply);
    rig.status('ok');
    expect(rig.told).toEqual(['a+b c: item ok', 'a+b c: end ok']);
    expect(rig.pending.length).toBe(0);
  });

  it('statistics are items up to their end, or one word', () => {
    const rig = new Rig();
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

describe('gets that were written as one line', () => {
  it.each([
    ['all hits', ['a', 'b', 'c']],
    ['a miss in front', ['b', 'c']],
    ['a miss in the middle', ['a', 'c']],
    ['a miss at the end', ['a', 'b']],
    ['one hit', ['b']],
    ['no hit', []],
    ['another order, as proxies give them', ['c', 'a', 'b']],
    ['another order with a miss', ['c', 'a']],
  ])('%s', (_name, hits) => {
    const rig = new Rig();
    rig.merged('a', 'b', 'c');
    rig.push(store('next'));
    for (const key of hits) rig.value(key);
    rig.end();
    rig.status('ok');
    const missed = ['a', 'b', 'c'].filter((key) => !hits.includes(key));
    expect(rig.told).toEqual([
      ...hits.map((key) => `${key}: ${key}=${key}`),
      ...missed.map((key) => `${key}: miss`),
      'next: ok',
    ]);
    expect(rig.pending.length).toBe(0);
  });

  it('equal keys each get their own value', () => {
    const rig = new Rig();
    rig.merged('a', 'b', 'a', 'a');
    for (const [key, text] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
      ['a', '4'],
    ] as const)
      rig.value(key, text);
    rig.end();
    expect(rig.told).toEqual(['a: a=1', 'b: b=2', 'a: a=3', 'a: a=4']);
  });

  it('a value that none of them asked for, or once too often, is an error', () => {
    const rig = new Rig();
    rig.merged('a', 'b');
    expect(() => rig.value('c')).toThrow('a value for "c", which was not asked for');
    rig.value('b');
    expect(() => rig.value('b')).toThrow(ProtocolError);
    rig.value('a');
    expect(() => rig.value('a')).toThrow(ProtocolError);
    expect(() => rig.status('ok')).toThrow(ProtocolError);
  });

  it('does not take a value for a later line', () => {
    const rig = new Rig();
    rig.merged('a');
    rig.merged('b');
    expect(() => rig.value('b')).toThrow(ProtocolError);
  });

  it('an error is for all that are left', () => {
    const rig = new Rig();
    rig.merged('a', 'b', 'c');
    rig.value('b');
    rig.error('out of memory');
    expect(rig.told).toEqual(['b: b=b', 'a: error out of memory', 'c: error out of memory']);
    expect(rig.pending.length).toBe(0);
  });

  it('the end is owed when all values are there', () => {
    const rig = new Rig();
    rig.merged('a');
    rig.value('a');
    expect(rig.pending.length).toBe(0);
    expect(() => rig.whole('2')).toThrow(ProtocolError);
    rig.end();
    expect(() => rig.end()).toThrow(ProtocolError);
    expect(rig.told).toEqual(['a: a=a']);
  });

  it('a caller who gave up in between loses only its own value', () => {
    const rig = new Rig();
    rig.push(until(50, 'a'));
    rig.push('b');
    rig.push('c');
    rig.pending.markMerged(3);
    expect(rig.expire(50)).toBe(1);
    rig.value('a');
    rig.value('c');
    rig.end();
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent', 'c: c=c', 'b: miss']);
  });

  it('a value that changes hands keeps its flags and cas', () => {
    const rig = new Rig();
    const seen: unknown[] = [];
    for (const key of ['a', 'b'])
      rig.pending.push(new Command('get', key), {
        onReply: ({ part, flags, cas, status }) => seen.push([key, part, status, flags, cas]),
        onError() {},
      });
    rig.pending.markMerged(2);
    const reply = Object.assign(rig.reply.reset('ok', 'item'), { key: 'b', flags: 7, cas: 9n });
    rig.pending.onReply(reply);
    rig.end();
    expect(seen).toEqual([
      ['b', 'whole', 'ok', 7, 9n],
      ['a', 'whole', 'miss', 0, 0n],
    ]);
  });

  it('any lines with any hits in any order: each caller is told once, its own', () => {
    const line = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.infiniteStream(fc.nat(2)), (lines, dice) => {
        const rig = new Rig(false, 2);
        const expected: string[] = [];
        for (const keys of lines) rig.merged(...keys);
        for (const keys of lines) {
          const isHit = new Map(keys.map((key) => [key, dice.next().value > 0]));
          const hits = keys.filter((key) => isHit.get(key));
          if (dice.next().value === 0) hits.reverse();
          for (const key of hits) rig.value(key);
          rig.end();
          expected.push(
            ...keys.map((key) => (isHit.get(key) === true ? `${key}: ${key}=${key}` : `${key}: miss`)).sort(),
          );
        }
        let at = 0;
        const told = lines.flatMap((keys) => rig.told.slice(at, (at += keys.length)).sort());
        expect(told).toEqual(expected);
        expect(rig.pending.length).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe('by opaque', () => {
  it('a reply is for the command that it names', () => {
    const rig = new Rig(true);
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

  it('goes on behind 2^32', () => {
    const rig = new Rig(true, 4, 2 ** 32 - 2);
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

  it('an opaque that nobody has, or whose command is answered, is an error', () => {
    const rig = new Rig(true);
    rig.push('a');
    rig.push('b');
    expect(() => rig.packet(2, 'x')).toThrow(ProtocolError);
    expect(() => rig.packet(0xffffffff, 'x')).toThrow(ProtocolError);
    rig.packet(1, 'second');
    expect(() => rig.packet(1, 'again')).toThrow(ProtocolError);
    expect(rig.told).toEqual(['b: =second']);
  });

  it('a command that was answered before an older one never times out', () => {
    const rig = new Rig(true);
    rig.push('slow');
    rig.push(until(50, 'b'));
    rig.packet(1, 'second');
    expect(rig.expire(100)).toBe(0);
    expect(rig.told).toEqual(['b: =second']);
    expect(rig.failAll()).toBe(1);
    expect(rig.told).toEqual(['b: =second', 'slow: ERR_PROTOCOL']);
  });

  it('a get of many keys ends with its NOOP; an error for one of its keys is told at once', () => {
    const rig = new Rig(true);
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
  it('is told, and its late reply is swallowed', () => {
    const rig = new Rig();
    rig.push(until(50, 'a'));
    rig.push(until(90, 'b'));
    rig.push('c');
    expect(rig.pending.earliestDeadline).toBe(50);
    expect(rig.expire(49)).toBe(0);
    expect(rig.expire(50)).toBe(1);
    expect(rig.pending.earliestDeadline).toBe(90);
    expect(rig.pending.length).toBe(3);
    rig.whole('late');
    rig.whole('2');
    rig.whole('3');
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent', 'b: =2', 'c: =3']);
  });

  it('counts as sent though it is not written yet: its bytes stand in the writer and will be', () => {
    const rig = new Rig();
    rig.push(until(50, 'a'));
    rig.expire(60);
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent']);
  });

  it('is told once, and then no more by the end of everything', () => {
    const rig = new Rig();
    rig.push(until(50, 'a'));
    rig.push('b');
    expect(rig.expire(60)).toBe(1);
    expect(rig.expire(70)).toBe(0);
    expect(rig.pending.isAwaited).toBe(true);
    expect(rig.failAll()).toBe(1);
    expect(rig.told).toEqual(['a: ERR_TIMEOUT sent', 'b: ERR_PROTOCOL']);
  });

  it('is not awaited any more', () => {
    const rig = new Rig();
    rig.push(until(50, 'a'));
    rig.expire(60);
    expect(rig.pending.isAwaited).toBe(false);
    expect(rig.pending.length).toBe(1);
  });

  it('may be asked again at once, on the same connection', () => {
    const rig = new Rig(false, 2);
    rig.push(until(50, 'a'), () => rig.push(until(80, 'again')));
    rig.push(until(50, 'b'), () => rig.push(until(90, 'again, too')));
    expect(rig.expire(60)).toBe(2);
    expect(rig.pending.earliestDeadline).toBe(80);
    expect(rig.pending.length).toBe(4);
  });
});

describe('the end of everything', () => {
  it('says of each command whether it was sent', () => {
    const rig = new Rig();
    rig.push('a');
    rig.pending.markWritten();
    rig.push('b');
    expect(rig.failAll()).toBe(2);
    expect(rig.told).toEqual(['a: ERR_PROTOCOL sent', 'b: ERR_PROTOCOL']);
    expect(rig.pending.length).toBe(0);
    expect(rig.pending.earliestDeadline).toBe(Infinity);
  });

  it('in the middle of a merged get leaves nothing owed', () => {
    const rig = new Rig();
    rig.merged('a', 'b');
    rig.value('a');
    expect(rig.failAll()).toBe(1);
    expect(rig.pending.length).toBe(0);
  });

  it.each(['a value', 'the end'])('called from a handler that is told of %s of a merged get', (what) => {
    const rig = new Rig();
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
  const rig = new Rig(false, 4);
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
