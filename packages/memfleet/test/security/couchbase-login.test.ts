/** Attacks on the login at a Couchbase node, by whoever poses as the node. */
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import { AuthenticationError } from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { parsePlain } from '../../src/protocol/binary/sasl-plain.ts';
import { scramMechanisms } from '../../src/protocol/binary/scram-mechanism.ts';
import { ScramClient, scramCredential, ScramServer } from '../../src/protocol/binary/scram.ts';
import { FakeCluster } from '../couchbase/support/fake-cluster.ts';
import type { FakeNodeSettings } from '../couchbase/support/fake-node.ts';
import { scramAnswer } from '../support/scram-answer.ts';

const user = { username: 'ada', password: 'secret' };

function challenge(iterations: number | string): string {
  return `r=abcdef,s=${Buffer.from('salt').toString('base64')},i=${iterations}`;
}

function scramClient(mechanism: (typeof scramMechanisms)[number] = 'SCRAM-SHA512'): ScramClient {
  return new ScramClient({ mechanism, user: user.username, password: user.password, nonce: 'abc' });
}

describe.each(scramMechanisms)('a challenge of %s', (mechanism) => {
  test.each(['1', '10', '4095', '100001', '1000000', '2000000000', '0x1000', '5e3', '4096.5', '', ' 4096'])(
    'that asks for %j iterations gets no proof: few are cheap to guess at, many stop the client',
    (iterations) => {
      expect(() => scramClient(mechanism).respond(challenge(iterations), () => {})).toThrow(AuthenticationError);
      expect(() => scramClient(mechanism).respond(challenge(iterations), () => {})).toThrow(
        `the server requires "${iterations}" iterations of the password's hash; 4096 to 100000 are accepted`,
      );
    },
  );

  test.each([4096, 5000, 100_000])('that requires %i iterations receives a proof', async (iterations) => {
    const credential = scramCredential(mechanism, user.password, undefined, iterations);
    const server = new ScramServer({ mechanism, credentialOf: () => credential });
    const client = scramClient(mechanism);
    client.verify(server.finish(await scramAnswer(client, server.challenge(client.first()))));
  });
});

test('the proof is computed on another thread: the loop runs on while it is', async () => {
  const order: string[] = [];
  const answered = new Promise<void>((resolve) => {
    scramClient().respond(challenge(100_000), () => {
      order.push('proof');
      resolve();
    });
  });
  order.push('called');
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      order.push('a turn of the loop');
      resolve();
    });
  });
  await answered;
  expect(order).toEqual(['called', 'a turn of the loop', 'proof']);
});

/** What a node was told as the value of SASL_AUTH with PLAIN. */
class Eavesdropper {
  readonly heard: string[] = [];

  readonly script: FakeNodeSettings['script'] = ({ packet, key, value }) => {
    if (packet?.opcode !== opcode.saslAuth || key !== 'PLAIN') return undefined;
    this.heard.push(parsePlain(value)?.password ?? '');
    return { code: status.authError };
  };
}

async function posing(
  settings: Partial<FakeNodeSettings>,
  couchbase: ClientOptions['couchbase'] = {},
): Promise<{ client: Client; heard: readonly string[] }> {
  const spy = new Eavesdropper();
  const users = { [user.username]: user.password };
  const cluster = await FakeCluster.start(1, [[0]], { users, needsLogin: true, script: spy.script, ...settings });
  const client = cluster.client({ retry: false, couchbase: { ...user, bootstrap: 'data', ...couchbase } });
  return { client, heard: spy.heard };
}

describe('a node without TLS that lists only PLAIN', () => {
  test('does not receive the password', async () => {
    const { client, heard } = await posing({ mechanisms: 'PLAIN' });
    await expect(client.get('a')).rejects.toThrow(/offers the logins "PLAIN".*sends the password in clear/);
    expect(heard).toEqual([]);
  });

  test('does not receive the password when it refuses HELLO like a node of the Membase era', async () => {
    const { client, heard } = await posing({ mechanisms: 'CRAM-MD5 PLAIN', features: undefined });
    await expect(client.get('a')).rejects.toThrow(AuthenticationError);
    expect(heard).toEqual([]);
  });

  test('receives the password where the user names PLAIN', async () => {
    const { client, heard } = await posing({ mechanisms: 'PLAIN' }, { mechanisms: ['PLAIN'] });
    await expect(client.get('a')).rejects.toThrow(AuthenticationError);
    expect(heard).toContain(user.password);
  });
});
