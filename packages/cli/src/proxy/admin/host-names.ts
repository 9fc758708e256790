/** By which names the endpoints may be asked. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Addresses, `localhost`, the name of this machine, and names without a dot, which no web page can have, may always be
 * used; others are named by the user.
 */
export class HostNames {
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#names = new Set([hostname(), ...names].map((name) => name.toLowerCase()));
  }

  /** May it be asked with this header `Host`? HTTP/1.0 and Unix sockets may have none. */
  allow(header: string | undefined): boolean {
    if (header === undefined || header === '') return true;
    const name = /^(.*?)(?::\d*)?$/.exec(header)?.[1]?.toLowerCase().replace(/\.$/, '') ?? '';
    if (/^\[[\da-f:.]+\]$/.test(name) || isIP(name) !== 0) return true;
    return /^[\w-]+$/.test(name) || name.endsWith('.localhost') || this.#names.has(name);
  }
}
