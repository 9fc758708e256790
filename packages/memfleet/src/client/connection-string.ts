/**
 * `memcached://user:password@host1:11211,host2/?timeout=500&locator=modulo&pool.max=2`; `memcacheds://` for TLS; `memcached:///run/memcached.sock`;
 * or just `host1,host2:11212`.
 */
import { InvalidOptionError } from '../errors.ts';
import type { ClientOptions } from './options.ts';

const form = /^(memcacheds?):\/\/(?:([^@/]*)@)?([^?]*)(?:\?(.*))?$/;

/** Throws InvalidOptionError. Passwords are not shown. */
export function parseConnectionString(text: string): ClientOptions<never> {
  if (!text.includes('://')) return { nodes: text };
  const match = form.exec(text);
  if (match === null)
    throw new InvalidOptionError('a connection string begins with memcached:// or memcacheds:// and names hosts');
  const [, scheme, userInfo, rest = '', query] = match;
  const options: Record<string, unknown> = {
    nodes: rest.startsWith('/') ? [`unix:${decode(rest)}`] : rest.replace(/\/$/, ''),
  };
  if (options['nodes'] === '') throw new InvalidOptionError('the connection string names no host');
  if (scheme === 'memcacheds') options['tls'] = true;
  if (userInfo !== undefined) {
    const [username = '', password, ...more] = userInfo.split(':');
    if (password === undefined || more.length > 0)
      throw new InvalidOptionError('the connection string must give user:password, URL-encoded, before the @');
    options['username'] = decode(username);
    options['password'] = decode(password);
  }
  for (const [name, value] of new URLSearchParams(query)) setPath(options, name, readValue(value));
  return options;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new InvalidOptionError('a part of the connection string is not URL-encoded', { cause: error });
  }
}

function readValue(value: string): unknown {
  if (value === 'true') return true;
  if (value === 'false') return false;
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** `pool.max` → `{ pool: { max } }`. */
function setPath(options: Record<string, unknown>, name: string, value: unknown): void {
  const [first = '', second, ...more] = name.split('.');
  if (more.length > 0 || ['nodes', '__proto__'].includes(first))
    throw new InvalidOptionError(`unknown option "${name}" in the connection string`);
  if (second === undefined) {
    options[first] = value;
    return;
  }
  options[first] = { ...(options[first] as object | undefined), [second]: value };
}
