/** The meta protocol (memcached `protocol.txt`, "Meta Commands"). */
import { longKey, type RawReply, type Request, type Said, type Wire, WireError } from './request.ts';
import { saidBy } from './text.ts';

const flags = ({ id, isQuiet }: Request): string => `O${id}${isQuiet ? ' q' : ''}`;

const store = (mode: string) => {
  return (request: Request): string => {
    const { keys, value = '' } = request;
    return `ms ${keys[0]} ${value.length} M${mode} ${flags(request)}\r\n${value}\r\n`;
  };
};

const encoders: Readonly<Partial<Record<Request['verb'], (request: Request) => string>>> = {
  get: (request) => `mg ${request.keys[0]} v k ${flags(request)}\r\n`,
  set: store('S'),
  add: store('E'),
  replace: store('R'),
  append: store('A'),
  delete: (request) => `md ${request.keys[0]} ${flags(request)}\r\n`,
  incr: (request) => `ma ${request.keys[0]} v ${flags(request)}\r\n`,
  noop: () => 'mn\r\n',
  unknown: () => 'bogus k\r\n',
  long: () => `mg ${longKey} v\r\n`,
};

/** What a return code says; `HD` depends on the request. */
const codes: Readonly<Record<string, Said>> = {
  HD: 'stored',
  NS: 'not stored',
  NF: 'not found',
  EN: 'values',
  MN: 'noop',
};

function flagOf(words: readonly string[], letter: string): string | undefined {
  return words.find((word) => word.startsWith(letter))?.slice(1);
}

function decode(bytes: string): readonly [RawReply, number] | undefined {
  const end = bytes.indexOf('\r\n');
  if (end === -1) return undefined;
  const line = bytes.slice(0, end);
  const [code = '', ...words] = line.split(' ');
  const shown = line.slice(0, 80);
  if (code !== 'VA') {
    const said = codes[code] ?? saidBy(line);
    if (said === undefined || said === 'count') throw new WireError(`no reply of meta: ${JSON.stringify(shown)}`);
    const opaque = codes[code] === undefined ? undefined : flagOf(words, 'O');
    const id = opaque === undefined ? undefined : Number(opaque);
    return [{ said, id, items: [], text: shown }, end + 2];
  }
  const from = end + 2;
  const to = from + Number(words[0]);
  if (bytes.length < to + 2) return undefined;
  if (bytes.slice(to, to + 2) !== '\r\n') throw new WireError(`no line end behind ${shown}`);
  const value = bytes.slice(from, to);
  const id = Number(flagOf(words.slice(1), 'O'));
  const key = flagOf(words.slice(1), 'k');
  // An increment returns its number without the key.
  const reply: RawReply =
    key === undefined
      ? { said: 'count', id, items: [], count: Number(value), text: shown }
      : { said: 'values', id, items: [{ key, value }], text: shown };
  return [reply, to + 2];
}

/** Meta. */
export const meta: Wire = {
  encode(request) {
    const encode = encoders[request.verb];
    if (encode === undefined) throw new WireError(`meta has no ${request.verb}`);
    return encode(request);
  },
  decode,
  areQuietSilent: false,
  tellsQuietMisses: false,
  verbs: new Set(Object.keys(encoders) as Request['verb'][]),
};
