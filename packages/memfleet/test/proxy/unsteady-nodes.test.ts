/**
 * Nodes that come and go, or take their time, under the traffic of several sessions: each command is answered once, in
 * its order, and never wrongly.
 */
import { describe, expect, it } from 'vitest';
import type { Protocol } from '../../src/protocol/codec.ts';
import { ask } from '../support/ask.ts';
import { answers, counterExtras, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';
import { askGets, hit, twoNodes } from './two-nodes.ts';

/** Does the node hold the key? */
function has(node: ScriptedNode, key: string): boolean {
  return ask(node.store, 'get', { key }).status === 'ok';
}

const patient = { timeout: 3000, connectTimeout: 3000 };
const temporary = 0x86;

/** One answer of a batch: `''` = an error of the proxy, else what came. */
type Outcome = string;

/** A session that asks for keys and counts, and takes its answers apart by what they must be. */
interface Traffic {
  /** Asks for the keys, in one go, and then adds 1 to the counter. */
  batch(keys: readonly string[], counter: string): Promise<readonly Outcome[]>;
}

/** Cuts lines off `rest` until all are taken: each is an error, or matches its pattern. */
function cut(text: string, patterns: readonly RegExp[]): Outcome[] {
  let rest = text;
  const outcomes = patterns.map((pattern) => {
    const [error] = /^SERVER_ERROR [^\r\n]+\r\n/.exec(rest) ?? [];
    const [found, value = ''] = pattern.exec(rest) ?? [];
    const taken = error ?? found;
    if (taken === undefined) throw new Error(`${JSON.stringify(rest.slice(0, 100))} is no answer: ${pattern.source}`);
    rest = rest.slice(taken.length);
    return error === undefined ? value : '';
  });
  expect(rest).toBe('MN\r\n');
  return outcomes;
}

function textTraffic(client: TcpClient): Traffic {
  return {
    batch: async (keys, counter) => {
      const asked = keys.map((key) => `get ${key}\r\n`).join('');
      const said = await client.ask(`${asked}incr ${counter} 1\r\nmn\r\n`, 'MN\r\n');
      return cut(said, [...keys.map((key) => new RegExp(`^VALUE ${key} 0 1\r\n(v)\r\nEND\r\n`)), /^(\d+)\r\n/]);
    },
  };
}

function metaTraffic(client: TcpClient): Traffic {
  let opaque = 0;
  return {
    batch: async (keys, counter) => {
      const first = opaque;
      const asked = keys.map((key) => `mg ${key} v k O${opaque++}\r\n`).join('');
      const said = await client.ask(`${asked}ma ${counter} v\r\nmn\r\n`, 'MN\r\n');
      const found = keys.map((key, i) => new RegExp(`^VA 1 k${key} O${first + i}\r\n(v)\r\n`));
      return cut(said, [...found, /^VA \d+\r\n(\d+)\r\n/]);
    },
  };
}

function binaryTraffic(client: TcpClient): Traffic {
  let opaque = 0;
  return {
    batch: async (keys, counter) => {
      const first = opaque;
      const asked = keys.map((key) => packet(0x0c, { key, opaque: opaque++ })).join('');
      const add = packet(0x05, { key: counter, extras: counterExtras(1n, 0n, 0xffffffff), opaque: opaque++ });
      const end = opaque++;
      const said = answers(await client.ask(asked + add + packet(0x0a, { opaque: end }), noopAnswer(end)));
      expect(said.map((answer) => answer.opaque)).toEqual(Array.from({ length: end - first + 1 }, (_, i) => first + i));
      return said.slice(0, -1).map(({ status, key, value }, i) => {
        if (status !== 0) expect(status).toBe(temporary);
        else if (i < keys.length) expect([key, value]).toEqual([keys[i], 'v']);
        if (status !== 0) return '';
        return i < keys.length ? value : String(Buffer.from(value, 'latin1').readBigUInt64BE());
      });
    },
  };
}

describe.each<Protocol>(['meta', 'text', 'binary'])('a node that speaks %s', (protocol) => {
  const speaks: readonly Protocol[] = protocol === 'meta' ? ['meta', 'text'] : [protocol];

  it('and flaps fails what it cannot reply to, and no more; counters count at most once', async () => {
    const steady = { ejectTime: 20, ejectGrowth: 1, pool: { backoff: { initial: 1, max: 5 } } };
    const { bad, rig, client, badKey, secondBadKey, goodKey } = await twoNodes(speaks, {}, { ...patient, ...steady });
    const kinds = [textTraffic, metaTraffic, binaryTraffic, textTraffic, metaTraffic, binaryTraffic];
    const sessions = await Promise.all(kinds.map(async (kind) => kind(await rig.connect())));
    const over = new AbortController();
    let hits = 0;
    let failures = 0;
    // A counter of each session, on the node that flaps.
    const counters = sessions.map((_, i) => `${badKey}{${i}}`);
    const onBad: string[] = [];
    for (const name of counters) {
      let at = 0;
      const key = (): string => `${name}${at}`;
      do {
        at++;
        await client.ask(`set ${key()} 0 0 1\r\n0\r\n`, 'STORED\r\n');
      } while (!has(bad, key()));
      onBad.push(key());
    }
    const work = sessions.map(async (session, i) => {
      let last = 0;
      let acknowledged = 0;
      let failed = 0;
      while (!over.signal.aborted) {
        const outcomes = await session.batch([goodKey, badKey, goodKey, secondBadKey], onBad[i] as string);
        expect([outcomes[0], outcomes[2]]).toEqual(['v', 'v']);
        const found = [outcomes[1], outcomes[3]].filter((value) => value === 'v').length;
        hits += found;
        failures += 2 - found;
        const count = Number(outcomes[4]);
        if (outcomes[4] === '') failed++;
        else {
          expect(count).toBeGreaterThan(last);
          last = count;
          acknowledged++;
        }
      }
      return { acknowledged, failed };
    });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let round = 0; round < 6; round++) {
      const before = failures;
      await bad.down();
      await until(() => failures > before + round * 5);
      await bad.listen();
      const found = hits;
      await until(() => hits > found + round * 5);
    }
    over.abort();
    const results = await Promise.all(work);
    for (const [i, { acknowledged, failed }] of results.entries()) {
      const said = await client.ask(`get ${onBad[i]}\r\n`, 'END\r\n');
      const count = Number(/\r\n(\d+) *\r\nEND/.exec(said)?.[1]);
      expect(count).toBeGreaterThanOrEqual(acknowledged);
      expect(count).toBeLessThanOrEqual(acknowledged + failed);
    }
    expect(await askGets(client, badKey, goodKey)).toBe(`${hit(badKey)}${hit(goodKey)}MN\r\n`);
  });

  it('and is slow holds up only what stands behind it in a session', async () => {
    const { bad, rig, client, badKey, secondBadKey, goodKey } = await twoNodes(speaks, {}, patient);
    const held: (() => void)[] = [];
    const seen = bad.commands.length;
    bad.script = afterProbe((command, connection) => held.push(() => connection.answer(command)));
    const waiting = await Promise.all([rig.connect(), rig.connect()]);
    for (const slow of waiting) slow.send(`get ${goodKey}\r\nget ${badKey}\r\nget ${goodKey}\r\nmn\r\n`);
    await bad.until(() => bad.commands.length > seen);
    for (let i = 0; i < 20; i++)
      expect(await askGets(client, goodKey, goodKey)).toBe(`${hit(goodKey).repeat(2)}MN\r\n`);
    for (const slow of waiting) expect(await slow.bytes(hit(goodKey).length)).toBe(hit(goodKey));
    client.send(`get ${secondBadKey}\r\nmn\r\n`);
    const binary = await rig.connect();
    const fine = packet(0x0c, { key: goodKey, opaque: 1 }) + packet(0x0a, { opaque: 2 });
    expect(answers(await binary.ask(fine, noopAnswer(2)))).toMatchObject([{ value: 'v' }, { opcode: 0x0a }]);
    bad.script = { speaks };
    for (const answer of held) answer();
    for (const slow of waiting) expect(await slow.until('MN\r\n')).toBe(`${hit(badKey)}${hit(goodKey)}MN\r\n`);
    expect(await client.until('MN\r\n')).toBe(`${hit(secondBadKey)}MN\r\n`);
  });
});

