/**
 * SCRAM (RFC 5802, RFC 7677) as in Couchbase: no channel binding, mechanism names without the second hyphen.
 *
 *   client                                              server
 *   SASL_AUTH  n,,n=user,r=nonce               ─▶
 *                                              ◀─  0x21  r=nonce+more,s=salt,i=4096
 *   SASL_STEP  c=biws,r=nonce+more,p=proof     ─▶        checks the proof
 *              checks the signature            ◀─  0     v=signature
 *
 * All messages are byte strings and are hashed as received: some clients send nonces with spaces, and everything up to
 * the comma counts. User names and passwords are hashed as their UTF-8 bytes, without SASLprep, as Couchbase does.
 */
import { createHash, createHmac, pbkdf2, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { fromByteString, toByteString } from '../../base/bytes.ts';
import { systemRandomBytes } from '../../base/chance.ts';
import { AuthenticationError, InvalidArgumentError } from '../../core/errors.ts';
import type { ScramMechanism } from './scram-mechanism.ts';

const hashes: Readonly<Record<ScramMechanism, string>> = {
  'SCRAM-SHA512': 'sha512',
  'SCRAM-SHA256': 'sha256',
  'SCRAM-SHA1': 'sha1',
};

/**
 * The numbers of iterations that a client accepts (RFC 7677 requires 4096 or more). Fewer would give an impostor of the
 * server a proof with which passwords can be guessed cheaply; more would occupy a thread for longer than a connect
 * timeout (100 000 of SHA-512: about 0.1 s on a fast core).
 */
const minIterations = 4096;
const maxIterations = 100_000;

/** The credential that a server stores for a user: it cannot be used to log in. */
export interface ScramCredential {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/**
 * Derives the stored credential (RFC 5802 section 3) synchronously: for the set-up of a server, not for a login.
 * `iterations`: 4096 or more; clients refuse less.
 */
export function scramCredential(
  mechanism: ScramMechanism,
  password: string,
  salt: Uint8Array = systemRandomBytes(16),
  iterations = 4096,
): ScramCredential {
  const salted = saltedPassword(mechanism, password, salt, iterations);
  const clientKey = hmac(mechanism, salted, 'Client Key');
  return { salt, iterations, storedKey: hash(mechanism, clientKey), serverKey: hmac(mechanism, salted, 'Server Key') };
}

/**
 * The user of a login. `nonce` (printable, no comma) is for tests; it is random otherwise. `derivesInline`: the
 * password is derived at once, not on another thread, whose time no clock but the real one knows.
 */
export interface ScramClientOptions {
  readonly mechanism: ScramMechanism;
  readonly user: string;
  readonly password: string;
  readonly nonce?: string | undefined;
  readonly derivesInline?: boolean | undefined;
}

/** The client's side of one login: `first`, `respond`, `verify`, in that order. */
export class ScramClient {
  readonly mechanism: ScramMechanism;
  readonly #password: string;
  readonly #derivesInline: boolean;
  readonly #nonce: string;
  readonly #bare: string;
  #signature: Buffer | undefined = undefined;

  constructor({ mechanism, user, password, nonce, derivesInline = false }: ScramClientOptions) {
    if (user === '') throw new InvalidArgumentError('the user name is empty');
    this.mechanism = mechanism;
    this.#password = password;
    this.#derivesInline = derivesInline;
    this.#nonce = nonce ?? systemRandomBytes(18).toString('base64');
    this.#bare = `n=${escapeUser(toByteString(user))},r=${this.#nonce}`;
  }

  /** The value of SASL_AUTH. */
  first(): string {
    return `n,,${this.#bare}`;
  }

  /**
   * Computes the value of SASL_STEP from the server's reply and passes it to `then` later: the password is derived on
   * another thread, unless it is to be inline. Throws AuthenticationError at once when it is not a reply to this login.
   */
  respond(serverFirst: string, then: (clientFinal: string | AuthenticationError) => void): void {
    const fields = attributes(serverFirst);
    const nonce = fields.get('r') ?? '';
    const salt = fields.get('s');
    if (fields.has('m')) throw new AuthenticationError('the server wants a SCRAM extension');
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new AuthenticationError('the server did not extend the nonce of this login');
    }
    if (salt === undefined) throw new AuthenticationError('the server sent no salt');
    const iterations = iterationsOf(fields.get('i'));
    const name = hashes[this.mechanism];
    if (this.#derivesInline) {
      const salted = saltedPassword(this.mechanism, this.#password, Buffer.from(salt, 'base64'), iterations);
      then(this.#final(salted, serverFirst, nonce));
      return;
    }
    pbkdf2(this.#password, Buffer.from(salt, 'base64'), iterations, digestSize(name), name, (cause, salted) => {
      if (cause !== null) then(new AuthenticationError('the password cannot be derived', { cause }));
      else then(this.#final(salted, serverFirst, nonce));
    });
  }

  #final(salted: Buffer, serverFirst: string, nonce: string): string {
    const clientKey = hmac(this.mechanism, salted, 'Client Key');
    const withoutProof = `c=biws,r=${nonce}`;
    const authMessage = `${this.#bare},${serverFirst},${withoutProof}`;
    const proof = xor(clientKey, hmac(this.mechanism, hash(this.mechanism, clientKey), authMessage));
    this.#signature = hmac(this.mechanism, hmac(this.mechanism, salted, 'Server Key'), authMessage);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Checks the server's final message. Throws AuthenticationError when the server does not know the password. */
  verify(serverFinal: string): void {
    const fields = attributes(serverFinal);
    const error = fields.get('e');
    if (error !== undefined) throw new AuthenticationError(`the server refused the login: ${error}`);
    const expected = this.#signature;
    if (expected === undefined || !same(expected, Buffer.from(fields.get('v') ?? '', 'base64'))) {
      throw new AuthenticationError("the server's signature is wrong: it does not know the password");
    }
  }
}

/** The options of a server's logins. `nonce` is its own part of the nonce, for tests. */
export interface ScramServerOptions {
  readonly mechanism: ScramMechanism;
  /** The stored credential of the user; undefined = no such user. */
  readonly credentialOf: (user: string) => ScramCredential | undefined;
  readonly nonce?: string | undefined;
}

/** The server's side of one login: `challenge`, then `finish`. */
export class ScramServer {
  readonly mechanism: ScramMechanism;
  readonly #credentialOf: (user: string) => ScramCredential | undefined;
  readonly #ownNonce: string;
  #user = '';
  #credential: ScramCredential | undefined = undefined;
  #nonce = '';
  #header = '';
  #transcript = '';

  constructor({ mechanism, credentialOf, nonce }: ScramServerOptions) {
    this.mechanism = mechanism;
    this.#credentialOf = credentialOf;
    this.#ownNonce = nonce ?? systemRandomBytes(18).toString('base64');
  }

  /** The user of the login; known after `challenge`, verified after `finish`. */
  get user(): string {
    return this.#user;
  }

  /**
   * The value of the reply to SASL_AUTH, with status 0x21. Throws AuthenticationError for a malformed message or an
   * unknown user.
   */
  challenge(clientFirst: string): string {
    const match = /^([ny],[^,]*,)(n=([^,]+),r=([^,]+)(?:,.*)?)$/s.exec(clientFirst);
    const [, header, bare, user, nonce] = match ?? [];
    if (header === undefined || bare === undefined || user === undefined || nonce === undefined) {
      throw new AuthenticationError('the first SCRAM message is malformed');
    }
    this.#user = fromByteString(unescapeUser(user));
    const credential = this.#credentialOf(this.#user);
    if (credential === undefined) throw new AuthenticationError('there is no such user');
    this.#credential = credential;
    this.#header = header;
    this.#nonce = nonce + this.#ownNonce;
    const salt = Buffer.from(credential.salt).toString('base64');
    const serverFirst = `r=${this.#nonce},s=${salt},i=${credential.iterations}`;
    this.#transcript = `${bare},${serverFirst}`;
    return serverFirst;
  }

  /** The value of the reply to SASL_STEP, with status 0. Throws AuthenticationError when the proof is wrong. */
  finish(clientFinal: string): string {
    const credential = this.#credential;
    const at = clientFinal.lastIndexOf(',p=');
    const fields = attributes(clientFinal.slice(0, Math.max(at, 0)));
    const binding = Buffer.from(this.#header, 'latin1').toString('base64');
    if (credential === undefined || at < 0 || fields.get('r') !== this.#nonce || fields.get('c') !== binding) {
      throw new AuthenticationError('the last SCRAM message does not belong to this login');
    }
    const authMessage = `${this.#transcript},${clientFinal.slice(0, at)}`;
    const proof = Buffer.from(clientFinal.slice(at + 3), 'base64');
    const signature = hmac(this.mechanism, credential.storedKey, authMessage);
    if (proof.length !== signature.length || !same(hash(this.mechanism, xor(proof, signature)), credential.storedKey)) {
      throw new AuthenticationError('the password is wrong');
    }
    return `v=${hmac(this.mechanism, credential.serverKey, authMessage).toString('base64')}`;
  }
}

function saltedPassword(mechanism: ScramMechanism, password: string, salt: Uint8Array, iterations: number): Buffer {
  const name = hashes[mechanism];
  return pbkdf2Sync(password, salt, iterations, digestSize(name), name);
}

function digestSize(name: string): number {
  return createHash(name).digest().length;
}

function iterationsOf(text: string | undefined): number {
  const iterations = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (iterations >= minIterations && iterations <= maxIterations) return iterations;
  const shown = JSON.stringify(text?.slice(0, 20) ?? '');
  throw new AuthenticationError(
    `the server requires ${shown} iterations of the password's hash; ${minIterations} to ${maxIterations} are accepted`,
  );
}

function hmac(mechanism: ScramMechanism, key: Uint8Array, message: string): Buffer {
  return createHmac(hashes[mechanism], key).update(message, 'latin1').digest();
}

function hash(mechanism: ScramMechanism, bytes: Uint8Array): Buffer {
  return createHash(hashes[mechanism]).update(bytes).digest();
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ b[i]!));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `r=…,s=…` by letter. A value extends to the next comma, whatever bytes it has. */
function attributes(message: string): Map<string, string> {
  return new Map(
    message.split(',').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
}

function escapeUser(user: string): string {
  return user.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function unescapeUser(user: string): string {
  return user.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
