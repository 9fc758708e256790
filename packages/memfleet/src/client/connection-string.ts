/**
 * The options of a client in one string:
 *
 *   memcached://user:password@host1:11211,host2/?timeout=500&locator=modulo&pool.max=2      memcacheds:// for TLS
 *   memcached:///run/memcached.sock
 *   couchbase://user:password@host1,host2/bucket?network=external                           couchbases:// for TLS
 *   couchbase://host1=mcd,host2:11210=mcd,host3=http/bucket                                 as in libcouchbase
 *   elasticache://config.example:11211?timeout=500                                          or memorystore://
 *   host1,host2:11212
 */
import { connectionSchemes } from '../cluster/discovery/registry.ts';
import { InvalidOptionError } from '../core/errors.ts';
import type { AnyOptions, Option } from '../core/option-kinds.ts';
import { couchbaseDefaults, couchbaseOptions } from '../couchbase/options.ts';
import { clientOptions, type ClientOptions } from './options.ts';

const schemes = ['memcacheds?', 'couchbases?', ...connectionSchemes].join('|');
const form = new RegExp(String.raw`^(${schemes}):\/\/(?:([^@/]*)@)?([^?]*)(?:\?(.*))?$`);

/** Throws InvalidOptionError if `createClient` or `createCache` was called with undefined. */
export function refuseUnset(factory: string, options: readonly unknown[]): void {
  if (options.length > 0 && options[0] === undefined)
    throw new InvalidOptionError(`${factory}(undefined): is a variable unset? ${factory}() uses 127.0.0.1:11211`, '');
}

/**
 * The options of a connection string, to which others can be added: `createClient({ ...parseConnectionString(text),
 * transcoder })`. Throws InvalidOptionError, whose message contains no password.
 */
export function parseConnectionString(text: string): ClientOptions<never> {
  if (!text.includes('://')) return { nodes: text };
  const match = form.exec(text);
  if (match === null)
    throw new InvalidOptionError(
      'a connection string begins with memcached://, memcacheds:// or couchbase:// and names hosts',
      '',
    );
  const [, scheme = '', userInfo, rest = '', query] = match;
  const options: Record<string, unknown> = places(scheme, rest);
  if (options['nodes'] === '') throw new InvalidOptionError('the connection string names no host', 'nodes');
  if (scheme === 'memcacheds' || scheme === 'couchbases') options['tls'] = true;
  if (userInfo !== undefined) {
    const [username = '', password, ...more] = userInfo.split(':');
    if (password === undefined || more.length > 0)
      throw new InvalidOptionError(
        'the connection string must give user:password, URL-encoded, before the @',
        'password',
      );
    options['username'] = decode(username);
    options['password'] = decode(password);
  }
  for (const [name, value] of new URLSearchParams(query)) setOption(options, name, value);
  return options;
}

/** The hosts, and the bucket after the slash, if there is one. */
function places(scheme: string, rest: string): Record<string, unknown> {
  if (!scheme.startsWith('couchbase')) {
    if (rest.startsWith('/')) return { nodes: [`unix:${decode(rest)}`] };
    const hosts = rest.replace(/\/$/, '');
    return { nodes: hosts === '' || scheme.startsWith('memcached') ? hosts : `${scheme}://${hosts}` };
  }
  const [hosts = '', bucket = '', ...more] = rest.split('/');
  if (more.length > 0)
    throw new InvalidOptionError('the connection string must name one bucket after its hosts', 'couchbase.bucket');
  const { urls, ...nodes } = bucketHosts(hosts, scheme === 'couchbases');
  const named = bucket === '' ? {} : { bucket: decode(bucket) };
  return { ...nodes, couchbase: urls === undefined ? named : { ...named, urls } };
}

/**
 * The hosts of a bucket, with libcouchbase's marks: `host=mcd` is a data port, as is a host without a mark; `host=http`
 * is the HTTP port that gives the configuration.
 */
function bucketHosts(text: string, isTls: boolean): { readonly nodes?: string; readonly urls?: readonly string[] } {
  const nodes: string[] = [];
  const urls: string[] = [];
  for (const part of text.split(/[,;]/)) {
    const [, host = '', mark] = /^(.*?)(?:=(.*))?$/.exec(part) ?? [];
    if (mark === undefined || mark === 'mcd') nodes.push(host);
    else if (mark === 'http') urls.push(urlOf(host, isTls));
    else
      throw new InvalidOptionError(
        `the connection string has ${JSON.stringify(part)}: only =mcd or =http may follow a host`,
        'nodes',
      );
  }
  return {
    ...(nodes.length > 0 ? { nodes: nodes.join(',') } : {}),
    ...(urls.length > 0 ? { urls } : {}),
  };
}

function urlOf(host: string, isTls: boolean): string {
  const { restPort, restPortTls } = couchbaseDefaults;
  const hasPort = /:\d+$/.test(host);
  return `http${isTls ? 's' : ''}://${host}${hasPort ? '' : `:${isTls ? restPortTls : restPort}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new InvalidOptionError('a part of the connection string is not URL-encoded', '', { cause: error });
  }
}

/** Converts a value to the type of its option. A value that does not fit is left to the check of the option. */
function readValue(option: Option | undefined, value: string): unknown {
  switch (option?.kind.name) {
    case 'list':
      return value.split(',');
    case 'text':
    case 'secret':
    case 'texts':
    case 'bucketMap':
      return value;
    default:
      if (value === 'true') return true;
      if (value === 'false') return false;
      return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
}

/** `pool.max=2` → `{ pool: { max: 2 } }`. Options of a bucket may omit `couchbase.` */
function setOption(options: Record<string, unknown>, given: string, value: string): void {
  // What only an object can be does not stand in a string: `network` is then that of the bucket.
  const isTextOption = (optionIn(clientOptions, given)?.kind.name ?? 'live') !== 'live';
  const isBucketOption = Object.hasOwn(couchbaseOptions, given) && !isTextOption;
  const name = options['couchbase'] !== undefined && isBucketOption ? `couchbase.${given}` : given;
  const [first = '', second, ...more] = name.split('.');
  if (more.length > 0 || ['nodes', '__proto__'].includes(first))
    throw new InvalidOptionError(`unknown option "${name}" in the connection string`, name);
  const outer = optionIn(clientOptions, first);
  if (second === undefined) options[first] = readValue(outer, value);
  else {
    const inner = optionIn(outer?.kind.options ?? {}, second);
    options[first] = { ...(options[first] as object | undefined), [second]: readValue(inner, value) };
  }
}

function optionIn(table: AnyOptions, name: string): Option | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
