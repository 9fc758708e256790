/**
 * A client receives the same replies from the proxy as from memcached, whatever the nodes speak; where that cannot be,
 * `exceptions.ts` says so.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import { transcripts } from '../../src/testing/transcripts/index.ts';
import { playTranscript } from '../../src/testing/transcripts/player.ts';
import { openProxy, type ProxyRig, simpleOptions } from '../support/proxy-rig.ts';
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { type Behind, throughProxy } from './exceptions.ts';

interface Node {
  readonly port: number;
  stop(): Promise<void>;
}

async function embedded(): Promise<Node> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  return { port: 'port' in address ? address.port : 0, stop: () => server.destroy() };
}

function playAll(isOld: boolean, start: () => Promise<Node>): void {
  describe.each<Behind>(['meta', 'text', 'binary'])('%s behind', (behind) => {
    let node: Node;
    let rig: ProxyRig;
    beforeAll(async () => {
      node = await start();
      const fleet = { nodes: [`127.0.0.1:${node.port}`], protocol: behind };
      rig = await openProxy(simpleOptions(fleet, { maxItemSize: 1024 * 1024 }));
    });
    afterAll(async () => {
      await rig.proxy.destroy();
      await node.stop();
    });

    const played = transcripts.map((transcript) => throughProxy(transcript, behind, isOld));
    it.each(played.filter((transcript) => typeof transcript !== 'string'))('$protocol: $name', async (transcript) => {
      await playTranscript(transcript, rig.port, { name: 'memfleet' });
    });

    it('leaves nothing behind', () => {
      const { commands, receiving } = rig.proxy.stats();
      expect(receiving).toBe(0);
      expect(commands.get.seen).toBeGreaterThan(0);
    });
  });
}

describe('the transcripts through the proxy to the embedded server', () => playAll(false, embedded));
describeReal('the transcripts through the proxy to memcached', () => playAll(true, () => startMemcached()));
