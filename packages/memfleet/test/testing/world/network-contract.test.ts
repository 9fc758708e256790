/** What both the sockets of the kernel and the simulated network do: code that works on one works on the other. */
import { describe, expect, it } from 'vitest';
import { ignoredEvents } from '../../../src/net/transport.ts';
import { type End, type NetworkRig, onSockets, simulated } from '../../support/network-rig.ts';

type Play = (run: (rig: NetworkRig) => Promise<void>) => Promise<void>;

const subjects: readonly (readonly [name: string, play: Play])[] = [
  ['sockets of the kernel', onSockets],
  ['the simulated network', (run) => simulated({}, run)],
  ['the simulated network with tiny segments', (run) => simulated({ cut: 'tiny', jitter: 3 }, run)],
  ['the simulated network with a small window', (run) => simulated({ cut: 'anywhere', window: 700 }, run)],
  ['a slow simulated network', (run) => simulated({ cut: 'segments', bytesPerMs: 500, latency: 40 }, run)],
];

/** More than a socket holds before its writes return false: 16 KB on Node 20, 64 KB on newer ones. */
const much = 128 * 1024;

/** Writes until much is held in the process; returns what was written. */
function fill({ transport }: End): string {
  let written = '';
  for (let block = 0; transport.bufferedBytes < much; block++) {
    const text = String.fromCharCode(97 + (block % 26)).repeat(60_000);
    written += text;
    transport.write([text]);
  }
  return written;
}