describe('a binary client whose node is dead', () => {
  it('receives 0x86 with the node’s name for plain and quiet commands, in their order, and continues', async () => {
    const { bad, rig, badKey, secondBadKey, goodKey } = await twoNodes(undefined, {}, patient);
    await bad.down();
    const client = await rig.connect();
    const asked = [
      packet(0x0d, { key: goodKey, opaque: 1 }),
      packet(0x00, { key: badKey, opaque: 2 }),
      packet(0x09, { key: badKey, opaque: 3 }),
      packet(0x0d, { key: secondBadKey, opaque: 4 }),
      packet(0x0d, { key: 'none-of-these', opaque: 5 }),
      packet(0x09, { key: goodKey, opaque: 6 }),
      packet(0x11, { key: badKey, value: 'x', extras: storeExtras(), opaque: 7 }),
      packet(0x14, { key: badKey, opaque: 8 }),
      packet(0x05, { key: badKey, extras: counterExtras(1n, 1n, 0), opaque: 9 }),
      packet(0x0c, { key: goodKey, opaque: 10 }),
      packet(0x0a, { opaque: 11 }),
    ];
    const said = answers(await client.ask(asked.join(''), noopAnswer(11))).filter(({ opaque }) => opaque !== 5);
    expect(said.map(({ opaque, status, value }) => [opaque, status, status === 0 ? value : ''])).toEqual([
      [1, 0, 'v'],
      [2, temporary, ''],
      [3, temporary, ''],
      [4, temporary, ''],
      [6, 0, 'v'],
      [7, temporary, ''],
      [8, temporary, ''],
      [9, temporary, ''],
      [10, 0, 'v'],
      [11, 0, ''],
    ]);
    for (const { status, value } of said) if (status !== 0) expect(value).toContain(bad.address);
    const more = await client.ask(packet(0x0c, { key: goodKey }) + packet(0x0a), noopAnswer(0));
    expect(answers(more)).toMatchObject([{ key: goodKey, value: 'v' }, { opcode: 0x0a }]);
  });

  it('finds a miss where the listener says so: a quiet get is silent, one that is not quiet is not', async () => {
    const { bad, rig, badKey, goodKey } = await twoNodes(undefined, { onNodeFailure: 'miss' }, patient);
    await bad.down();
    const client = await rig.connect();
    const asked = [
      packet(0x0d, { key: badKey, opaque: 1 }),
      packet(0x0d, { key: goodKey, opaque: 2 }),
      packet(0x0c, { key: badKey, opaque: 3 }),
      packet(0x12, { key: badKey, value: 'x', extras: storeExtras(), opaque: 4 }),
      packet(0x0a, { opaque: 5 }),
    ];
    const said = answers(await client.ask(asked.join(''), noopAnswer(5)));
    expect(said.map(({ opaque, status, key }) => [opaque, status, key])).toEqual([
      [2, 0, goodKey],
      [3, 1, badKey],
      [4, temporary, ''],
      [5, 0, ''],
    ]);
  });
});
