import { describe, expect, test } from 'vitest';
import { AuthenticationError, InvalidArgumentError } from '../../../src/core/errors.ts';
import { buildFeatures, feature, parseFeatures } from '../../../src/protocol/binary/hello.ts';
import { buildPlain, parsePlain } from '../../../src/protocol/binary/sasl-plain.ts';
import { type ScramMechanism, scramMechanism } from '../../../src/protocol/binary/scram-mechanism.ts';
import { ScramClient, ScramServer, scramCredential } from '../../../src/protocol/binary/scram.ts';
import { scramAnswer } from '../../support/scram-answer.ts';

describe('SASL PLAIN', () => {
  test('is authzid NUL user NUL password, in UTF-8', () => {
    expect(buildPlain('user', 'pass')).toBe('\0user\0pass');
    expect(buildPlain('jürgen', 'p€', 'admin')).toBe('admin\0j\xc3\xbcrgen\0p\xe2\x82\xac');
  });

  test('is read back from a byte string or bytes', () => {
    const credentials = { authzid: '', user: 'jürgen', password: 'p€' };
    const payload = buildPlain('jürgen', 'p€');
    expect(parsePlain(payload)).toEqual(credentials);
    expect(parsePlain(Buffer.from(payload, 'latin1'))).toEqual(credentials);
  });

  test('a NUL at the end is tolerated; anything else than three fields is refused', () => {
    expect(parsePlain('\0user\0pass\0')).toEqual({ authzid: '', user: 'user', password: 'pass' });
    for (const payload of ['', 'user', 'user\0pass', '\0\0pass', '\0a\0b\0c', '\0a\0b\0\0']) {
      expect(parsePlain(payload)).toBeUndefined();
    }
  });

  test('fields with a NUL and empty users cannot be said', () => {
    expect(() => buildPlain('a\0b', 'c')).toThrow(InvalidArgumentError);
    expect(() => buildPlain('', 'c')).toThrow(InvalidArgumentError);
  });
});

interface Login {
  readonly name: string;
  readonly mechanism: ScramMechanism;
  readonly user: string;
  readonly password: string;
  readonly clientNonce: string;
  readonly serverNonce: string;
  readonly salt: string;
  readonly proof: string;
  readonly signature: string;
}

const shared = {
  user: 'username',
  password: 'password',
  clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
  serverNonce: '3rfcNHYJY1ZVvWVs7j',
  salt: 'ZP8Dc+4BGCAMitu9B7qSbjaB2fs=',
};

