import { describe, expect, it } from 'vitest';
import { memoryHeldBy } from '../support/memory.ts';
import { manualRig, storeRig } from '../support/session-rig.ts';

const hit = (key: string, value: string): string => `VALUE ${key} 0 ${value.length}\r\n${value}\r\nEND\r\n`;
const large = 'x'.repeat(10_000);

describe('the bound on commands in flight', () => {
  it('makes further commands wait, stops reading, and continues when replies arrive', () => {
    const rig = manualRig({ bounds: { maxInFlight: 3 } });
    const { client } = rig.connect();
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    client.say(keys.map((key) => `get ${key}\r\n`).join(''));
    expect(rig.dispatcher.pending).toHaveLength(3);
    expect(client.far.isPaused).toBe(true);
    client.say('get last\r\n');
    let answered = '';
    for (const key of [...keys, 'last']) {
      rig.dispatcher.hit(key, 'v');
      rig.turn(client);
      answered += client.take();
      expect(rig.dispatcher.pending.length).toBeLessThanOrEqual(3);
    }
    expect(answered).toBe([...keys, 'last'].map((key) => hit(key, 'v')).join(''));
    expect(client.far.isPaused).toBe(false);
  });

  it('holds for quit as well: it waits for its turn', () => {
    const rig = manualRig({ bounds: { maxInFlight: 1 } });
    const { client } = rig.connect();
    client.say('get a\r\nget b\r\nquit\r\nget c\r\n');
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    rig.dispatcher.hit('b', '2');
    rig.turn(client);
    expect(client.take()).toBe(hit('a', '1') + hit('b', '2'));
    expect(client.isEnded).toBe(true);
    expect(rig.dispatcher.pending).toHaveLength(0);
  });

  it('and the end of the client together: what waits gets its reply before our end', () => {
    const rig = manualRig({ bounds: { maxInFlight: 1 } });
    const { client } = rig.connect();
    client.say('get a\r\nget b\r\n');
    client.transport.end();
    client.flow();
    for (const key of ['a', 'b']) {
      rig.dispatcher.hit(key, key);
      rig.turn(client);
    }
    client.flow();
    expect(client.take()).toBe(hit('a', 'a') + hit('b', 'b'));
    expect(client.isEnded).toBe(true);
  });
});

describe('replies that wait for one before them', () => {
  it('keep nothing but themselves when they wait for long: not the texts that they were cut out of', () => {
    const rig = manualRig({ texts: 'borrowed' });
    const { client, session } = rig.connect();
    const keys = Array.from({ length: 120 }, (_, i) => `k${i}`);
    const valueOf = (key: string): string => `${key}:`.repeat(20_000).slice(0, 20);
    client.say(['slow', ...keys].map((key) => `get ${key}\r\n`).join(''));
    const held = memoryHeldBy(() => {
      for (const key of keys) rig.dispatcher.hit(key, valueOf(key));
      session.watch(1000);
    });
    expect(held).toBeLessThan(2 * 1024 * 1024);
    rig.dispatcher.hit('slow', 's');
    rig.turn(client);
    const answers = keys.map((key) => hit(key, valueOf(key)));
    expect(client.take()).toBe(hit('slow', 's') + answers.join(''));
  });
});

