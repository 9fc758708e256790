/** Requests in memcached's text protocol, and what may come back. */
import type { KeyTable } from './key-table.ts';
import type { LoadRequest } from './request-source.ts';
import type { LoadVerb } from './workload.ts';

/** Makes the bytes of a request, each character one byte. */
type Spell = (request: LoadRequest, table: KeyTable, ttl: number) => string;

function store(verb: 'set' | 'add' | 'replace'): Spell {
  return ({ n }, table, ttl) =>
    `${verb} ${table.key(n)} ${table.flags(n)} ${ttl} ${table.size(n)}\r\n${table.value(n)}\r\n`;
}

const spellings: Readonly<Record<LoadVerb, Spell>> = {
  get: ({ n }, table) => `get ${table.key(n)}\r\n`,
  mget: ({ numbers = [] }, table) => `get ${numbers.map((n) => table.key(n)).join(' ')}\r\n`,
  set: store('set'),
  add: store('add'),
  replace: store('replace'),
  delete: ({ n }, table) => `delete ${table.key(n)}\r\n`,
  touch: ({ n }, table, ttl) => `touch ${table.key(n)} ${ttl}\r\n`,
  incr: ({ n }, table) => `incr ${table.counter(n)} 1\r\n`,
};

/** Longer texts are made anew each time. */
const longestRemembered = 4096;

/** The text of a request. */
export function textOf(request: LoadRequest, table: KeyTable, ttl: number): string {
  if (request.wire !== undefined) return request.wire.text;
  const text = spell(request, table, ttl);
  if (text.length > longestRemembered) return text;
  // Flat: texts that are made of parts cost more in each write.
  request.wire = { text: Buffer.from(text, 'latin1').toString('latin1'), hitLength: hitLength(request, table) };
  return text;
}

/** Bytes of the reply to a get if every key is found; 0 for other verbs. */
function hitLength({ verb, n, numbers }: LoadRequest, table: KeyTable): number {
  if (verb !== 'get' && verb !== 'mget') return 0;
  const length = (number: number): number =>
    `VALUE ${table.key(number)} ${table.flags(number)} ${table.size(number)}`.length + table.size(number) + 4;
  return (numbers ?? [n]).reduce((sum, number) => sum + length(number), 'END\r\n'.length);
}

function spell(request: LoadRequest, table: KeyTable, ttl: number): string {
  if (request.isCounter === true) return `add ${table.counter(request.n)} 0 0 1\r\n0\r\n`;
  return spellings[request.verb](request, table, ttl);
}

/** Lines that end a request without a value: whether the key was found, or changed. */
export const endings: Readonly<Record<string, boolean>> = {
  STORED: true,
  DELETED: true,
  TOUCHED: true,
  NOT_STORED: false,
  NOT_FOUND: false,
  EXISTS: false,
};
