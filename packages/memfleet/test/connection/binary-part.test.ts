/** The binary half of a connection is loaded before the first connection is dialled that may need it. */
import { expect, it } from 'vitest';
import { binaryPart } from '../../src/connection/binary-part.ts';
import { ClosedError, ConnectError } from '../../src/core/errors.ts';
import { unloadedPart } from '../support/unloaded-part.ts';
import { HandshakeRig } from './handshake-rig.ts';

const versionAnswer = `\x81\x0b${'\0'.repeat(22)}`;

it('a binary connection is dialled after the binary protocol is loaded', async () => {
  const part = unloadedPart(binaryPart);
  const rig = new HandshakeRig({ protocol: 'binary' });
  expect(rig.dialler.dials).toHaveLength(0);
  await part.arrive();
  rig.accept();
  rig.say(versionAnswer);
  expect(rig.outcomes).toEqual(['ready binary']);
});

it('a connection to a node of the meta protocol does not load it', () => {
  const part = unloadedPart(binaryPart);
  const rig = new HandshakeRig();
  rig.accept();
  rig.say('MN\r\n');
  expect(rig.outcomes).toEqual(['ready meta']);
  expect(part.loads).toBe(0);
});

it('it is loaded for a node of unknown protocol that closes after the meta and the text probe', async () => {
  const part = unloadedPart(binaryPart);
  const rig = new HandshakeRig();
  for (let n = 0; n < 3; n++) {
    expect(part.loads).toBe(0);
    rig.accept();
    rig.dialler.last.transport.drop(new Error('read ECONNRESET'));
  }
  expect(rig.dialler.dials).toHaveLength(3);
  await part.arrive();
  rig.accept();
  rig.say(versionAnswer);
  expect(rig.outcomes).toEqual(['ready binary']);
});

it('the connect timeout includes the time that loading takes', async () => {
  const part = unloadedPart(binaryPart);
  const rig = new HandshakeRig({ protocol: 'binary' });
  rig.clock.advance(1000);
  rig.expectOver('ERR_TIMEOUT');
  await part.arrive();
  expect(rig.dialler.dials).toHaveLength(0);
});

it('a handshake that is given up during the load does not dial', async () => {
  const part = unloadedPart(binaryPart);
  const rig = new HandshakeRig({ protocol: 'binary' });
  rig.handshake.abort(new ClosedError('closed'));
  await part.arrive();
  expect(rig.dialler.dials).toHaveLength(0);
  expect(rig.clock.timers).toBe(0);
});

it('a dial fails with the reason when the files of the protocol are missing', async () => {
  const part = unloadedPart(binaryPart);
  const rig = new HandshakeRig({ protocol: 'binary' });
  const cause = new Error('Cannot find module');
  await part.fail(cause);
  expect(rig.error).toBeInstanceOf(ConnectError);
  expect(rig.error).toMatchObject({ message: expect.stringContaining('binary protocol'), cause });
});
