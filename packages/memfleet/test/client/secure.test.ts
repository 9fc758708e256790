/** TLS and passwords. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { AuthenticationError, ConnectError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer, type ServerOptions } from '../../src/server/index.ts';
import { connect, expectNothingLeft, failure } from '../support/harness.ts';
import { selfSigned } from '../support/self-signed.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

async function serve(options: ServerOptions): Promise<string> {
  const server = createServer({ port: 0, ...options });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  return 'port' in address ? `127.0.0.1:${address.port}` : address.path;
}

describe.each(protocols)('%s', (protocol) => {
  test('over TLS everything works, large values too', async () => {
    const { key, cert } = selfSigned;
    const address = await serve({ tls: { key, cert } });
    const test = connect(address, {
      protocol,
      tls: { ca: cert },
      timeout: 5000,
      connectTimeout: 5000,
    });
    const large = Buffer.alloc(900_000, 'large');
    await test.client.set('large', large);
    const values = await Promise.all([
      test.client.get<Buffer>('large'),
      test.client.get('none'),
      test.client.get<Buffer>('large'),
    ]);
    expect(values[0]?.equals(large)).toBe(true);
    expect(values[1]).toBe(undefined);
    expect(values[2]?.equals(large)).toBe(true);
    expect((await test.client.getMany<Buffer>(['large', 'x'])).get('large')?.equals(large)).toBe(true);
    await expectNothingLeft(test);
  });

  test('a certificate that is not trusted is a connect error', async () => {
    const { key, cert } = selfSigned;
    const address = await serve({ tls: { key, cert } });
    const test = connect(address, { protocol, tls: true, timeout: 5000, connectTimeout: 5000 });
    const error = await failure(test.client.get('k'), 6000);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error.message).toContain('certificate');
    await expectNothingLeft(test);
  });

  test('TLS to a node without TLS, and the other way round, fail in time', async () => {
    const plain = await serve({});
    const toPlain = connect(plain, { protocol, tls: true, timeout: 300, connectTimeout: 300 });
    await failure(toPlain.client.get('k'));
    await expectNothingLeft(toPlain);
    const secure = await serve({ tls: selfSigned });
    const toSecure = connect(secure, { protocol, timeout: 300, connectTimeout: 300 });
    await failure(toSecure.client.get('k'));
    await expectNothingLeft(toSecure);
  });

  test('a password lets in; a wrong one is an AuthenticationError each time, also before the next dial', async () => {
    const password = protocol === 'binary' ? 'pässword with spaces' : 'pässword';
    const address = await serve({ users: { somebody: password } });
    const right = connect(address, { protocol, username: 'somebody', password });
    expect(await right.client.set('k', 1)).toBe(true);
    expect(await right.client.get('k')).toBe(1);
    await expectNothingLeft(right);
    const wrong = connect(address, { protocol, username: 'somebody', password: 'guess' });
    for (let i = 0; i < 5; i++) {
      const error = await failure(wrong.client.get('k'));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error.message).not.toContain('guess');
    }
    await expectNothingLeft(wrong);
    const none = connect(address, { protocol });
    const error = await failure(none.client.get('k'));
    expect(error.message).toMatch(/password|auth/i);
    await expectNothingLeft(none);
  });
});

test('a password with a space, which the ASCII authentication cannot carry, is not tried', async () => {
  const address = await serve({ users: { somebody: 'open sesame' } });
  const error = await failure(connect(address, { username: 'somebody', password: 'open sesame' }).client.get('k'));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error.message).toContain('space');
});
