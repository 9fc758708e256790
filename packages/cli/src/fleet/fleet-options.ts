/** The options that say which fleet a command speaks to, and how. The one place that reads them. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type ClientOptions, parseConnectionString } from 'memfleet';
import { fail, reasonOf } from '../failure.ts';
import { type Logins, onlyLogin, readLogins } from '../logins.ts';
import { numberWithin } from '../option-values.ts';

/** What a command line says of the fleet. */
export interface FleetArguments {
  readonly nodes: string;
  readonly locator?: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly tls?: true;
  readonly ca?: string;
  readonly protocol?: 'auto' | 'meta' | 'text' | 'binary';
  readonly prefix?: string;
  readonly timeout?: number;
  readonly json?: true;
}

/** The variable that may hold the password. */
export const passwordVariable = 'MEMFLEET_PASSWORD';

const heading = 'Connection options:';

type MakeOption = () => Option;

const place: readonly MakeOption[] = [
  () =>
    new Option(
      '-n, --nodes <list>',
      'the nodes, such as a:11211,b:11211 or dns+cache:11211, or a connection string: memcached://…, memcacheds://…, couchbase://…',
    ).default('127.0.0.1:11211'),
  () => new Option('-l, --locator <name>', 'how keys are distributed, see `memfleet locate --list` (default: ketama)'),
];

const login: readonly MakeOption[] = [
  () => new Option('--username <name>', 'the user that logs in'),
  () => new Option('--password-file <file>', 'a file with name:password, the login for the nodes'),
  () =>
    new Option(
      '--password <text>',
      `visible to every user of this machine: prefer --password-file, or ${passwordVariable} in the environment`,
    ).conflicts('passwordFile'),
  () => new Option('--tls', 'connect by TLS'),
  () => new Option('--ca <file>', 'the certificates to trust, in PEM; implies --tls'),
  () =>
    new Option('--timeout <ms>', 'the time for a call (default: 1000)').argParser(
      numberWithin(1, 3_600_000, 'milliseconds'),
    ),
];

const dialect: readonly MakeOption[] = [
  () =>
    new Option('--protocol <name>', 'the protocol of the nodes (default: auto)').choices([
      'auto',
      'meta',
      'text',
      'binary',
    ]),
  () => new Option('--prefix <text>', 'put before every key'),
];

function addOptions(command: Command, makes: readonly MakeOption[]): Command {
  for (const make of makes) command.addOption(make().helpGroup(heading));
  return command;
}

/** The options of a command that speaks to a fleet. */
export function addFleetOptions(command: Command): Command {
  return addOptions(command, [...place, ...login, ...dialect]);
}

/** Only those that a command needs to get at the nodes that its own options name. */
export function addLoginOptions(command: Command): Command {
  return addOptions(command, login);
}

/** The options of the client. Throws UsageError; messages show no password. */
export function clientOptionsOf(given: FleetArguments): ClientOptions<never> {
  const stated = parseConnectionString(given.nodes);
  warnOfPasswords(given, stated);
  const { locator, protocol, prefix, timeout } = given;
  return {
    ...stated,
    ...(locator === undefined ? {} : { locator }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(timeout === undefined ? {} : { timeout, connectTimeout: timeout }),
    ...tlsOf(given, stated),
    ...loginOf(given, stated),
  };
}

function warnOfPasswords({ password }: FleetArguments, stated: ClientOptions<never>): void {
  const place = password !== undefined ? '--password' : stated.password !== undefined ? '--nodes' : undefined;
  if (place !== undefined)
    process.stderr.write(
      `memfleet: every user of this machine can read the password in ${place}; prefer --password-file or ${passwordVariable}\n`,
    );
}

function tlsOf({ tls, ca }: FleetArguments, stated: ClientOptions<never>): Pick<ClientOptions, 'tls'> {
  if (ca === undefined) return tls === true && stated.tls === undefined ? { tls } : {};
  const before = typeof stated.tls === 'object' ? stated.tls : {};
  return { tls: { ...before, ca: readCertificates(ca) } };
}

function readCertificates(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fail(`--ca: cannot read ${file}: ${reasonOf(error)}`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) fail(`--ca: ${file} contains no PEM certificate`);
  return text;
}

function loginOf(
  { username, password, passwordFile }: FleetArguments,
  stated: ClientOptions<never>,
): Pick<ClientOptions<never>, 'username' | 'password' | 'couchbase'> {
  if (passwordFile !== undefined) return loginIn(readLogins(passwordFile), passwordFile, username);
  const fromEnvironment = process.env[passwordVariable];
  const secret = password ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  const user = username ?? stated.username;
  if (secret === undefined) {
    if (username !== undefined) fail(`--username needs a password: --password-file FILE or ${passwordVariable}`);
    return {};
  }
  if (password === undefined && username === undefined && stated.password !== undefined) return {};
  if (user !== undefined) return { username: user, password: secret };
  if (stated.couchbase !== undefined) return { couchbase: { ...stated.couchbase, password: secret } };
  return fail(`${password === undefined ? passwordVariable : '--password'} needs --username`);
}

/** The login of a file: its only one, or that of the user. */
function loginIn(logins: Logins, file: string, username: string | undefined): { username: string; password: string } {
  if (username === undefined) return onlyLogin(logins, file);
  const password = Object.hasOwn(logins, username) ? logins[username] : undefined;
  return password === undefined ? fail(`${file} has no password for ${username}`) : { username, password };
}
