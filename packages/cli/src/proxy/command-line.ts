/**
 * Where the settings of a proxy come from: one of several kinds of files, or the command line; and what the command
 * line says on top. YAML takes a while to load, so what reads it is passed in.
 */
import type { AnyOptions, FleetSettings, ListenerSpec } from 'memfleet/proxy';
import { fail } from '../failure.ts';
import { handedSockets } from '../handed-over.ts';
import { onlyLogin, parseLogins } from '../logins.ts';
import type { ListenAddress } from '../option-values.ts';
import { tokenOf } from './admin/access.ts';
import { checkOptions } from './config/check-options.ts';
import { ReadContext } from './config/context.ts';
import type { Path } from './config/problem.ts';
import { readText } from './config/read-text.ts';
import { CouchbaseUrlError, parseCouchbaseUrl } from './couchbase-url.ts';
import type { LogSettings } from './log-settings.ts';
import { programDefaults, programOptions, type ProgramSettings } from './program-options.ts';
import type { LoadedSettings, ProxySettings } from './settings.ts';

/** The flags that override options of the program: `workers`, and `logLevel` for `log.level`. */
type ProgramFlags = Partial<Omit<ProgramSettings, 'log'>> & {
  readonly [Name in keyof LogSettings as `log${Capitalize<Name>}`]?: LogSettings[Name];
};

/** The flags of the command line. */
export interface OriginArguments extends ProgramFlags {
  readonly config?: string;
  readonly nutcracker?: string;
  readonly refuseRedis?: true;
  readonly moxi?: string;
  readonly moxiBehaviors?: string;
  readonly nodes?: string;
  readonly couchbase?: string;
  readonly passwordFile?: string;
  readonly locator?: string;
  readonly listen?: ListenAddress;
  readonly allowFlush?: true;
  readonly advertiseVersion?: string;
  readonly hotKeys?: number;
  readonly adminTokenFile?: string;
}

const origins = ['config', 'nutcracker', 'moxi', 'nodes', 'couchbase'] as const;

const flags: Readonly<Record<string, string>> = {
  config: '--config',
  nutcracker: '--nutcracker',
  moxi: '-z',
  nodes: '--nodes',
  couchbase: '--couchbase',
  locator: '--locator',
  listen: '--listen',
  refuseRedis: '--refuse-redis',
  passwordFile: '--password-file',
};

/** What only some origins take. */
const companions: Readonly<
  Record<'locator' | 'listen' | 'moxiBehaviors' | 'refuseRedis' | 'passwordFile', readonly string[]>
> = {
  locator: ['nodes'],
  listen: ['nodes', 'couchbase', 'moxi'],
  moxiBehaviors: ['moxi'],
  refuseRedis: ['nutcracker'],
  passwordFile: ['nodes', 'couchbase', 'moxi'],
};

type Origin = (typeof origins)[number];
type Load = (given: OriginArguments) => LoadedSettings;

/** What reads files, and texts of other programs. */
export type FileLoaders = Readonly<Record<'config' | 'nutcracker' | 'moxi', Load>>;

/**
 * The function that reads the settings, each time anew. `files` undefined: `given` names no such origin. Throws
 * UsageError when it is not clear what is meant.
 */
export function originWith(given: OriginArguments, files: FileLoaders | undefined): () => LoadedSettings {
  const [origin, other] = origins.filter((name) => given[name] !== undefined);
  if (origin === undefined)
    fail('say where the nodes are: --config FILE, --nodes LIST, --couchbase URL, --nutcracker FILE or -z CONFIG');
  if (other !== undefined) fail(`${flags[origin]} and ${flags[other]} contradict each other`);
  for (const [name, fitting] of Object.entries(companions))
    if (given[name as keyof typeof companions] !== undefined && !fitting.includes(origin))
      fail(`${flags[name] ?? '-Z'} needs ${fitting.map((fit) => flags[fit]).join(' or ')}`);
  const load = { ...loaders, ...files }[origin] as Load;
  return () => {
    const loaded = withLogin(load(given), given.passwordFile);
    return withToken({ ...loaded, settings: override(loaded.settings, given) }, given.adminTokenFile);
  };
}

