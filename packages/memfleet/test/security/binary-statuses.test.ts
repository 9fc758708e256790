/**
 * A node that answers with a status that the question cannot have: whatever it is, nobody reads it as success, or as a
 * value that was never stored.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { status } from '../../src/core/status.ts';
import { subStatus } from '../../src/core/sub-status.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { connect, startNode } from '../support/harness.ts';
import { afterProbe } from '../support/scripted-node.ts';

function packet(code: number, statusCode: number, opaque = 0, extras = '', value = ''): Buffer {
  const body = Buffer.from(extras + value, 'latin1');
  const header = Buffer.alloc(24);
  header[0] = 0x81;
  header[1] = code;
  header[4] = extras.length;
  header.writeUInt16BE(statusCode, 6);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt32BE(opaque, 12);
  header.writeBigUInt64BE(77n, 16);
  return Buffer.concat([header, body]);
}

/** What the decoder makes of a status. */
function outcome(code: number, statusCode: number): string {
  let seen = '';
  const decoder = binaryCodec.replyDecoder({
    onReply: (reply) => {
      seen = reply.status;
      if (reply.status !== 'error') expect(reply.message).toBe('');
    },
  });
  decoder.push(packet(code, statusCode, 0, '\0\0\0\0', '12345678'));
  return seen;
}

const everyOpcode = [...new Set([...Object.values(opcode), ...Object.values(couchbaseOpcode)])];
/** Statuses other than 0 that are a success of some opcodes: a login or a scan goes on, some paths of many failed. */
const successes: ReadonlyMap<number, readonly number[]> = new Map<number, readonly number[]>([
  [status.authContinue, [opcode.saslAuth, opcode.saslStep]],
  [subStatus.multiPathFailure, [couchbaseOpcode.subdocMultiLookup, couchbaseOpcode.subdocMultiMutation]],
  [status.rangeScanMore, [couchbaseOpcode.rangeScanContinue]],
  [status.rangeScanComplete, [couchbaseOpcode.rangeScanContinue]],
]);
/** UNLOCK says with these that the lock has another cas, or that there is none. */
const ofLocks: readonly number[] = [status.locked, status.notLocked];
/** Opcodes about an item, of which these statuses say what is there. */
const ofItems: readonly number[] = [status.keyNotFound, status.keyExists, status.notStored];
const ofNothing: readonly number[] = [
  opcode.noop,
  opcode.version,
  opcode.flush,
  opcode.flushQ,
  opcode.quit,
  opcode.quitQ,
  opcode.verbosity,
  opcode.stat,
];

describe('a status', () => {
  test('is success only where it is 0, or where it says that the request goes on', () => {
    for (const code of everyOpcode) {
      const wrong = [];
      for (let statusCode = 1; statusCode < 0x200; statusCode++) {
        const isSuccess = successes.get(statusCode)?.includes(code) === true;
        if ((outcome(code, statusCode) === 'ok') !== isSuccess) wrong.push(statusCode);
      }
      expect({ code, wrong }).toEqual({ code, wrong: [] });
    }
  });

  test('is an error where it says nothing of an item, of all 65,536', () => {
    fc.assert(
      fc.property(fc.constantFrom(...everyOpcode), fc.integer({ min: 1, max: 0xffff }), (code, statusCode) => {
        fc.pre(!ofItems.includes(statusCode) && successes.get(statusCode)?.includes(code) !== true);
        fc.pre(code !== couchbaseOpcode.unlockKey || !ofLocks.includes(statusCode));
        expect(outcome(code, statusCode)).toBe('error');
      }),
      { numRuns: 2000 },
    );
  });

  test('of an item is an error for commands without an item: a flush cannot find nothing', () => {
    for (const code of ofNothing)
      for (const statusCode of ofItems) expect({ code, is: outcome(code, statusCode) }).toEqual({ code, is: 'error' });
  });
});

/** Every call that reads an answer, and the answers that are no success. */
const calls: Readonly<Record<string, readonly [call: (client: Client) => Promise<unknown>, negative: unknown]>> = {
  get: [(client) => client.get('k'), undefined],
  getWithCas: [(client) => client.getWithCas('k'), undefined],
  getAndTouch: [(client) => client.getAndTouch('k', 60), undefined],
  set: [(client) => client.set('k', 'value'), false],
  add: [(client) => client.add('k', 'value'), false],
  replace: [(client) => client.replace('k', 'value'), false],
  append: [(client) => client.append('k', 'value'), false],
  prepend: [(client) => client.prepend('k', 'value'), false],
  cas: [(client) => client.cas('k', 'value', 1n), 'not stored'],
  delete: [(client) => client.delete('k'), false],
  incr: [(client) => client.incr('k'), undefined],
  decr: [(client) => client.decr('k'), undefined],
  touch: [(client) => client.touch('k', 60), false],
  flush: [(client) => client.flush(), 'never'],
  version: [(client) => client.version(), 'never'],
  serverStats: [(client) => client.serverStats('items'), 'never'],
};

describe('a node that replies to every command with one status', () => {
  test.each(Object.entries(calls))('gives no success to %s, for 255 statuses', async (_name, [call, negative]) => {
    let statusCode = 1;
    const node = await startNode(
      afterProbe((command, connection) => {
        const { opcode: code, opaque } = command.packet!;
        connection.send(packet(code, statusCode, opaque, '\0\0\0\0', '12345678'));
      }),
    );
    const { client } = connect(node, { protocol: 'binary', ejectAfter: 1_000_000 });
    const successes = [];
    for (; statusCode < 0x100; statusCode++) {
      const answer = await call(client).catch(() => 'refused');
      const isRefused = answer === 'refused' || answer === negative || (negative === 'not stored' && answer !== true);
      if (!isRefused) successes.push([statusCode, answer]);
    }
    expect(successes).toEqual([]);
  });
});
