import { describe, expect, it } from 'vitest';
import { noOwner, rank } from '../../../src/testing/world/agenda.ts';
import type { LinkOptions } from '../../../src/testing/world/link.ts';
import { type SimulatedRig, simulated } from '../../support/network-rig.ts';

const even: LinkOptions = { latency: 10, jitter: 0 };

function sleep({ agenda }: SimulatedRig, ms: number): Promise<void> {
  return new Promise((resolve) => void agenda.plan(agenda.now + ms, rank.timer, noOwner, resolve));
}

/** Runs a test, which states something, on a network with 10 ms from end to end. */
function on(options: LinkOptions, run: (rig: SimulatedRig) => Promise<void>): () => Promise<void> {
  return async () => {
    expect.hasAssertions();
    await simulated({ ...even, ...options }, run);
  };
}

describe('the time of a simulated network', () => {
  it(
    'a dial takes there and back, and bytes take the latency',
    on({}, async (rig) => {
      const [near, far] = await rig.pair();
      expect(rig.agenda.now).toBe(20);
      near.write('a');
      await rig.until(() => far.text === 'a');
      expect(rig.agenda.now).toBe(30);
    }),
  );

  it(
    'a dial that is refused takes there and back',
    on({}, async (rig) => {
      const near = rig.dial({ host: 'nobody', port: 1 });
      await rig.until(() => near.isClosed);
      expect(rig.agenda.now).toBe(20);
    }),
  );

  it(
    'bytes need the bandwidth before the latency',
    on({ bytesPerMs: 10 }, async (rig) => {
      const [near, far] = await rig.pair();
      near.write('a'.repeat(1000));
      await rig.until(() => far.text.length === 1000);
      expect(rig.agenda.now).toBe(20 + 100 + 10);
    }),
  );

  it(
    'a way that is changed has its own latency until the change is over',
    on({}, async (rig) => {
      const [near, far] = await rig.pair();
      const undo = rig.network.change('far', 'near', { latency: 500 });
      near.write('a');
      await rig.until(() => far.text === 'a');
      expect(rig.agenda.now).toBe(520);
      undo();
      undo();
      near.write('b');
      await rig.until(() => far.text === 'ab');
      expect(rig.agenda.now).toBe(530);
    }),
  );

  it(
    'segments stay in order where the jitter is longer than their distance',
    on({ cut: 'tiny', jitter: 50 }, async (rig) => {
      const [near, far] = await rig.pair();
      const text = Array.from({ length: 200 }, (_, index) => `${index} `).join('');
      near.write(text);
      await rig.until(() => far.text.length === text.length);
      expect(far.text).toBe(text);
      expect(rig.agenda.now).toBeGreaterThan(40);
    }),
  );
});

describe('partitions of a simulated network', () => {
  it(
    'what is sent during a partition arrives after it, in order',
    on({}, async (rig) => {
      const [near, far] = await rig.pair();
      const heal = rig.network.partition('near', 'far');
      near.write('one ');
      far.write('back');
      await sleep(rig, 5000);
      near.write('two');
      expect([near.text, far.text]).toEqual(['', '']);
      heal();
      await rig.until(() => far.text === 'one two' && near.text === 'back');
      expect(rig.agenda.now).toBeGreaterThan(5030);
      expect(rig.agenda.now).toBeLessThanOrEqual(7030);
    }),
  );

  it(
    'a partition in one direction lets the other pass',
    on({}, async (rig) => {
      const [near, far] = await rig.pair();
      rig.network.partition('near', 'far', true);
      near.write('lost');
      far.write('heard');
      await rig.until(() => near.text === 'heard');
      await sleep(rig, 100);
      expect(far.text).toBe('');
    }),
  );

  it(
    'two partitions at once end with the last',
    on({}, async (rig) => {
      const [near, far] = await rig.pair();
      const first = rig.network.partition('near', 'far');
      const second = rig.network.partition('near', 'far');
      near.write('a');
      first();
      first();
      await sleep(rig, 5000);
      expect(far.text).toBe('');
      second();
      await rig.until(() => far.text === 'a');
    }),
  );

  it(
    'a sender whose peer cannot confirm holds what the window does not take',
    on({ window: 1000 }, async (rig) => {
      const [near, far] = await rig.pair();
      rig.network.partition('far', 'near', true);
      near.write('a'.repeat(2500));
      await sleep(rig, 1000);
      expect(far.text).toHaveLength(1000);
      expect(near.transport.bufferedBytes).toBe(1500);
    }),
  );

  it.each([
    ['a partition', (rig: SimulatedRig) => rig.network.partition('near', 'far')],
    ['a place that swallows', (rig: SimulatedRig) => rig.network.swallow('far')],
  ])('a dial during %s opens with the first SYN after it', (_what, begin) =>
    on({}, async (rig) => {
      const { address } = await rig.listen();
      const heal = begin(rig);
      const near = rig.dial(address);
      await sleep(rig, 1500);
      expect(near.heard).toEqual([]);
      heal();
      await rig.until(() => near.heard.length > 0);
      expect(near.heard).toEqual(['open']);
      expect(rig.agenda.now).toBeGreaterThan(3000);
      expect(rig.agenda.now).toBeLessThan(3100);
    })(),
  );

  it(
    'a dial that nobody hears ends after two minutes',
    on({}, async (rig) => {
      const { address } = await rig.listen();
      rig.network.swallow('far');
      const near = rig.dial(address);
      await rig.until(() => near.isClosed);
      expect(near.heard).toEqual(['closed ETIMEDOUT']);
      expect(Math.round(rig.agenda.now / 1000)).toBe(127);
    }),
  );

  it(
    'a place refuses connections as long as it is told to',
    on({}, async (rig) => {
      const { address } = await rig.listen();
      const heal = rig.network.refuse('far');
      const refused = rig.dial(address);
      await rig.until(() => refused.isClosed);
      expect(refused.heard).toEqual(['closed ECONNREFUSED']);
      heal();
      const near = rig.dial(address);
      await rig.until(() => near.heard.length > 0);
      expect(near.heard).toEqual(['open']);
    }),
  );

  it(
    'a broken connection is reset on both sides',
    on({}, async (rig) => {
      const [near, far] = await rig.pair();
      rig.network.reset('far', 'near');
      await rig.until(() => near.isClosed && far.isClosed);
      expect([near.heard, far.heard]).toEqual([
        ['open', 'closed ECONNRESET'],
        ['open', 'closed ECONNRESET'],
      ]);
      expect(rig.network.open(rig.nearLife)).toBe(0);
    }),
  );
});

