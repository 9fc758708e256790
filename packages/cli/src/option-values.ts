/** Readers of option values: each gives the value or throws what commander reports, naming the option. */
import { InvalidArgumentError } from 'commander';
import { parseSize } from './sizes.ts';

/** A number within bounds. `unit`: what it counts, for the message. */
export function numberWithin(least: number, most: number, unit: string, isWhole = true): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
      const kind = isWhole ? 'a whole number' : 'a number';
      throw new InvalidArgumentError(`It takes ${kind} from ${least} to ${most}${unit === '' ? '' : ` (${unit})`}.`);
    }
    return value;
  };
}

/** A whole number of 64 bits: a cas token, a counter, a delta. */
export function bigintOf(text: string): bigint {
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > 0xffff_ffff_ffff_ffffn)
    throw new InvalidArgumentError('It takes a whole number from 0 to 18446744073709551615.');
  return value;
}

/** A word of a protocol's line: printable ASCII without blanks. */
export function word(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new InvalidArgumentError('It takes printable ASCII characters without blanks.');
  return text;
}

/** A size with its unit. */
export function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < 1)
    throw new InvalidArgumentError('It takes a size with its unit, such as 512k, 64m or 1g.');
  return bytes;
}

/**
 * Where to listen: `port`, `host:port`, `[v6]:port`, the path of a Unix socket, or `fd:3`, a socket that was handed
 * over.
 */
export type ListenAddress =
  | { readonly host?: string; readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

/** What `listenAddress` reads. */
export const addressForms =
  'a port, host:port, [ipv6]:port, the path of a Unix socket, or fd:3 for a socket that was handed over';

export function listenAddress(text: string): ListenAddress {
  if (text.startsWith('/') || text.startsWith('unix:')) return { path: text.replace(/^unix:(\/\/)?/, '') };
  const fd = /^fd:([3-9]|[1-9]\d{1,4})$/.exec(text)?.[1];
  if (fd !== undefined) return { fd: Number(fd) };
  const match = /^(?:(?:\[([^\]]+)\]|(?!fd:)([^:[\]\s]+)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new InvalidArgumentError(`It takes ${addressForms}.`);
  const host = match[1] ?? match[2];
  return host === undefined ? { port } : { host, port };
}

/** The reverse of `listenAddress`. `host`: where none is said. */
export function listenText(address: ListenAddress, host?: string): string {
  if ('fd' in address) return `fd:${address.fd}`;
  if ('path' in address) return address.path;
  const { host: name = host, port } = address;
  if (name === undefined) return String(port);
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
