/**
 * Moxi's behaviours, `-Z key=value,…`: what each is called here. Times are milliseconds on both sides. What has no
 * counterpart is named in a note, and nothing else happens: all of these only save work or count things in Moxi, so a
 * proxy without them answers as well.
 */
import type { FleetSettings } from 'memfleet/proxy';

/** What the behaviours come to. */
export interface MoxiSettings {
  /** Of every cluster. */
  readonly fleet: FleetSettings;
  readonly locator: string;
  readonly bucket: string | undefined;
  readonly listenPort: number;
  readonly frontCache: MoxiFrontCache | undefined;
  readonly timings: boolean | undefined;
  readonly weight: number | undefined;
  readonly notes: readonly string[];
}

export interface MoxiFrontCache {
  readonly lifespan: number;
  readonly maxItems: number;
  readonly prefixes: readonly string[];
  /** Keys with one of these are not cached. */
  readonly exceptions: readonly string[];
}

/** A behaviour that cannot be taken. */
export interface BehaviorProblem {
  readonly key: string;
  readonly message: string;
}

/** Behaviours by their first name, as they were given. */
export type Behaviors = ReadonlyMap<string, string | number>;

/** Second names of behaviours. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['concurrency', 'downstream_max'],
  ['weight', 'downstream_weight'],
  ['retry', 'downstream_retry'],
  ['protocol', 'downstream_protocol'],
  ['timeout', 'downstream_timeout'],
  ['downstream_conn_timeout', 'downstream_timeout'],
]);

const numbers = [
  'cycle',
  'downstream_max',
  'downstream_conn_max',
  'downstream_weight',
  'downstream_retry',
  'downstream_timeout',
  'downstream_conn_queue_timeout',
  'wait_queue_timeout',
  'connect_timeout',
  'auth_timeout',
  'connect_max_errors',
  'connect_retry_interval',
  'front_cache_max',
  'front_cache_lifespan',
  'key_stats_max',
  'key_stats_lifespan',
  'time_stats',
  'port',
  'port_listen',
] as const;

const texts = [
  'downstream_protocol',
  'front_cache_spec',
  'front_cache_unspec',
  'key_stats_spec',
  'key_stats_unspec',
  'optimize_set',
  'mcs_opts',
  'usr',
  'pwd',
  'host',
  'bucket',
  'nodeLocator',
  'default_bucket_name',
] as const;

type NumberKey = (typeof numbers)[number];
type TextKey = (typeof texts)[number];

/** Moxi's own defaults, where they are not ours. */
const defaults: ReadonlyMap<NumberKey, number> = new Map<NumberKey, number>([
  ['downstream_conn_max', 4],
  ['downstream_retry', 1],
  ['downstream_timeout', 5000],
  ['downstream_conn_queue_timeout', 200],
  ['wait_queue_timeout', 200],
  ['connect_timeout', 400],
  ['auth_timeout', 100],
  ['connect_max_errors', 5],
  ['connect_retry_interval', 30_000],
  ['front_cache_max', 200],
  ['front_cache_lifespan', 0],
  ['cycle', 200],
]);

/**
 * Takes a text apart. Pairs are separated by commas; what is no number where one is needed, and what is unknown, is a
 * problem.
 */
export function parseBehaviors(text: string): {
  readonly behaviors: Behaviors;
  readonly problems: readonly BehaviorProblem[];
} {
  const behaviors = new Map<string, string | number>();
  const problems: BehaviorProblem[] = [];
  for (const part of text.split(',').map((entry) => entry.trim())) {
    if (part === '') continue;
    const [, given = part, value = ''] = /^(\w+)\s*=\s*(.*)$/s.exec(part) ?? [];
    const key = synonyms.get(given) ?? given;
    const isNumber = (numbers as readonly string[]).includes(key);
    if (!isNumber && !(texts as readonly string[]).includes(key))
      problems.push({ key: given, message: 'unknown behaviour' });
    else if (!part.includes('=')) problems.push({ key: given, message: 'has no value' });
    else if (!isNumber) behaviors.set(key, value);
    else if (/^\d+$/.test(value)) behaviors.set(key, Number(value));
    else problems.push({ key: given, message: `must be a whole number, not ${JSON.stringify(value)}` });
  }
  return { behaviors, problems };
}

/** What behaviours come to. `environment` may hold the login. Throws nothing; `problems` has what cannot be taken. */
export function readBehaviors(
  behaviors: Behaviors,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly settings: MoxiSettings; readonly problems: readonly BehaviorProblem[] } {
  const problems: BehaviorProblem[] = [];
  const number = (key: NumberKey): number => (behaviors.get(key) as number | undefined) ?? defaults.get(key) ?? 0;
  const text = (key: TextKey): string => (behaviors.get(key) as string | undefined) ?? '';
  const locator = locators[text('mcs_opts')];
  if (locator === undefined)
    problems.push({ key: 'mcs_opts', message: `must be one of ${Object.keys(locators).filter(Boolean).join(', ')}` });
  const protocol = protocols[text('downstream_protocol')];
  if (protocol === undefined)
    problems.push({
      key: 'downstream_protocol',
      message: `must be one of ${Object.keys(protocols).filter(Boolean).join(', ')}`,
    });
  const username = text('usr') || environment['MOXI_SASL_PLAIN_USR'] || undefined;
  const password = text('pwd') || environment['MOXI_SASL_PLAIN_PWD'] || undefined;
  const settings: MoxiSettings = {
    fleet: {
      ...(protocol === undefined || protocol === 'auto' ? {} : { protocol }),
      ...timesOf(number),
      ...blacklistOf(number),
      pool: poolOf(number, behaviors.has('downstream_max')),
      retry: number('downstream_retry') === 0 ? false : { attempts: number('downstream_retry') },
      ...(username === undefined ? {} : { username, password: password ?? '' }),
    },
    locator: locator ?? 'ketama',
    bucket: bucketOf(text),
    listenPort: number('port_listen') || 11_211,
    frontCache: frontCacheOf(number, text),
    timings: behaviors.has('time_stats') ? number('time_stats') !== 0 : undefined,
    weight: number('downstream_weight') || undefined,
    notes: notesOn(behaviors),
  };
  return { settings, problems };
}

