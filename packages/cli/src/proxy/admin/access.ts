/** Who may read the endpoints: whoever knows the token, or a name with its password. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { fail } from '../../failure.ts';

/** The logins of the endpoints. Without any, everybody may read them. */
export interface AdminLogins {
  /** As `Authorization: Bearer TOKEN`, and as the password of any name, for browsers. */
  readonly token?: string | undefined;
  /** Names with their passwords, as of HTTP's basic authentication. */
  readonly users: Readonly<Record<string, string>>;
}

/** A token must not be guessable. */
export const leastTokenLength = 16;

/** The token that is the text of a file. Throws UsageError, which does not quote it. */
export function tokenOf(text: string, file: string): string {
  const token = text.trim();
  if (token.length < leastTokenLength)
    fail(`--admin-token-file: ${file} must have a token of at least ${leastTokenLength} characters`);
  return token;
}

/** Decides about the header `Authorization`. */
export class Access {
  readonly #token: Buffer | undefined;
  readonly #users: ReadonlyMap<string, Buffer>;

  constructor({ token, users }: AdminLogins) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#users = new Map(Object.entries(users).map(([name, password]) => [name, digest(password)]));
  }

  /** Whether a login is needed. */
  get isProtected(): boolean {
    return this.#token !== undefined || this.#users.size > 0;
  }

  /** May a request with this header be answered? */
  allows(header: string | undefined): boolean {
    if (!this.isProtected) return true;
    const [, scheme = '', credentials = ''] = /^(\w+) +(\S+)\s*$/.exec(header ?? '') ?? [];
    if (scheme.toLowerCase() === 'bearer') return isSame(this.#token, credentials);
    if (scheme.toLowerCase() !== 'basic') return false;
    const [, name = '', password] = /^([^:]*):([^]*)$/.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
    if (password === undefined) return false;
    return isSame(this.#token, password) || isSame(this.#users.get(name), password);
  }
}

/** Texts of any length as bytes of one length, so that the comparison tells nothing about the secret. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSame(secret: Buffer | undefined, text: string): boolean {
  const given = digest(text);
  return timingSafeEqual(secret ?? Buffer.alloc(given.length), given) && secret !== undefined;
}

/** Is it an address that only this machine reaches? */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.');
  if (!isIPv6(address)) return address === 'localhost';
  return address === '::1' || /^::ffff:127\./i.test(address);
}
