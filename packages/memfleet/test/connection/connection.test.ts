/** How many commands a connection takes, and how it ends. */
import { describe, expect, it } from 'vitest';
import { ConnectionRig } from './connection-rig.ts';

describe('room', () => {
  it('ends at the bound of commands in flight', () => {
    const rig = new ConnectionRig({ maxInFlight: 2 });
    rig.ask('a');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([false, false]);
    rig.ask('b');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([true, true]);
    rig.turn();
    rig.transport.say('EN\r\n');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([false, false]);
    expect(rig.progress).toBe(1);
  });

  it('is announced once a chunk, not once a reply', () => {
    const rig = new ConnectionRig();
    for (const key of ['a', 'b', 'c']) rig.ask(key);
    rig.turn();
    rig.transport.say('EN\r\nEN\r\nEN\r\n');
    expect(rig.progress).toBe(1);
    expect(rig.connection.replies).toBe(3);
  });

  it('is not there while a large value comes, though the bound is not reached', () => {
    const rig = new ConnectionRig();
    rig.ask('a');
    rig.turn();
    rig.transport.say('VA 100000\r\nx');
    expect([rig.connection.isBusy, rig.connection.isFull]).toEqual([true, false]);
    rig.transport.say(`${'x'.repeat(99_999)}\r\n`);
    expect(rig.connection.isBusy).toBe(false);
    expect(rig.told[0]).toHaveLength('a:  from a:11211'.length + 100_000);
  });

  it('has no room when it is closing or closed, so that callers that learn of its end go elsewhere', () => {
    const rig = new ConnectionRig();
    const seen: unknown[] = [];
    rig.ask('a', 0, () => {
      seen.push(rig.connection.isFull, rig.connection.isBusy, rig.connection.isOpen);
      rig.ask('again');
    });
    rig.turn();
    rig.connection.destroy();
    expect(seen).toEqual([true, true, false]);
    expect(rig.told).toEqual(['a: ERR_CLOSED', 'again: ERR_CONNECTION_CLOSED']);
    expect(rig.errors.map(({ sent }) => sent)).toEqual([true, false]);
  });
});

describe('the end', () => {
  it('close waits for the replies that are owed, then ends without an error', async () => {
    const rig = new ConnectionRig();
    rig.ask('a');
    rig.ask('b');
    rig.turn();
    let isClosed = false;
    const closing = rig.connection.close().then(() => (isClosed = true));
    const again = rig.connection.close();
    rig.ask('late');
    rig.transport.say('EN\r\n');
    await Promise.resolve();
    expect([isClosed, rig.transport.isClosed]).toEqual([false, false]);
    rig.transport.say('EN\r\n');
    await closing;
    await again;
    expect(rig.told).toEqual(['late: ERR_CONNECTION_CLOSED', 'a: miss from a:11211', 'b: miss from a:11211']);
    expect(rig.closed).toEqual({ error: undefined, lost: 0 });
    expect(rig.transport.isClosed).toBe(true);
    await rig.connection.close();
  });

  it('close writes what was dispatched before it', async () => {
    const rig = new ConnectionRig();
    rig.ask('a');
    const closing = rig.connection.close();
    expect(rig.turn()).toBe('mg a v f\r\n');
    rig.transport.say('EN\r\n');
    await closing;
    expect(rig.told).toEqual(['a: miss from a:11211']);
  });

  it('close of an idle connection is done at once', async () => {
    const rig = new ConnectionRig();
    await rig.connection.close();
    expect(rig.closed).toEqual({ error: undefined, lost: 0 });
    expect(rig.clock.timers).toBe(0);
  });

  it('close waits no longer than the deadlines of the pending commands', async () => {
    const rig = new ConnectionRig();
    rig.ask('a', 50);
    rig.turn();
    const closing = rig.connection.close();
    rig.clock.advance(50);
    await closing;
    expect(rig.told).toEqual(['a: ERR_TIMEOUT']);
    expect(rig.closed).toEqual({
      error: expect.objectContaining({ code: 'ERR_CONNECTION_CLOSED' }) as unknown,
      lost: 0,
    });
  });

  it('close does not wait for the replies of timed-out commands', async () => {
    const rig = new ConnectionRig();
    rig.ask('a', 50);
    rig.turn();
    rig.clock.advance(50);
    await rig.connection.close();
    expect(rig.closed).toEqual({ error: undefined, lost: 0 });
  });

  it('destroy fails everything at once, and nothing comes afterwards', () => {
    const rig = new ConnectionRig();
    rig.ask('a', 50);
    rig.turn();
    rig.ask('b', 50);
    rig.connection.destroy();
    expect(rig.errors.map(({ code, sent, node }) => [code, sent, node])).toEqual([
      ['ERR_CLOSED', true, 'a:11211'],
      ['ERR_CLOSED', false, 'a:11211'],
    ]);
    expect(rig.closed?.lost).toBe(2);
    expect(rig.clock.timers).toBe(0);
    rig.connection.destroy();
    rig.transport.say('EN\r\nnonsense\r\n');
    rig.transport.drain();
    rig.transport.finish();
    rig.transport.drop();
    rig.clock.turn();
    expect(rig.told).toHaveLength(2);
    expect(rig.progress).toBe(0);
  });

  it.each([
    [
      'the end from the node',
      (rig: ConnectionRig) => rig.transport.finish(),
      'ERR_CONNECTION_CLOSED',
      /a:11211 closed the connection$/,
    ],
    [
      'a reset',
      (rig: ConnectionRig) => rig.transport.drop(new Error('read ECONNRESET')),
      'ERR_CONNECTION_CLOSED',
      /ended: read ECONNRESET$/,
    ],
    [
      'bytes that are no protocol',
      (rig: ConnectionRig) => rig.transport.say('nonsense\r\n'),
      'ERR_PROTOCOL',
      /not a reply line: "nonsense/,
    ],
    [
      'a reply too much',
      (rig: ConnectionRig) => rig.transport.say('EN\r\nEN\r\nEN\r\n'),
      'ERR_PROTOCOL',
      /that no command is waiting for/,
    ],
    [
      'the end inside a value',
      (rig: ConnectionRig) => (rig.transport.say('VA 5\r\nab'), rig.transport.finish()),
      'ERR_CONNECTION_CLOSED',
      /in the middle of a reply$/,
    ],
  ])('%s ends it and all that is owed', (_what, happen, code, message) => {
    const rig = new ConnectionRig();
    rig.ask('a');
    rig.ask('b');
    rig.turn();
    happen(rig);
    expect(rig.closed?.error?.code).toBe(code);
    expect(rig.closed?.error?.message).toMatch(message);
    expect(rig.told).toHaveLength(2);
    expect(rig.errors.every((error) => error.code === code && error.sent)).toBe(true);
    expect(rig.transport.isClosed).toBe(true);
    expect(rig.connection.isOpen).toBe(false);
  });

  it('a reply without a request ends an idle connection', () => {
    const rig = new ConnectionRig();
    rig.transport.say('ERROR\r\n');
    expect(rig.closed?.error?.code).toBe('ERR_PROTOCOL');
    expect(rig.closed?.lost).toBe(0);
  });
});