/** libmemcached's distributions, by `mcs_opts`. */
const locators: Readonly<Record<string, string>> = {
  '': 'ketama',
  'distribution:ketama-weighted': 'ketama',
  'distribution:ketama': 'libmemcached-ketama-md5',
  'distribution:modula': 'modulo',
};

/** What the nodes speak. Where Moxi says ASCII, nodes that know the meta commands get them. */
const protocols: Readonly<Record<string, 'auto' | 'binary'>> = {
  '': 'auto',
  ascii: 'auto',
  'memcached-ascii': 'auto',
  'membase-ascii': 'auto',
  binary: 'binary',
  'memcached-binary': 'binary',
  'membase-binary': 'binary',
};

type NumberOf = (key: NumberKey) => number;

/** The longest time that can be waited, where Moxi has 0 for "without end". */
const endless = 3_600_000;

function timesOf(number: NumberOf): FleetSettings {
  const connect = number('connect_timeout');
  return {
    timeout: number('downstream_timeout') || endless,
    // Ours is for both.
    connectTimeout: connect === 0 ? endless : connect + number('auth_timeout'),
  };
}

/**
 * Moxi fails at once when there were *more* errors than the bound; its time does not grow; it looks at no other host.
 */
function blacklistOf(number: NumberOf): FleetSettings {
  const isOff = [number('connect_max_errors'), number('connect_retry_interval'), number('cycle')].includes(0);
  return {
    ejectAfter: isOff ? 1_000_000_000 : number('connect_max_errors') + 1,
    ...(isOff ? {} : { ejectTime: number('connect_retry_interval') }),
    ejectGrowth: 1,
    ejectShare: 1,
  };
}

function poolOf(number: NumberOf, hasBound: boolean): NonNullable<FleetSettings['pool']> {
  // One wait after the other: for a set of connections, then for a connection.
  const waits = [number('wait_queue_timeout'), number('downstream_conn_queue_timeout')];
  return {
    ...(number('downstream_conn_max') === 0 ? {} : { max: number('downstream_conn_max') }),
    ...(hasBound && number('downstream_max') > 0 ? { maxInFlight: number('downstream_max') } : {}),
    acquireTimeout: waits.includes(0) ? 0 : (waits[0] as number) + (waits[1] as number),
  };
}

function frontCacheOf(number: NumberOf, text: (key: TextKey) => string): MoxiFrontCache | undefined {
  const prefixes = prefixesOf(text('front_cache_spec'));
  const lifespan = number('front_cache_lifespan');
  // Without prefixes nothing matches.
  if (lifespan === 0 || prefixes.length === 0 || number('front_cache_max') === 0) return undefined;
  return {
    lifespan,
    prefixes,
    maxItems: number('front_cache_max'),
    exceptions: prefixesOf(text('front_cache_unspec')),
  };
}

function prefixesOf(text: string): string[] {
  return text.split('|').filter((prefix) => prefix !== '');
}

/** Stands for "whichever comes first" and "none until a client has logged in". */
const sentinel = /^\[ <\w+> \]$/;

function bucketOf(text: (key: TextKey) => string): string | undefined {
  const name = text('bucket') || text('default_bucket_name');
  return name === '' || sentinel.test(name) ? undefined : name;
}

type Note = (value: string | number) => string | undefined;

const perServer: Note = () => 'is said by the list of servers; it has no effect';

/** What has no counterpart, and what is not quite the same. */
const remarks: ReadonlyMap<string, Note> = new Map<NumberKey | TextKey, Note>([
  ['cycle', (value) => (value === 0 ? undefined : 'is not needed: the clock is looked at each time')],
  ['downstream_max', () => 'bounds the commands on one connection, not those of one thread'],
  ['downstream_conn_max', (value) => (value === 0 ? 'needs a bound: the default is taken' : undefined)],
  ['downstream_timeout', (value) => (value === 0 ? 'needs a bound: an hour is taken' : undefined)],
  ['connect_timeout', (value) => (value === 0 ? 'needs a bound: an hour is taken' : undefined)],
  ['key_stats_max', () => 'is not supported: keys are not counted one by one'],
  ['key_stats_lifespan', (value) => (value === 0 ? undefined : 'is not supported: keys are not counted one by one')],
  ['key_stats_spec', () => 'is not supported: keys are not counted one by one'],
  ['key_stats_unspec', () => 'is not supported: keys are not counted one by one'],
  ['optimize_set', (value) => (value === '' ? undefined : 'is not supported: a set is answered when it is done')],
  ['host', perServer],
  ['port', perServer],
  ['nodeLocator', () => 'is said by the document of the bucket; it has no effect'],
  [
    'default_bucket_name',
    (value) =>
      sentinel.test(String(value))
        ? 'is not supported in this form: clients do not choose buckets; name the bucket'
        : undefined,
  ],
]);

function notesOn(behaviors: Behaviors): string[] {
  return [...behaviors].flatMap(([key, value]) => {
    const note = remarks.get(key)?.(value);
    return note === undefined ? [] : [`${key} ${note}`];
  });
}
