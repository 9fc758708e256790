/** Dials, ports, bytes and back-pressure, on the sockets of the kernel and on the simulated network. */
import { expect } from 'vitest';
import { fill, onEachNetwork } from '../support/each-network.ts';

onEachNetwork((test) => {
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

  test('the peer is the address, and the far side knows the near one', async (rig) => {
    const [near, far, { address }] = await rig.pair();
    if ('path' in address) throw new Error('a port was expected');
    expect(near.transport.peer).toBe(`127.0.0.1:${address.port}`);
    expect(near.transport.remote).toBe(`tcp:127.0.0.1:${address.port}`);
    expect(far.transport.peer).toBe(`client of 127.0.0.1:${address.port}`);
    expect(far.transport.remote).toMatch(/^tcp:.+:\d+$/);
  });
});
