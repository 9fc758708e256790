/**
 * `--couchbase URL`:
 *
 *   couchbase://user:password@host1,host2:11210/bucket?network=external     hosts with the data port
 *   couchbases://…                                                          the same with TLS
 *   http://user:password@host:8091/pools/default/bs/bucket                  documents by HTTP
 */
import type { FleetSettings } from 'memfleet/proxy';

/** The URL cannot be understood. The message does not show it, as it may hold a password. */
export class CouchbaseUrlError extends Error {
  override readonly name = 'CouchbaseUrlError';
}

type Couchbase = NonNullable<FleetSettings['couchbase']>;

const form = /^(couchbases?|https?):\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** Throws CouchbaseUrlError. */
export function parseCouchbaseUrl(text: string): FleetSettings {
  const [, scheme, login, hosts, path = '', query] = form.exec(text) ?? [];
  if (scheme === undefined || hosts === undefined)
    throw new CouchbaseUrlError('it must be couchbase://host1,host2/bucket or http://host:8091');
  const isHttp = scheme.startsWith('http');
  const bucket = isHttp
    ? /(?:^|\/)(?:bucketsStreaming|buckets|bs|b)\/([^/]+)$/.exec(path)?.[1]
    : path.replace(/\/$/, '');
  const named: Couchbase = bucket === undefined || bucket === '' ? {} : { bucket: decode(bucket) };
  const couchbase: Couchbase = { ...named, ...loginOf(login) };
  if (isHttp) {
    const search = query === undefined ? '' : `?${query}`;
    return {
      couchbase: { urls: [`${scheme}://${hosts}/${path}${search}`], ...couchbase },
      ...(scheme === 'https' ? { tls: true } : {}),
    };
  }
  return {
    nodes: hosts.split(','),
    couchbase: { ...couchbase, ...networkOf(query) },
    ...(scheme === 'couchbases' ? { tls: true } : {}),
  };
}

function loginOf(text: string | undefined): Couchbase {
  if (text === undefined) return {};
  const [, username, password] = /^([^:]+):([^:]*)$/.exec(text) ?? [];
  if (username === undefined || password === undefined)
    throw new CouchbaseUrlError('before the @ there must be user:password, both URL-encoded');
  return { username: decode(username), password: decode(password) };
}

function networkOf(query: string | undefined): Couchbase {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys())
    if (name !== 'network') throw new CouchbaseUrlError(`the parameter "${name}" is not known; there is "network"`);
  const network = parameters.get('network');
  return network === null ? {} : { network };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new CouchbaseUrlError('a part of it is not URL-encoded', { cause: error });
  }
}
