/**
 * The settings of django-memcached-pool under their own names, so that a configuration can be taken over as it is. Each
 * is another spelling of one option; a value that is said twice is refused.
 */
import { same } from '../base/same.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { anyText, bytes, number, whole } from '../core/option-kinds.ts';
import type { OptionTable } from '../core/option-table.ts';
import { secondsOrNull } from './option-kinds.ts';

/** Settings of Django and django-memcached-pool. */
export interface OriginSettings {
  /** The same as `ttl`: seconds, or null for no expiry. */
  readonly TIMEOUT?: number | null | undefined;
  /** The same as `keyPrefix`. */
  readonly KEY_PREFIX?: string | undefined;
  /** The same as `version`: the number of the version of the values. */
  readonly VERSION?: number | undefined;
  /** The same as `client.pool.max`: the number of connections to each node. Not a size in bytes. */
  readonly MAX_POOL_SIZE?: number | undefined;
  /** The same as `client.ejectTime`, in seconds. */
  readonly BLACKLIST_TIME?: number | undefined;
  /** The same as `client.timeout`, in seconds. */
  readonly SOCKET_TIMEOUT?: number | undefined;
  /** The same as `client.maxItemSize`, in bytes. */
  readonly MAX_ITEM_SIZE?: number | undefined;
  /** The number of attempts of one command: one more than `client.retry.attempts`. */
  readonly MAX_RETRIES?: number | undefined;
}

/** The table of the settings. */
export const originSettings: OptionTable<OriginSettings> = {
  TIMEOUT: { kind: secondsOrNull, about: "Django's name of `ttl`" },
  KEY_PREFIX: { kind: anyText, about: "Django's name of `keyPrefix`" },
  VERSION: { kind: whole(0), about: "Django's name of `version`" },
  MAX_POOL_SIZE: { kind: whole(1), about: '`client.pool.max`, named as in django-memcached-pool' },
  BLACKLIST_TIME: { kind: number(0.001), about: '`client.ejectTime` in seconds, named as in django-memcached-pool' },
  SOCKET_TIMEOUT: { kind: number(0.001), about: '`client.timeout` in seconds, named as in django-memcached-pool' },
  MAX_ITEM_SIZE: { kind: bytes(64), about: '`client.maxItemSize`, named as in django-memcached-pool' },
  MAX_RETRIES: {
    kind: whole(0),
    about: 'attempts, one more than `client.retry.attempts`, named as in django-memcached-pool',
  },
};

interface Spelling {
  /** The option, as a path. */
  readonly path: readonly string[];
  readonly convert: (value: never) => unknown;
}

const milliseconds = (value: number): number => value * 1000;

const spellings: { readonly [Name in keyof OriginSettings]-?: Spelling } = {
  TIMEOUT: { path: ['ttl'], convert: same },
  KEY_PREFIX: { path: ['keyPrefix'], convert: same },
  VERSION: { path: ['version'], convert: same },
  MAX_POOL_SIZE: { path: ['client', 'pool', 'max'], convert: same },
  BLACKLIST_TIME: { path: ['client', 'ejectTime'], convert: milliseconds },
  SOCKET_TIMEOUT: { path: ['client', 'timeout'], convert: milliseconds },
  MAX_ITEM_SIZE: { path: ['client', 'maxItemSize'], convert: same },
  MAX_RETRIES: { path: ['client', 'retry', 'attempts'], convert: (value: number) => Math.max(0, value - 1) },
};

type Plain = Record<string, unknown>;

/**
 * The options with every setting under its own name here. `isClient`: whether `client` is one that was made elsewhere,
 * whose options stand. Throws InvalidOptionError for two spellings of one option.
 */
export function translateOrigin<Options extends OriginSettings>(
  options: Options,
  isClient: boolean,
): Omit<Options, keyof OriginSettings> {
  const translated: Plain = Object.fromEntries(Object.entries(options));
  for (const name of Object.keys(spellings) as (keyof OriginSettings)[]) {
    const value = options[name];
    delete translated[name];
    if (value === undefined) continue;
    const { path, convert } = spellings[name];
    if (isClient && path[0] === 'client')
      throw new InvalidOptionError(`option "${name}" is for a client that is made here; "client" is one already`, name);
    setOnce(translated, path, convert(value as never), name);
  }
  return translated as Omit<Options, keyof OriginSettings>;
}

function setOnce(options: Plain, path: readonly string[], value: unknown, name: string): void {
  const outer = path.slice(0, -1);
  const last = path.at(-1) as string;
  let table = options;
  for (const member of outer) {
    const within = table[member];
    if (within !== undefined && (typeof within !== 'object' || within === null)) refuse(name, path);
    table[member] = { ...within };
    table = table[member] as Plain;
  }
  if (table[last] !== undefined) refuse(name, path);
  table[last] = value;
}

function refuse(name: string, path: readonly string[]): never {
  throw new InvalidOptionError(`options "${name}" and "${path.join('.')}" set the same thing; leave one out`, name);
}
