/** How connections end, on the sockets of the kernel and on the simulated network. */
import { expect } from 'vitest';
import { ignoredEvents } from '../../../src/net/transport.ts';
import { fill, onEachNetwork } from '../support/each-network.ts';

onEachNetwork((test) => {
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

  test('a connection that the listener destroys is open for the other side, and then over', async (rig) => {
    const { address } = await rig.listen((attach) => attach(ignoredEvents).destroy());
    const near = rig.dial(address);
    await rig.until(() => near.isClosed);
    expect(near.heard).toEqual(['open', 'end', 'closed']);
  });
});
