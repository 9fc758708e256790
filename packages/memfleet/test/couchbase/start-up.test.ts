import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/byte-writer.ts';
import type { OpeningConnection } from '../../src/connection/handshake.ts';
import type { Command } from '../../src/core/command.ts';
import type { Handler } from '../../src/core/dispatcher.ts';
import { AuthenticationError, ConfigError, ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import { type CouchbaseLogin, couchbaseBootstrap } from '../../src/couchbase/bootstrap.ts';
import { saslMechanisms } from '../../src/couchbase/sasl-mechanisms.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import type { ErrorMap } from '../../src/protocol/binary/error-map.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { FakeNode, type FakeNodeSettings, type FakeSession } from './support/fake-node.ts';

/** A node at the other end of no wire: commands and answers pass through the codec as bytes. */
class DirectConnection implements OpeningConnection {
  /** The features that the connection was told of. */
  features: readonly number[] = [];
  readonly session: FakeSession = {
    user: undefined,
    bucket: undefined,
    features: [],
    scram: undefined,
    socket: undefined,
  };
  readonly #node: FakeNode;

  constructor(node: FakeNode) {
    this.#node = node;
  }

  dispatch(command: Command, handler: Handler): void {
    const writer = new ByteWriter();
    binaryCodec.encodeCommand(command, writer, 1);
    const replies = binaryCodec.replyDecoder({ onReply: (reply) => handler.onReply(reply) });
    const commands = binaryCodec.commandDecoder({
      onCommand: (heard) => replies.push(this.#node.answer(heard, this.session)),
    });
    commands.push(Buffer.concat(writer.take()));
  }

  granted(features: readonly number[]): void {
    this.features = features;
  }

  packValues(): void {}
}

const modern = [
  feature.xerror,
  feature.selectBucket,
  feature.duplex,
  feature.clustermapNotification,
  feature.alternativeRequest,
  feature.unorderedExecution,
];

interface Outcome {
  readonly error: MemcacheError | undefined;
  readonly session: FakeSession;
  /** The features that the connection was told of. */
  readonly granted: readonly number[];
  readonly log: readonly string[];
  readonly maps: readonly ErrorMap[];
}

async function startUp(settings: Partial<FakeNodeSettings>, login: Partial<CouchbaseLogin> = {}): Promise<Outcome> {
  const node = new FakeNode(settings);
  const connection = new DirectConnection(node);
  const maps: ErrorMap[] = [];
  const whole: CouchbaseLogin = {
    bucket: 'default',
    credentials: () => undefined,
    mechanisms: () => saslMechanisms.clear,
    hasCertificate: false,
    hello: true,
    unordered: true,
    onErrorMap: (map) => maps.push(map),
    ...login,
  };
  const error = await new Promise<MemcacheError | undefined>((resolve) => {
    couchbaseBootstrap(whole, 'n1:11210')(connection, 'binary', resolve);
  });
  return { error, session: connection.session, granted: connection.features, log: node.log, maps };
}

const user = { username: 'us,er=', password: 'pässword' };
const users = { [user.username]: user.password };

describe('a modern node', () => {
  const settings: Partial<FakeNodeSettings> = { features: modern, users, needsLogin: true };

  test.each(['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1'])(
    'logs in by %s, then the bucket is chosen',
    async (mechanism) => {
      const { error, session, log } = await startUp(
        { ...settings, mechanisms: mechanism },
        { credentials: () => user },
      );
      expect(error).toBeUndefined();
      expect(session).toMatchObject({ user: user.username, bucket: 'default' });
      expect(log).toEqual(['hello', 'getErrorMap', 'saslListMechs', 'saslAuth', 'saslStep', 'selectBucket']);
    },
  );

  test('the strongest mechanism is taken on a plain connection, PLAIN with TLS', async () => {
    const login = { credentials: () => user };
    expect((await startUp(settings, login)).log).toContain('saslStep');
    const overTls = await startUp(settings, { ...login, mechanisms: () => saslMechanisms.tls });
    expect(overTls.session.user).toBe(user.username);
    expect(overTls.log).not.toContain('saslStep');
  });

  test('the requested features are those that are used', async () => {
    expect((await startUp(settings)).session.features).toEqual(modern);
  });

  test('the connection is told of the features that were granted', async () => {
    expect((await startUp(settings)).granted).toEqual(modern);
    const { granted } = await startUp(settings, { unordered: false });
    expect(granted).toEqual(modern.filter((code) => code !== feature.unorderedExecution));
  });

  test('unordered execution without barriers is returned', async () => {
    const features = modern.filter((code) => code !== feature.alternativeRequest);
    const { granted, log } = await startUp({ ...settings, features });
    expect(granted).toEqual(features.filter((code) => code !== feature.unorderedExecution));
    expect(log.slice(0, 2)).toEqual(['hello', 'hello']);
  });

  test('its error map is handed over', async () => {
    const errors = { '86': { name: 'ETMPFAIL', desc: '', attrs: ['temp', 'retry-now'] } };
    const { maps } = await startUp({
      features: modern,
      script: ({ packet }) =>
        packet?.opcode === couchbaseOpcode.getErrorMap ? { code: 0, value: JSON.stringify({ errors }) } : undefined,
    });
    expect(maps[0]?.get(0x86)).toEqual({ name: 'ETMPFAIL', attributes: ['temp', 'retry-now'] });
  });

  test('an invalid error map is ignored', async () => {
    const { error, maps } = await startUp({
      features: modern,
      script: ({ packet }) =>
        packet?.opcode === couchbaseOpcode.getErrorMap ? { code: 0, value: '<html>' } : undefined,
    });
    expect({ error, maps }).toEqual({ error: undefined, maps: [] });
  });

  test('without a bucket none is chosen', async () => {
    expect((await startUp(settings, { bucket: undefined, credentials: () => user })).log).not.toContain('selectBucket');
  });
});

describe('a node of the Membase era', () => {
  const settings: Partial<FakeNodeSettings> = {
    features: undefined,
    users: { shop: 'secret' },
    mechanisms: 'CRAM-MD5 PLAIN',
  };

  test('knows no HELLO, and the login chooses the bucket', async () => {
    const credentials = () => ({ username: 'shop', password: 'secret' });
    const { error, session, log } = await startUp(settings, { bucket: 'shop', credentials });
    expect(error).toBeUndefined();
    expect(session.bucket).toBe('shop');
    expect(log).toEqual(['hello', 'saslListMechs', 'saslAuth']);
  });

  test('lets everybody use the bucket default', async () => {
    expect(await startUp(settings)).toMatchObject({ error: undefined, log: ['hello'] });
  });

  test('receives no request for features where that is configured', async () => {
    expect(await startUp(settings, { hello: false })).toMatchObject({ error: undefined, log: [] });
  });

  test('without SASL it lets everybody in', async () => {
    const login = { credentials: () => user };
    expect((await startUp({ features: undefined, users: undefined }, login)).error).toBeUndefined();
  });

  test('that does not know SELECT_BUCKET is gone on with', async () => {
    const script: FakeNodeSettings['script'] = ({ packet }) =>
      packet?.opcode === couchbaseOpcode.selectBucket ? { code: 0x81 } : undefined;
    expect((await startUp({ script })).error).toBeUndefined();
  });
});

describe('what goes wrong is said', () => {
  const settings: Partial<FakeNodeSettings> = { features: modern, users, needsLogin: true };
  const wrong = () => ({ username: 'me', password: 'wrong' });

  test.each(['SCRAM-SHA512', 'PLAIN'])('a wrong password (%s)', async (mechanisms) => {
    const { error } = await startUp({ ...settings, users: { me: 'right' }, mechanisms }, { credentials: wrong });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error?.message).toBe('n1:11210 refused the password of the user "me" (Auth failure.)');
    expect(error?.node).toBe('n1:11210');
  });

  test('an unknown user', async () => {
    expect((await startUp(settings, { credentials: wrong })).error).toBeInstanceOf(AuthenticationError);
  });

  test('a server that does not know the password either', async () => {
    const { error } = await startUp(
      { ...settings, script: ({ packet }) => (packet?.opcode === 0x22 ? { code: 0, value: 'v=AAAA' } : undefined) },
      { credentials: () => user },
    );
    expect(error?.message).toBe("the server's signature is wrong: it does not know the password");
  });

  test('no mechanism in common', async () => {
    const { error } = await startUp({ ...settings, mechanisms: 'GSSAPI OAUTHBEARER' }, { credentials: () => user });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error?.message).toMatch(/offers the logins "GSSAPI OAUTHBEARER"; allowed are SCRAM-SHA512/);
  });

  test('PLAIN alone is not used where it is not allowed', async () => {
    const login = { credentials: () => user, mechanisms: () => ['SCRAM-SHA512'] };
    expect((await startUp({ ...settings, mechanisms: 'PLAIN' }, login)).log).not.toContain('saslAuth');
  });

  test('no credentials where some are wanted', async () => {
    const { error } = await startUp(settings);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error?.message).toBe('n1:11210 requires a username and password, and none are configured');
  });

  test.each([1, 0x24, 0x08])('an unknown bucket (status %i)', async (code) => {
    const script: FakeNodeSettings['script'] = ({ packet }) =>
      packet?.opcode === couchbaseOpcode.selectBucket ? { code } : undefined;
    const { error } = await startUp({ ...settings, script }, { bucket: 'shop', credentials: () => user });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error?.message).toMatch(/^n1:11210 has no bucket "shop", or the user may not use it/);
  });

  test('a bucket that is not ready yet may be tried again', async () => {
    const script: FakeNodeSettings['script'] = ({ packet }) =>
      packet?.opcode === couchbaseOpcode.selectBucket ? { code: 0x86 } : undefined;
    const { error } = await startUp({ ...settings, script }, { credentials: () => user });
    expect(error).toBeInstanceOf(ConnectError);
    expect(error?.message).toMatch(/the bucket "default" is not ready/);
  });

  test('an empty user name', async () => {
    const login = { credentials: () => ({ username: '', password: 'x' }) };
    expect((await startUp({ ...settings, mechanisms: 'PLAIN' }, login)).error?.message).toBe('the user name is empty');
  });
});
