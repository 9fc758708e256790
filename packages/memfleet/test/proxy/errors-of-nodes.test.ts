/** What clients of the proxy receive when a node answers with an error, with `onNodeFailure` as it is and as `miss`. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import type { Verb } from '../../src/core/command.ts';
import type { ServerErrorKind } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { textCodec } from '../../src/protocol/text/codec.ts';
import { startNode } from '../support/harness.ts';
import { startProxy } from '../support/proxy-rig.ts';
import type { NodeScript } from '../support/scripted-node.ts';
import { hit, twoNodes } from './two-nodes.ts';

const codecs = { text: textCodec, meta: metaCodec, binary: binaryCodec } as const;

/** Commands of the verb are answered with an error. */
function refusing(verb: Verb, speaks: Protocol, kind: ServerErrorKind, message: string, status: number): NodeScript {
  return {
    speaks: speaks === 'meta' ? ['meta', 'text'] : [speaks],
    onCommand: (command, connection) => {
      if (command.verb !== verb) return false;
      const writer = new ByteWriter();
      codecs[speaks].encodeReply(new Reply().setError(kind, message, status), command, writer);
      connection.send(Buffer.concat(writer.take()));
      return true;
    },
  };
}

const patient = { timeout: 3000, connectTimeout: 3000 };

describe.each<Protocol>(['meta', 'text', 'binary'])('a node that speaks %s and replies with', (protocol) => {
  const speaks: readonly Protocol[] = protocol === 'meta' ? ['meta', 'text'] : [protocol];

  it('SERVER_ERROR is passed on unchanged; where node failures are misses, gets of one key and of many miss', async () => {
    for (const onNodeFailure of ['error', 'miss'] as const) {
      const { client, bad, badKey, goodKey } = await twoNodes(speaks, { onNodeFailure }, patient);
      bad.script = refusing('get', protocol, 'server', 'out of memory', 0x82);
      const isMiss = onNodeFailure === 'miss';
      const error = /^SERVER_ERROR .*out of memory.*\r\n$/i;
      const one = await client.ask(`get ${badKey}\r\n`, '\r\n');
      const many = await client.ask(`get ${goodKey} ${badKey}\r\nmn\r\n`, 'MN\r\n');
      const meta = await client.ask(`mg ${badKey} v k\r\n`, '\r\n');
      const item = hit(goodKey).replace('END\r\n', '');
      if (isMiss) expect([one, many, meta]).toEqual(['END\r\n', `${hit(goodKey)}MN\r\n`, `EN k${badKey}\r\n`]);
      else {
        expect(one).toMatch(error);
        expect(many.slice(item.length).replace('MN\r\n', '')).toMatch(error);
        expect(meta).toMatch(error);
      }
    }
  });

  it('CLIENT_ERROR is passed on unchanged, also where node failures are misses', async () => {
    const { client, bad, badKey, goodKey } = await twoNodes(speaks, { onNodeFailure: 'miss' }, patient);
    bad.script = refusing('get', protocol, 'client', 'wrong', 0x04);
    expect(await client.ask(`get ${badKey}\r\n`, '\r\n')).toMatch(/^CLIENT_ERROR .*\r\n$/);
    const many = await client.ask(`get ${goodKey} ${badKey}\r\nmn\r\n`, 'MN\r\n');
    expect(many).toMatch(/\r\nCLIENT_ERROR .*\r\nMN\r\n$/);
  });

  it('SERVER_ERROR to a write is passed on unchanged', async () => {
    const { client, bad, badKey } = await twoNodes(speaks, { onNodeFailure: 'miss' }, patient);
    bad.script = refusing('store', protocol, 'server', 'out of memory', 0x82);
    expect(await client.ask(`set ${badKey} 0 0 1\r\nx\r\n`, '\r\n')).toMatch(/^SERVER_ERROR /);
  });
});

describe('a refusal by the proxy itself', () => {
  it('is passed on unchanged where node failures are misses, to a get of one key and of many', async () => {
    const node = await startNode();
    const rig = await startProxy({
      listeners: [{ port: 0, route: 'slow', onNodeFailure: 'miss' }],
      clusters: { main: { nodes: node.address } },
      routes: { slow: { type: 'rate-limit', route: 'main', perSecond: 0.001, burst: 1 } },
    });
    const client = await rig.connect();
    expect(await client.ask('get a\r\n', '\r\n')).toBe('END\r\n');
    expect(await client.ask('get a\r\n', '\r\n')).toBe('SERVER_ERROR rate limit\r\n');
    expect(await client.ask('get a b\r\n', '\r\n')).toMatch(/^SERVER_ERROR .*rate limit\r\n$/);
  });
});