const logins: readonly Login[] = [
  {
    name: 'RFC 5802 section 5',
    mechanism: 'SCRAM-SHA1',
    user: 'user',
    password: 'pencil',
    clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    salt: 'QSXCR+Q6sek8bf92',
    proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    name: 'RFC 7677 section 3',
    mechanism: 'SCRAM-SHA256',
    user: 'user',
    password: 'pencil',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
  {
    name: 'Couchbase SHA1',
    mechanism: 'SCRAM-SHA1',
    ...shared,
    proof: 'BgDTjduRiG2rLn++YdlWSNmMCw8=',
    signature: 'UfaW46lFMmrVCgnqdU1KxQVUNso=',
  },
  {
    name: 'Couchbase SHA256',
    mechanism: 'SCRAM-SHA256',
    ...shared,
    proof: 'eYBoYWr2vvPjnuZSGBFy/M31oSA/fvOmUs2IakFeO7Q=',
    signature: 'RrznWbetWdqdhDRgydre+xULql3HY8h/XwABFuqzvRk=',
  },
  {
    name: 'Couchbase SHA512',
    mechanism: 'SCRAM-SHA512',
    ...shared,
    proof: 'vMwDl9ggTE2O3LVaKVeciqzYsTjkzz28oudsVFwGoXWARU7RrGcFWabfNSYxmUcTGh7V/pIvGMR9QF/YrRr5fQ==',
    signature: 'IJlmrlmxOcOY+qAr4GMsnR5AYO1A0DBYh+cZ+k6O4M/07LX1vWSoyxEbP0fNht7d/ZIkSD81uaV+hDI8Dy4Bsw==',
  },
];

describe('SCRAM vectors', () => {
  test.each(logins)(
    '$name, the client',
    async ({ mechanism, user, password, clientNonce, serverNonce, salt, proof, signature }) => {
      const client = new ScramClient({ mechanism, user, password, nonce: clientNonce });
      expect(client.first()).toBe(`n,,n=${user},r=${clientNonce}`);
      const nonce = clientNonce + serverNonce;
      expect(await scramAnswer(client, `r=${nonce},s=${salt},i=4096`)).toBe(`c=biws,r=${nonce},p=${proof}`);
      client.verify(`v=${signature}`);
    },
  );

  test.each(logins)(
    '$name, the server',
    ({ mechanism, user, password, clientNonce, serverNonce, salt, proof, signature }) => {
      const credential = scramCredential(mechanism, password, Buffer.from(salt, 'base64'), 4096);
      const server = new ScramServer({
        mechanism,
        nonce: serverNonce,
        credentialOf: (name) => (name === user ? credential : undefined),
      });
      const nonce = clientNonce + serverNonce;
      expect(server.challenge(`n,,n=${user},r=${clientNonce}`)).toBe(`r=${nonce},s=${salt},i=4096`);
      expect(server.finish(`c=biws,r=${nonce},p=${proof}`)).toBe(`v=${signature}`);
      expect(server.user).toBe(user);
    },
  );
});

describe('a SCRAM login', () => {
  const mechanism = 'SCRAM-SHA256';

  async function login(user: string, password: string, nonce?: string): Promise<void> {
    const credential = scramCredential(mechanism, 'p€ss,word', undefined, 4096);
    const server = new ScramServer({
      mechanism,
      credentialOf: (name) => (name === 'jürgen,=x' ? credential : undefined),
    });
    const client = new ScramClient({ mechanism, user, password, ...(nonce === undefined ? {} : { nonce }) });
    client.verify(server.finish(await scramAnswer(client, server.challenge(client.first()))));
    expect(server.user).toBe(user);
  }

  test('succeeds for names with commas, equal signs and UTF-8', () => login('jürgen,=x', 'p€ss,word'));

  test('takes nonces with spaces, as some clients send them, up to the comma', () =>
    login('jürgen,=x', 'p€ss,word', '0x55 0xffffffaf 0xffffffc9 '));

  test('fails with the wrong password or an unknown user', async () => {
    await expect(login('jürgen,=x', 'wrong')).rejects.toThrow(AuthenticationError);
    await expect(login('nobody', 'p€ss,word')).rejects.toThrow(/no such user/);
  });

  test('a server that does not know the password is found out', async () => {
    const client = new ScramClient({ mechanism, user: 'u', password: 'p', nonce: 'abc' });
    const { salt } = scramCredential(mechanism, 'p');
    await scramAnswer(client, `r=abcdef,s=${Buffer.from(salt).toString('base64')},i=4096`);
    expect(() => client.verify('v=AAAA')).toThrow(/signature/);
    expect(() => client.verify('')).toThrow(AuthenticationError);
    expect(() => client.verify('e=other-error')).toThrow(/other-error/);
  });

  test.each([
    ['another nonce', 'r=xyz,s=AAAA,i=4096'],
    ['nothing added to the nonce', 'r=abc,s=AAAA,i=4096'],
    ['no salt', 'r=abcdef,i=4096'],
    ['no iterations', 'r=abcdef,s=AAAA'],
    ['iterations that are no number', 'r=abcdef,s=AAAA,i=0x1000'],
    ['an extension', 'm=x,r=abcdef,s=AAAA,i=4096'],
    ['nothing', ''],
  ])('the client refuses a challenge with %s', (_, serverFirst) => {
    const client = new ScramClient({ mechanism, user: 'u', password: 'p', nonce: 'abc' });
    expect(() => client.respond(serverFirst, () => {})).toThrow(AuthenticationError);
  });

  test.each(['', 'n,,', 'n,,n=u', 'n,,r=abc', 'p=tls-unique,,n=u,r=abc', 'n=u,r=abc'])(
    'the server refuses %j as a first message',
    (clientFirst) => {
      const server = new ScramServer({ mechanism, credentialOf: () => scramCredential(mechanism, 'p', undefined, 10) });
      expect(() => server.challenge(clientFirst)).toThrow(AuthenticationError);
    },
  );

  test.each([
    '',
    'c=biws,r=abcS',
    'c=biws,r=other,p=AAAA',
    'c=eSws,r=abcS,p=AAAA',
    'c=biws,r=abcS,p=',
    'c=biws,r=abcS,p=AAAA',
  ])('the server refuses %j as a last message', (clientFinal) => {
    const credential = scramCredential(mechanism, 'p', undefined, 10);
    const server = new ScramServer({ mechanism, nonce: 'S', credentialOf: () => credential });
    expect(() => server.finish(clientFinal)).toThrow(AuthenticationError);
    server.challenge('n,,n=u,r=abc');
    expect(() => server.finish(clientFinal)).toThrow(AuthenticationError);
  });
});

test('mechanism names are known in the spelling of Couchbase and of the RFCs', () => {
  expect(scramMechanism('SCRAM-SHA512')).toBe('SCRAM-SHA512');
  expect(scramMechanism('SCRAM-SHA-256')).toBe('SCRAM-SHA256');
  expect(scramMechanism('PLAIN')).toBeUndefined();
});

test('a HELLO is a list of 16-bit codes', () => {
  const asked = [feature.tcpNoDelay, feature.xattr, feature.xerror, feature.selectBucket, 0x1234];
  expect(Buffer.from(buildFeatures(asked), 'latin1').toString('hex')).toBe('00030006000700081234');
  expect(parseFeatures(buildFeatures(asked))).toEqual(asked);
  expect(parseFeatures(Buffer.from('0003', 'hex'))).toEqual([3]);
  expect(parseFeatures('')).toEqual([]);
  expect(parseFeatures('abc')).toBeUndefined();
});
