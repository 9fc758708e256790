import { afterEach, describe, expect, it, vi } from 'vitest';
import { randomBytesOf, systemRandom, systemRandomBytes } from '../../src/base/chance.ts';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { resolveFleet } from '../../src/fleet/resolve.ts';
import { ScramClient, scramCredential, ScramServer } from '../../src/protocol/binary/scram.ts';
import { ClusterState } from '../../src/testing/cluster/cluster-state.ts';
import type { DocumentNode } from '../../src/testing/cluster/documents.ts';
import { resolveClusterOptions } from '../../src/testing/cluster/options.ts';
import { randomOf } from '../../src/testing/faults/random.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('chance', () => {
  it('is the Math.random of the moment, which tests of users replace', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.25);
    expect(systemRandom()).toBe(0.25);
  });

  it('gives bytes from a source of numbers, and from the system without one', () => {
    expect([...randomBytesOf(() => 0.999)(3)]).toEqual([255, 255, 255]);
    expect(randomBytesOf(undefined)).toBe(systemRandomBytes);
    expect(systemRandomBytes(16)).toHaveLength(16);
  });

  it('of a fleet decides where twemproxy-random sends keys', () => {
    const drawn = (seed: number): number[] => {
      const { createLocator } = resolveFleet({ locator: 'twemproxy-random', random: randomOf(seed) });
      const locator = createLocator(parseNodes(['a', 'b', 'c', 'd']));
      return Array.from({ length: 20 }, () => locator.locate('key'));
    };
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it('of a simulated cluster decides the uuids of its buckets', () => {
    const uuidOf = (seed: number): string => {
      const options = resolveClusterOptions({ random: randomOf(seed) });
      const nobody = { name: 'nobody' } as unknown as DocumentNode;
      const state = new ClusterState(
        options,
        () => nobody,
        () => true,
      );
      return state.buckets.get('default')?.uuid ?? '';
    };
    expect(uuidOf(1)).toMatch(/^[0-9a-f]{32}$/);
    expect(uuidOf(1)).toBe(uuidOf(1));
    expect(uuidOf(1)).not.toBe(uuidOf(2));
  });

  it('with a source of its own, a login derives its password before respond returns', () => {
    const mechanism = 'SCRAM-SHA512';
    const nonce = randomBytesOf(randomOf(1))(18).toString('base64');
    const credential = scramCredential(mechanism, 'secret', randomBytesOf(randomOf(2))(16));
    const client = new ScramClient({ mechanism, user: 'u', password: 'secret', nonce, derivesInline: true });
    const server = new ScramServer({ mechanism, credentialOf: () => credential, nonce });
    let final: unknown;
    client.respond(server.challenge(client.first()), (text) => {
      final = text;
    });
    expect(final).toMatch(/,p=/);
    client.verify(server.finish(final as string));
  });
});
