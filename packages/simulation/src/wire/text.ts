/** The classic text protocol (memcached `protocol.txt`). */
import { longKey, type RawReply, type RepliedItem, type Request, type Said, type Wire, WireError } from './request.ts';

const store = ({ isQuiet, keys, value = '', verb }: Request): string =>
  `${verb} ${keys[0]} 0 0 ${value.length}${isQuiet ? ' noreply' : ''}\r\n${value}\r\n`;

const encoders: Readonly<Record<Request['verb'], (request: Request) => string>> = {
  get: ({ keys }) => `get ${keys[0]}\r\n`,
  multi: ({ keys }) => `get ${keys.join(' ')}\r\n`,
  set: store,
  add: store,
  replace: store,
  append: store,
  delete: ({ isQuiet, keys }) => `delete ${keys[0]}${isQuiet ? ' noreply' : ''}\r\n`,
  incr: ({ isQuiet, keys }) => `incr ${keys[0]} 1${isQuiet ? ' noreply' : ''}\r\n`,
  noop: () => 'version\r\n',
  unknown: () => 'bogus k\r\n',
  long: () => `get ${longKey}\r\n`,
};

/** Lines that are a whole reply. */
const words: Readonly<Record<string, Said>> = {
  STORED: 'stored',
  NOT_STORED: 'not stored',
  DELETED: 'deleted',
  NOT_FOUND: 'not found',
  ERROR: 'unknown',
  CLIENT_ERROR: 'client error',
  SERVER_ERROR: 'server error',
  VERSION: 'noop',
};

/** What a line says that is no VALUE. */
export function saidBy(line: string): Said | undefined {
  if (/^\d+ *$/.test(line)) return 'count';
  return words[line.split(' ', 1)[0] as string];
}

function decode(bytes: string): readonly [RawReply, number] | undefined {
  const items: RepliedItem[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const line = bytes.slice(at, end);
    const value = /^VALUE (\S+) \d+ (\d+)$/.exec(line);
    if (value === null) {
      const said = line === 'END' ? 'values' : saidBy(line);
      if (said === undefined) throw new WireError(`no reply of text: ${JSON.stringify(line.slice(0, 80))}`);
      const count = said === 'count' ? Number(line) : undefined;
      return [{ said, items, count, text: line.slice(0, 80) }, end + 2];
    }
    const from = end + 2;
    const to = from + Number(value[2]);
    if (bytes.length < to + 2) return undefined;
    if (bytes.slice(to, to + 2) !== '\r\n') throw new WireError(`no line end behind the value of ${value[1]}`);
    items.push({ key: value[1], value: bytes.slice(from, to) });
    at = to + 2;
  }
}

/** Text. */
export const text: Wire = {
  encode: (request) => encoders[request.verb](request),
  decode,
  areQuietSilent: true,
  tellsQuietMisses: false,
  verbs: new Set(Object.keys(encoders) as Request['verb'][]),
};