describe.each(subjects)('%s', (_name, play) => {
  const test = (title: string, run: (rig: NetworkRig) => Promise<void>): void =>
    it(title, async () => {
      expect.hasAssertions();
      await play(run);
    });

  test('a dial opens once, and bytes arrive in order both ways', async (rig) => {
    const [near, far] = await rig.pair();
    expect(near.heard).toEqual(['open']);
    near.transport.write(['one ', Buffer.from('two '), 'thr\u00e9e']);
    near.write(' four');
    await rig.until(() => far.text.length === 18);
    expect(far.text).toBe('one two thr\u00e9e four');
    far.write('five');
    await rig.until(() => near.text === 'five');
  });

  test('a dial to a port where nothing listens closes with ECONNREFUSED', async (rig) => {
    const { address, port } = await rig.listen();
    await port.close();
    const near = rig.dial(address);
    await rig.until(() => near.isClosed);
    expect(near.heard).toEqual(['closed ECONNREFUSED']);
  });

  test('neither onOpen nor onClose is called during the dial', async (rig) => {
    const { address } = await rig.listen();
    const near = rig.dial(address);
    expect(near.heard).toEqual([]);
    await rig.until(() => near.heard.length > 0);
  });

  test('an address that is in use cannot be listened on', async (rig) => {
    const { address } = await rig.listen();
    const options = { clock: rig.clock, acceptQueue: 1, handshakeTimeout: 1, maxTls: 1 };
    const other = rig.far.port(options, { onConnection() {}, onFailed() {}, onRejected() {} });
    await expect(other.listen(address)).rejects.toThrow(/EADDRINUSE/);
  });

  test('a port accepts on several addresses', async (rig) => {
    const { accepted, port } = await rig.listen();
    const second = await port.listen({ host: '127.0.0.1', port: 0 });
    const near = rig.dial(second);
    await rig.until(() => accepted.length === 1);
    near.write('here');
    await rig.until(() => accepted[0]?.text === 'here');
    expect(accepted).toHaveLength(1);
  });

  test('the accepting side can still send after the end of the other', async (rig) => {
    const [near, far] = await rig.pair();
    near.write('last');
    near.transport.end();
    expect(near.write('ignored')).toBe(true);
    await rig.until(() => far.heard.includes('end'));
    expect(far.text).toBe('last');
    far.write('and the reply');
    far.transport.end();
    await rig.until(() => near.isClosed && far.isClosed);
    expect(near.text).toBe('and the reply');
    expect(near.heard).toEqual(['open', 'end', 'closed']);
    expect(far.heard).toEqual(['open', 'end', 'closed']);
  });

  test('the dialling side ends when the other has ended', async (rig) => {
    const [near, far] = await rig.pair();
    far.transport.end();
    await rig.until(() => near.isClosed && far.isClosed);
    expect(near.heard).toEqual(['open', 'end', 'closed']);
    expect(far.heard).toEqual(['open', 'end', 'closed']);
  });

  test('destroy closes at once, and the other side sees the end', async (rig) => {
    const [near, far] = await rig.pair();
    near.transport.destroy();
    expect(near.heard).toEqual(['open']);
    expect(near.write('ignored')).toBe(true);
    await rig.until(() => near.isClosed && far.heard.includes('end'));
    expect(near.heard).toEqual(['open', 'closed']);
    expect(far.text).toBe('');
  });

  test('destroy with an error closes with it', async (rig) => {
    const [near] = await rig.pair();
    near.transport.destroy(new Error('enough'));
    near.transport.destroy(new Error('more'));
    await rig.until(() => near.isClosed);
    expect(near.heard).toEqual(['open', 'closed enough']);
  });

  test('a dial that is destroyed never opens', async (rig) => {
    const { address } = await rig.listen();
    const near = rig.dial(address);
    near.transport.destroy();
    await rig.roundTrip();
    expect(near.heard).toEqual(['closed']);
  });

  test('reset closes at once, and the other side closes with ECONNRESET', async (rig) => {
    const [near, far] = await rig.pair();
    near.transport.reset();
    await rig.until(() => near.isClosed && far.isClosed);
    expect(near.heard).toEqual(['open', 'closed']);
    expect(far.heard).toEqual(['open', 'closed ECONNRESET']);
  });

  test('destroySoon sends what is held, then closes', async (rig) => {
    const [near, far] = await rig.pair();
    const written = fill(far);
    far.transport.destroySoon();
    await rig.until(() => near.isClosed && far.isClosed);
    expect(near.text === written).toBe(true);
    expect(near.heard).toEqual(['open', 'end', 'closed']);
    expect(far.heard.at(-1)).toBe('closed');
  });

  test('destroy before everything was read resets the other side', async (rig) => {
    const [near, far] = await rig.pair();
    far.transport.pause();
    near.write('unread');
    await rig.roundTrip();
    far.transport.destroy();
    await rig.until(() => near.isClosed);
    expect(near.heard).toEqual(['open', 'closed ECONNRESET']);
  });

  test('bytes to a side that has closed are reset, which the next write finds out', async (rig) => {
    const [near, far] = await rig.pair();
    near.transport.destroy();
    await rig.until(() => far.heard.includes('end'));
    far.write('too late');
    await rig.roundTrip();
    expect(far.heard).toEqual(['open', 'end']);
    far.write('again');
    await rig.until(() => far.isClosed);
    expect(far.heard).toEqual(['open', 'end', 'closed EPIPE']);
  });

  test('a paused side receives nothing, neither bytes nor the end, until it resumes', async (rig) => {
    const [near, far] = await rig.pair();
    far.transport.pause();
    near.write('wait');
    near.transport.end();
    await rig.roundTrip();
    expect(far.text).toBe('');
    expect(far.heard).toEqual(['open']);
    far.transport.resume();
    await rig.until(() => far.heard.includes('end'));
    expect(far.text).toBe('wait');
  });

  test('a paused side finds out that it was reset when it resumes', async (rig) => {
    const [near, far] = await rig.pair();
    far.transport.pause();
    near.transport.reset();
    await rig.roundTrip();
    expect(far.heard).toEqual(['open']);
    far.transport.resume();
    await rig.until(() => far.isClosed);
    expect(far.heard).toEqual(['open', 'closed ECONNRESET']);
  });

  test('a side that does not read holds up the other: write returns false, and onDrain comes after the rest', async (rig) => {
    const [near, far] = await rig.pair();
    far.transport.pause();
    const written = fill(near);
    expect(near.write('z')).toBe(false);
    expect(near.transport.bufferedBytes).toBeGreaterThan(0);
    await rig.roundTrip();
    expect(near.transport.isFlushed).toBe(false);
    expect(near.heard).toEqual(['open']);
    far.transport.resume();
    await rig.until(() => near.heard.includes('drain'));
    expect(near.transport.isFlushed).toBe(true);
    expect(near.transport.bufferedBytes).toBe(0);
    await rig.until(() => far.text.length > written.length);
    expect(far.text === `${written}z`).toBe(true);
    expect(near.heard).toEqual(['open', 'drain']);
  });

  test('memory that is flushed can be written over', async (rig) => {
    const [near, far] = await rig.pair();
    const memory = Buffer.alloc(500, 'a');
    near.transport.write([memory]);
    expect(near.transport.isFlushed).toBe(true);
    memory.fill('b');
    near.transport.write([memory]);
    await rig.until(() => near.transport.isFlushed);
    memory.fill('c');
    await rig.until(() => far.text.length === 1000);
    expect(far.text.slice(0, 500)).toBe('a'.repeat(500));
  });

  test('the dialling side reads into memory that its owner gives', async (rig) => {
    const [near, far] = await rig.pair();
    const memory = Buffer.alloc(1);
    near.memory = memory;
    far.write('value=');
    await rig.until(() => near.text === 'value=');
    far.write('x and more');
    await rig.until(() => near.text.endsWith('and more'));
    expect(near.filled).toBe(1);
    expect(memory.toString()).toBe('x');
    expect(near.text).toBe('value= and more');
  });

  test('a side that holds bytes finds out that it was reset, also behind the end of the other', async (rig) => {
    const [near, far] = await rig.pair();
    near.transport.pause();
    near.transport.end();
    await rig.until(() => far.heard.includes('end'));
    fill(far);
    await rig.roundTrip();
    near.transport.reset();
    await rig.until(() => far.isClosed);
    expect(far.heard.slice(0, 2)).toEqual(['open', 'end']);
    expect(far.heard.at(-1)).toMatch(/^closed (?:EPIPE|ECONNRESET)$/);
    expect(far.heard).toHaveLength(3);
  });

  test('a side that has ended and holds bytes is reset once', async (rig) => {
    const [near, far] = await rig.pair();
    far.transport.pause();
    fill(near);
    near.transport.end();
    await rig.roundTrip();
    far.transport.reset();
    await rig.until(() => near.isClosed);
    await rig.roundTrip();
    expect(near.heard).toHaveLength(2);
    expect(near.heard[1]).toMatch(/^closed (?:EPIPE|ECONNRESET)$/);
  });

  test('what is written before a dial opens is sent then, and so is the end', async (rig) => {
    const { accepted, address } = await rig.listen();
    const near = rig.dial(address);
    near.write('early');
    near.transport.end();
    await rig.until(() => accepted[0]?.heard.includes('end') === true);
    expect(accepted[0]?.text).toBe('early');
    accepted[0]?.transport.end();
    await rig.until(() => near.isClosed);
    expect(near.heard).toEqual(['open', 'end', 'closed']);
  });

  test('both sides end at once, or close at once', async (rig) => {
    const [near, far] = await rig.pair();
    near.transport.end();
    far.transport.end();
    await rig.until(() => near.isClosed && far.isClosed);
    expect([near.heard, far.heard]).toEqual([
      ['open', 'end', 'closed'],
      ['open', 'end', 'closed'],
    ]);
    const [one, other] = await rig.pair();
    one.transport.destroy();
    other.transport.destroy();
    await rig.until(() => one.isClosed && other.isClosed);
    expect([one.heard, other.heard]).toEqual([
      ['open', 'closed'],
      ['open', 'closed'],
    ]);
  });

  test('nothing is read after a destroy or a pause in onData', async (rig) => {
    const [near, far] = await rig.pair();
    far.atData = () => far.transport.pause();
    near.write('a');
    await rig.until(() => far.text === 'a');
    near.write('b');
    await rig.roundTrip();
    expect(far.text).toBe('a');
    far.atData = () => far.transport.destroy();
    far.transport.resume();
    await rig.until(() => far.isClosed);
    expect(far.text).toBe('ab');
    expect(far.heard).toEqual(['open', 'closed']);
  });

  test('the accepting side replies in onEnd', async (rig) => {
    const [near, far] = await rig.pair();
    far.atEnd = () => {
      far.write('bye');
      far.transport.end();
    };
    near.transport.end();
    await rig.until(() => near.isClosed && far.isClosed);
    expect(near.text).toBe('bye');
  });

  test('a port that closes accepts nothing more, and waits for its connections', async (rig) => {
    const [near, far, { address, port }] = await rig.pair();
    let isClosed = false;
    const close = async (): Promise<void> => {
      await port.close();
      isClosed = true;
    };
    const closed = close();
    const late = rig.dial(address);
    await rig.until(() => late.isClosed);
    expect(late.heard).toEqual(['closed ECONNREFUSED']);
    near.write('still');
    await rig.until(() => far.text === 'still');
    expect(isClosed).toBe(false);
    far.transport.destroy();
    await closed;
    expect(isClosed).toBe(true);
  });

  test('a connection that the listener destroys is open for the other side, and then over', async (rig) => {
    const { address } = await rig.listen((attach) => attach(ignoredEvents).destroy());
    const near = rig.dial(address);
    await rig.until(() => near.isClosed);
    expect(near.heard).toEqual(['open', 'end', 'closed']);
  });

  test('the peer is the address, and the far side knows the near one', async (rig) => {
    const [near, far, { address }] = await rig.pair();
    if ('path' in address) throw new Error('a port was expected');
    expect(near.transport.peer).toBe(`127.0.0.1:${address.port}`);
    expect(near.transport.remote).toBe(`tcp:127.0.0.1:${address.port}`);
    expect(far.transport.peer).toBe(`client of 127.0.0.1:${address.port}`);
    expect(far.transport.remote).toMatch(/^tcp:.+:\d+$/);
  });
});