describe('processes of a simulated network', () => {
  it(
    'one that stands still reads later, and its port takes connections meanwhile',
    on({}, async (rig) => {
      const [near, far, { accepted, address }] = await rig.pair();
      rig.farLife.standsStillUntil = 1000;
      near.write('a');
      const second = rig.dial(address);
      await rig.until(() => second.heard.includes('open'));
      expect(rig.agenda.now).toBe(40);
      expect(accepted).toHaveLength(1);
      await rig.until(() => far.text === 'a' && accepted.length === 2);
      expect(rig.agenda.now).toBe(1000);
    }),
  );

  it.each([
    ['reset', ['open', 'closed ECONNRESET']],
    ['end', ['open', 'end', 'closed']],
  ] as const)('one that dies with %s is seen by its peers, and its address is free', (how, heard) =>
    on({}, async (rig) => {
      const [near, far, { address }] = await rig.pair();
      far.write('the last of it');
      rig.farLife.isGone = true;
      rig.network.kill(rig.farLife, how);
      await rig.until(() => near.isClosed);
      expect(near.text).toBe('the last of it');
      expect(near.heard).toEqual(heard);
      expect(far.heard).toEqual(['open']);
      const late = rig.dial(address);
      await rig.until(() => late.isClosed);
      expect(late.heard).toEqual(['closed ECONNREFUSED']);
      expect(rig.network.open(rig.farLife)).toBe(0);
    })(),
  );

  it(
    'nobody hears of a power failure, until the machine is back and knows no connection',
    on({}, async (rig) => {
      const [near, , { address }] = await rig.pair();
      rig.farLife.isGone = true;
      rig.network.kill(rig.farLife, 'silent');
      near.write('hello?');
      const late = rig.dial(address);
      await sleep(rig, 30_000);
      expect(near.heard).toEqual(['open']);
      expect(late.heard).toEqual([]);
      rig.network.at({ name: 'far', owner: { isGone: false, standsStillUntil: 0 } });
      await rig.until(() => near.isClosed && late.isClosed);
      expect(near.heard).toEqual(['open', 'closed ECONNRESET']);
      expect(late.heard).toEqual(['closed ECONNREFUSED']);
    }),
  );

  it(
    'a peer that waits for room in a window learns of a power failure when the machine is back',
    on({ window: 10 }, async (rig) => {
      const [near, far] = await rig.pair();
      far.transport.pause();
      near.write('0123456789abc');
      await sleep(rig, 1000);
      rig.farLife.isGone = true;
      rig.network.kill(rig.farLife, 'silent');
      await sleep(rig, 30_000);
      expect(near.heard).toEqual(['open']);
      rig.network.at({ name: 'far', owner: { isGone: false, standsStillUntil: 0 } });
      await rig.until(() => near.isClosed);
      expect(near.heard).toEqual(['open', 'closed ECONNRESET']);
    }),
  );

  it(
    'memory that is held and written over too early arrives as it was written over',
    on({ window: 10 }, async (rig) => {
      const [near, far] = await rig.pair();
      const memory = Buffer.from('0123456789abcdefghij');
      near.transport.write([memory]);
      expect(near.transport.isFlushed).toBe(false);
      memory.fill('!');
      await rig.until(() => far.text.length === 20);
      expect(far.text).toBe('0123456789!!!!!!!!!!');
    }),
  );

  it(
    'a port whose queue is full lets dials wait',
    on({}, async (rig) => {
      const options = { clock: rig.clock, acceptQueue: 1, handshakeTimeout: 1, maxTls: 1 };
      let accepted = 0;
      const onConnection = (): void => void accepted++;
      const port = rig.far.port(options, { onConnection, onFailed() {}, onRejected() {} });
      const address = await port.listen({ host: 'far', port: 7 });
      rig.farLife.standsStillUntil = 500;
      const dials = [rig.dial(address), rig.dial(address)];
      await sleep(rig, 400);
      expect(dials.map(({ heard }) => heard.length)).toEqual([1, 0]);
      await rig.until(() => accepted === 2);
      expect(rig.agenda.now).toBeGreaterThan(1000);
    }),
  );
});
