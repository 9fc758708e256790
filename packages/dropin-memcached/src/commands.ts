/**
 * The commands on one key, as a table: the arguments of the method between the key and the callback, and the call of
 * memfleet.
 */
import type { CasResult, Client } from 'memfleet';
import type { Query } from './query.ts';

/** An argument of a method beside the key and the callback. */
export type Field = 'value' | 'lifetime' | 'cas';

/** A command on one key. */
export interface CommandRow {
  /** The name on the wire, which the callback sees. */
  readonly type: string;
  readonly fields: readonly Field[];
  /** Whether `value` is stored, rather than a number. */
  readonly stores?: boolean;
  /** Whether a result of `false` is the error "Item is not stored". */
  readonly mustStore?: boolean;
  readonly send: (client: Client, key: string, query: Query) => Promise<unknown>;
}

/** Longer lifetimes are a Unix time (memcached `protocol.txt`, "Expiration times"). */
const longestRelative = 30 * 24 * 60 * 60;

/** Seconds from now. A time that is over gives 0 or less; a lifetime of 0 is Infinity. */
function ttlOf(lifetime: number): number {
  if (lifetime === 0) return Infinity;
  return lifetime > longestRelative ? lifetime - Math.floor(Date.now() / 1000) : lifetime;
}

/** The ttl of a new item. One that is over at once lives for the shortest time there is. */
const ttlToStore = (query: Query): number => {
  const ttl = ttlOf(query.lifetime ?? 0);
  return ttl <= 0 ? 1 : ttl;
};

/** An item whose lifetime is over at once is no item. */
function setOrDelete(client: Client, key: string, query: Query): Promise<boolean> {
  const ttl = ttlOf(query.lifetime ?? 0);
  return ttl <= 0 ? client.delete(key).then(() => true) : client.set(key, query.encoded, ttl);
}

function touchOrDelete(client: Client, key: string, query: Query): Promise<boolean> {
  const ttl = ttlOf(query.lifetime ?? 0);
  return ttl <= 0 ? client.delete(key) : client.touch(key, ttl);
}

async function gets(client: Client, key: string, query: Query): Promise<object | undefined> {
  const item = await client.getWithCas(key);
  if (item === undefined) return undefined;
  // The original has the value under the key with its namespace.
  return { [query.givenKey]: item.value, [query.fullKey]: item.value, cas: String(item.cas) };
}

const isStored = (result: CasResult): boolean => result === 'stored';

const casStore = (client: Client, key: string, query: Query): Promise<boolean> =>
  client.cas(key, query.encoded, BigInt(query.cas ?? ''), ttlToStore(query)).then(isStored);

/** `false` = there is no counter. */
const asNumber = (result: bigint | undefined): number | false => (result === undefined ? false : Number(result));

function stores(type: 'add' | 'replace'): CommandRow {
  return {
    type,
    fields: ['value', 'lifetime'],
    stores: true,
    mustStore: true,
    send: (client, key, query) => client[type](key, query.encoded, ttlToStore(query)),
  };
}

function joins(type: 'append' | 'prepend'): CommandRow {
  return {
    type,
    fields: ['value'],
    stores: true,
    mustStore: true,
    send: (client, key, query) => client[type](key, query.encoded),
  };
}

/** Throws the server's words for a step that it would refuse. */
function stepOf(value: unknown): bigint {
  const step = Number(value);
  if (!Number.isInteger(step) || step < 0) throw new Error('invalid numeric delta argument');
  return BigInt(step);
}

function counts(type: 'incr' | 'decr'): CommandRow {
  return {
    type,
    fields: ['value'],
    send: (client, key, query) => client[type](key, stepOf(query.value)).then(asNumber),
  };
}

const incr = counts('incr');
const decr = counts('decr');
const del: CommandRow = { type: 'delete', fields: [], send: (client, key) => client.delete(key) };

/** Method → command. */
export const commands: Readonly<Record<string, CommandRow>> = {
  touch: { type: 'touch', fields: ['lifetime'], send: touchOrDelete },
  get: { type: 'get', fields: [], send: (client, key) => client.get(key) },
  gets: { type: 'gets', fields: [], send: gets },
  set: { type: 'set', fields: ['value', 'lifetime'], stores: true, send: setOrDelete },
  add: stores('add'),
  replace: stores('replace'),
  append: joins('append'),
  prepend: joins('prepend'),
  cas: { type: 'cas', fields: ['value', 'cas', 'lifetime'], stores: true, send: casStore },
  incr,
  increment: incr,
  decr,
  decrement: decr,
  del,
  delete: del,
};