describe('a client that reads slowly', () => {
  it('has its commands wait when replies pile up: what is held stays near the bound, and nothing is lost', () => {
    const rig = storeRig({ bounds: { maxOutput: 300_000 } });
    const { client } = rig.connect();
    client.ask(`set k 0 0 ${large.length}\r\n${large}\r\n`);
    client.far.window = 1000;
    client.transport.pause();
    client.say('get k\r\n'.repeat(2000));
    // The bound, and the bytes that are encoded before they are looked at.
    expect(client.far.bufferedBytes).toBeLessThan(300_000 + 2 * 256 * 1024);
    expect(client.far.isPaused).toBe(true);
    client.transport.resume();
    rig.settle(client);
    expect(client.take()).toBe(hit('k', large).repeat(2000));
    expect(client.far.isPaused).toBe(false);
    expect(client.ask('mn\r\n')).toBe('MN\r\n');
  });

  it('has its commands wait when early replies pile up behind a late one', () => {
    const rig = manualRig({ bounds: { maxOutput: 30_000 } });
    const { client } = rig.connect();
    client.say(`get late\r\n${'get k\r\n'.repeat(3)}`);
    for (let i = 0; i < 3; i++) rig.dispatcher.hit('k', large);
    rig.turn(client);
    client.say('get k\r\n');
    expect(rig.dispatcher.pending.map(({ command }) => command.key)).toEqual(['late']);
    rig.dispatcher.hit('late', 'v');
    rig.turn(client);
    expect(client.take()).toBe(hit('late', 'v') + hit('k', large).repeat(3));
    expect(rig.dispatcher.pending.map(({ command }) => command.key)).toEqual(['k']);
  });

  it('is dropped above the hard bound, once', () => {
    const rig = storeRig({ bounds: { maxOutput: 1000, maxHeldOutput: 500_000 } });
    const { client } = rig.connect();
    client.ask(`set k 0 0 600000\r\n${'x'.repeat(600_000)}\r\n`);
    client.far.window = 1000;
    client.transport.pause();
    client.say('get k\r\n');
    expect(client.isClosed).toBe(true);
    expect(rig.closed).toHaveLength(1);
    expect(rig.context.counters.slowKicks).toBe(1);
    expect(rig.connect().client.ask('mn\r\n')).toBe('MN\r\n');
  });

  it('is dropped when early replies pile up above the hard bound, and the replies still to come do no harm', () => {
    const rig = manualRig({ bounds: { maxOutput: 1000, maxHeldOutput: 15_000 } });
    const { client } = rig.connect();
    client.say(`get late\r\n${'get k\r\n'.repeat(4)}`);
    for (let i = 0; i < 4; i++) rig.dispatcher.hit('k', large);
    rig.dispatcher.hit('late');
    rig.clock.turn();
    expect(client.isClosed).toBe(true);
    expect(rig.context.counters.slowKicks).toBe(1);
  });

  it('is dropped when it reads nothing for too long, and not while it reads a little', () => {
    const rig = storeRig({ bounds: { maxOutput: 1000, stallTimeout: 5000 } });
    const { client, session } = rig.connect();
    client.ask(`set k 0 0 ${large.length}\r\n${large}\r\n`);
    client.far.window = 1000;
    client.transport.pause();
    client.say('get k\r\n'.repeat(5));
    for (let i = 0; i < 20; i++) {
      client.transport.resume();
      client.far.deliver(100);
      client.transport.pause();
      session.watch(1000);
    }
    expect(client.isClosed).toBe(false);
    for (let i = 0; i < 5; i++) session.watch(1000);
    expect(client.isClosed).toBe(true);
    expect(rig.context.counters.slowKicks).toBe(1);
  });
});

describe('time', () => {
  it('ends a session that is silent for the idle timeout', () => {
    const rig = storeRig({ bounds: { idleTimeout: 3000 } });
    const { client, session } = rig.connect();
    for (let i = 0; i < 10; i++) {
      session.watch(1000);
      session.watch(1000);
      expect(client.ask('mn\r\n')).toBe('MN\r\n');
    }
    for (let i = 0; i < 4; i++) session.watch(1000);
    client.flow();
    expect(client.isEnded).toBe(true);
    expect(rig.context.counters.idleKicks).toBe(1);
  });

  it('ends a session that stopped in the middle of a set', () => {
    const rig = storeRig({ bounds: { idleTimeout: 3000 } });
    const { client, session } = rig.connect();
    client.say('set k 0 0 10\r\n123');
    for (let i = 0; i < 4; i++) session.watch(1000);
    client.flow();
    expect(client.isEnded).toBe(true);
  });

  it('does not end a session whose command is still in flight, nor one without idle timeout', () => {
    const rig = manualRig({ bounds: { idleTimeout: 3000 } });
    const { client, session } = rig.connect();
    client.say('get a\r\n');
    for (let i = 0; i < 20; i++) session.watch(1000);
    rig.dispatcher.hit('a', '1');
    rig.turn(client);
    expect(client.take()).toBe(hit('a', '1'));
    const endless = storeRig().connect();
    for (let i = 0; i < 10_000; i++) endless.session.watch(1000);
    expect(endless.client.ask('mn\r\n')).toBe('MN\r\n');
  });

  it('drops a client that does not close its side after ours', () => {
    const rig = storeRig({ bounds: { lingerTimeout: 2000 } });
    const { client, session } = rig.connect();
    client.say('quit\r\n');
    expect(client.isEnded).toBe(true);
    expect(client.isClosed).toBe(false);
    for (let i = 0; i < 3; i++) session.watch(1000);
    expect(client.isClosed).toBe(true);
  });
});

describe('replies that become larger in the middle of a pipeline', () => {
  it('are held for a client that does not read if they were in flight; no further command is dispatched', () => {
    const [inFlight, size] = [64, 50_000];
    const rig = manualRig({ bounds: { maxInFlight: inFlight, maxOutput: 100_000 } });
    const { client } = rig.connect();
    client.far.window = 100;
    client.say('get k\r\n'.repeat(500));
    for (let i = 0; i < 200; i++) {
      rig.dispatcher.hit('k', 'small');
      rig.turn(client);
    }
    expect(rig.dispatcher.pending).toHaveLength(inFlight);
    client.transport.pause();
    let answered = 0;
    while (rig.dispatcher.pending.length > 0 && answered < 500) {
      rig.dispatcher.hit('k', 'x'.repeat(size));
      answered++;
      rig.clock.turn();
    }
    expect(answered).toBe(inFlight);
    expect(client.far.bufferedBytes).toBeLessThanOrEqual(inFlight * (size + 30));
    client.transport.resume();
    rig.turn(client);
    rig.turn(client);
    expect(rig.dispatcher.pending.length).toBeGreaterThan(0);
    expect(rig.dispatcher.pending.length).toBeLessThanOrEqual(8);
  });
});
