/**
 * Moxi's cluster configuration, `-z`:
 *
 *   PORT=host:port[:weight],host…          a list of memcached; several with `;`
 *   PORT={ …json… }                        a vBucket map
 *   url=U1|U2   http://U1,http://U2        documents of a cluster, by HTTP
 *   auth=USER%PASSWORD,url=U1|U2           … with basic authentication
 *   ./file  /file                          any of these, in a file; `#` begins a comment
 */

/** One listener and what is behind it. */
export type MoxiPool =
  | { readonly kind: 'list'; readonly port: number; readonly servers: readonly MoxiServer[] }
  | { readonly kind: 'map'; readonly port: number; readonly json: string }
  | { readonly kind: 'urls'; readonly urls: readonly string[]; readonly username?: string; readonly password?: string };

/** A server of a list. */
export interface MoxiServer {
  readonly host: string;
  readonly port: number;
  readonly weight?: number;
}

/** The text is none of these. The message says why. */
export class MoxiSyntaxError extends Error {
  override readonly name = 'MoxiSyntaxError';
}

/**
 * The contents of a file as the same text on the command line would be: without comments, `separator` for line ends.
 */
export function joinLines(text: string, separator: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .join(separator);
}

/** Is it the name of a file? */
export function isFileName(text: string): boolean {
  return /^[./]/.test(text);
}

/** Reads a text that is no file name. Throws MoxiSyntaxError. */
export function parseClusterConfig(text: string): MoxiPool[] {
  const trimmed = text.trim();
  if (/^\d+\s*=/.test(trimmed)) return parseStatic(trimmed);
  if (/https?:\/\//.test(trimmed)) return [parseUrls(trimmed)];
  if (trimmed.includes('@') || /^(?:apikey|auth|config|dbpath|host)=/.test(trimmed))
    throw new MoxiSyntaxError(
      'the forms for the old management agent (user@host, apikey=, config=, host=) are not supported',
    );
  throw new MoxiSyntaxError(
    'it must be PORT=host:port,…, PORT={…}, url=http://…, or a file name that begins with . or /',
  );
}

function parseStatic(text: string): MoxiPool[] {
  const pools: MoxiPool[] = [];
  let rest = text;
  while (rest !== '') {
    const [head, port] = /^(\d+)\s*=\s*/.exec(rest) ?? [];
    if (head === undefined) throw new MoxiSyntaxError(`${shorten(rest)} does not begin with PORT=`);
    if (Number(port) < 1 || Number(port) > 65_535) throw new MoxiSyntaxError(`port ${port} must be 1 to 65535`);
    rest = rest.slice(head.length);
    const length = rest.startsWith('{') ? jsonLength(rest) : (rest + ';').search(/[;\n]/);
    pools.push(parsePool(Number(port), rest.slice(0, length).trim()));
    rest = rest.slice(length).replace(/^[\s;]+/, '');
  }
  return pools;
}

function parsePool(port: number, text: string): MoxiPool {
  if (text.startsWith('{')) return { kind: 'map', port, json: text };
  const servers = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseServer);
  if (servers.length === 0) throw new MoxiSyntaxError(`port ${port} has no servers`);
  return { kind: 'list', port, servers };
}

/** memcached's port is libmemcached's default. */
const defaultPort = 11_211;

function parseServer(text: string): MoxiServer {
  const [, host, port, weight] = /^([^\s:/]+)(?::(\d{1,5}))?(?::(\d+))?$/.exec(text) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535 || Number(weight ?? 1) < 1)
    throw new MoxiSyntaxError(`${shorten(text)} is not host, host:port or host:port:weight`);
  const server = { host, port: port === undefined ? defaultPort : Number(port) };
  return weight === undefined ? server : { ...server, weight: Number(weight) };
}

/** How far the JSON object goes that the text begins with. */
function jsonLength(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') depth++;
    else if (token === '}' && --depth === 0) return index + 1;
  }
  throw new MoxiSyntaxError('the JSON object has no end');
}

const notSupported = new Set(['apikey', 'config', 'dbpath', 'host']);

function parseUrls(text: string): MoxiPool {
  const urls: string[] = [];
  let credentials: { username: string; password: string } | undefined;
  for (const part of text.split(',')) {
    const [, key, value = ''] = /^\s*(?:(\w+)=)?(.*?)\s*$/s.exec(part) ?? [];
    if (key === undefined || key === 'url') urls.push(...value.split('|').filter((url) => url !== ''));
    else if (key === 'auth') {
      const [, username, password] = /^([^%]+)%(.*)$/s.exec(value) ?? [];
      if (username === undefined || password === undefined) throw new MoxiSyntaxError('auth= must be USER%PASSWORD');
      credentials = { username, password };
    } else
      throw new MoxiSyntaxError(
        notSupported.has(key) ? `${key}= is for the old management agent and not supported` : `there is no key ${key}=`,
      );
  }
  for (const url of urls) {
    const shown = shorten(url.replace(/\/\/[^@/]*@/, '//'));
    if (!/^https?:\/\/[^\s/]/.test(url)) throw new MoxiSyntaxError(`${shown} is no http URL`);
    if (!isDecodable(url))
      throw new MoxiSyntaxError(`${shown} is not URL-encoded: behind a % there must be two hexadecimal digits`);
  }
  return { kind: 'urls', urls, ...credentials };
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}