/** The nodes of all clusters with the login of a file, which is read again with the settings. */
function withLogin(loaded: LoadedSettings, file: string | undefined): LoadedSettings {
  if (file === undefined) return loaded;
  const { settings, notes, files } = loaded;
  const context = new ReadContext('.');
  context.noteSecrets(file);
  const login = onlyLogin(parseLogins(readText(context, file, '--password-file'), file), file);
  const clusters = Object.fromEntries(
    Object.entries(settings.proxy.clusters).map(([name, fleet]) => [name, { ...fleet, ...login }]),
  );
  return {
    ...loaded,
    settings: { ...settings, proxy: { ...settings.proxy, clusters } },
    notes: [...notes, ...context.notes],
    files: new Map([...files, ...context.files]),
  };
}

/** The token of the endpoints from a file, which is read again with the settings. */
function withToken(loaded: LoadedSettings, file: string | undefined): LoadedSettings {
  if (file === undefined) return loaded;
  const { settings, notes, files } = loaded;
  const context = new ReadContext('.');
  context.noteSecrets(file);
  const adminToken = tokenOf(readText(context, file, '--admin-token-file'), file);
  return {
    ...loaded,
    settings: { ...settings, adminToken },
    notes: [...notes, ...context.notes],
    files: new Map([...files, ...context.files]),
  };
}

const loaders: Readonly<Record<Exclude<Origin, keyof FileLoaders>, Load>> = {
  nodes: (given) =>
    loadShort(
      { nodes: given.nodes as string, ...(given.locator === undefined ? {} : { locator: given.locator }) },
      given.listen,
    ),
  couchbase: (given) => loadShort(couchbaseFleet(given.couchbase as string), given.listen),
};

function couchbaseFleet(url: string): FleetSettings {
  try {
    return parseCouchbaseUrl(url);
  } catch (error) {
    if (!(error instanceof CouchbaseUrlError)) throw error;
    return fail(`--couchbase: ${error.message}`);
  }
}

/** One cluster. One listener, or one for each socket that was handed over. */
function loadShort(fleet: FleetSettings, listen: ListenAddress | undefined): LoadedSettings {
  const handed = listen === undefined ? handedSockets() : [];
  const addresses: readonly Partial<ListenerSpec>[] = handed.length > 0 ? handed : [listen ?? {}];
  const listeners = addresses.map((address): ListenerSpec => ({ ...address, route: 'main' }));
  const proxy = { listeners, clusters: { main: fleet } };
  checkOptions(proxy, (path, message) => ({ file: flagOf(path), position: undefined, key: '', message }));
  return { settings: { ...programDefaults, proxy }, origin: 'the command line', notes: [], files: new Map() };
}

function flagOf([part, , key]: Path): string {
  return (part === 'listeners' ? flags['listen'] : flags[String(key)]) ?? '--nodes';
}

/** The settings with the flags of the command line in place of what a file says. */
function override(settings: ProxySettings, given: OriginArguments): ProxySettings {
  const { allowFlush, advertiseVersion: version, hotKeys } = given;
  const { proxy, ...program } = settings;
  return {
    ...withFlags(programOptions, program, given),
    proxy: {
      ...proxy,
      ...(version === undefined ? {} : { version }),
      ...(hotKeys === undefined ? {} : { hotKeys }),
      ...(allowFlush === undefined
        ? {}
        : { listeners: proxy.listeners.map((listener) => ({ ...listener, allowFlush })) }),
    },
  };
}

/** Options of a table with flags in their place. `outer`: the option that has the table. */
function withFlags<T extends object>(options: AnyOptions, settings: T, given: OriginArguments, outer = ''): T {
  const [values, flags] = [settings as Record<string, unknown>, given as Record<string, unknown>];
  const entries = Object.entries(options).map(([name, { kind }]) => {
    const flag = outer === '' ? name : outer + name.charAt(0).toUpperCase() + name.slice(1);
    const value = kind.options === undefined ? flags[flag] : withFlags(kind.options, values[name] ?? {}, given, flag);
    return [name, value ?? values[name]];
  });
  return Object.fromEntries(entries) as T;
}
