/** The options that `copy`, `dump` and `restore` share. */
import { type Command, Option } from 'commander';
import { fail } from '../failure.ts';
import type { FleetArguments } from '../fleet/fleet-options.ts';
import { globOf, type Matches } from '../fleet/glob.ts';
import { numberWithin } from '../option-values.ts';

/** A pattern of keys, and as it was written. */
export interface KeyPattern {
  readonly text: string;
  readonly matches: Matches;
}

export interface TransferOptions {
  readonly match?: KeyPattern;
  readonly rate?: number;
  readonly dryRun?: true;
  readonly report?: string;
  /** Seconds. */
  readonly retryFor: number;
  readonly json?: true;
}

/** The places of one fleet under other names, so that a command line can say two. */
export interface TargetOptions {
  readonly target: string;
  readonly targetLocator?: string;
  readonly targetProtocol?: 'auto' | 'meta' | 'text' | 'binary';
  readonly targetPrefix?: string;
  readonly targetUsername?: string;
  readonly targetPasswordFile?: string;
  readonly targetTls?: true;
  readonly targetCa?: string;
  readonly replace?: true;
}

export function addTransferOptions(command: Command): Command {
  return command
    .option('--match <pattern>', 'only keys that match, such as user:*; also ?, [a-z] and \\', (text) => ({
      text,
      matches: globOf(text),
    }))
    .option('--rate <number>', 'items a second at most (default: no limit)', numberWithin(1, 10_000_000, 'items'))
    .option('--dry-run', 'count what would be done, and change nothing')
    .option('--report <file>', 'write a line of JSON for every item that is left out: key, reason, detail')
    .option(
      '--retry-for <seconds>',
      'how long a node may be out before the command ends',
      numberWithin(0, 86_400, 'seconds', false),
      30,
    )
    .option('--json', 'print the result as a JSON object');
}

const heading = 'Target options:';

export function addTargetOptions(command: Command): Command {
  const options = [
    new Option(
      '-t, --target <list>',
      'the nodes that receive the items, in the forms of --nodes',
    ).makeOptionMandatory(),
    new Option('--target-locator <name>', 'how the target distributes keys (default: ketama)'),
    new Option('--target-protocol <name>', 'the protocol of the target').choices(['auto', 'meta', 'text', 'binary']),
    new Option('--target-prefix <text>', 'put before every key at the target'),
    new Option('--target-username <name>', 'the user that logs in at the target'),
    new Option('--target-password-file <file>', 'a file with name:password, the login for the target'),
    new Option('--target-tls', 'connect to the target by TLS'),
    new Option('--target-ca <file>', 'the certificates to trust at the target, in PEM; implies --target-tls'),
  ];
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}

/** What a command line says of its target, as the fleet that it is. `timeout`: that of the command. */
export function targetArguments(options: TargetOptions & Pick<FleetArguments, 'timeout'>): FleetArguments {
  if (options.target === '') fail('--target names no node');
  return {
    nodes: options.target,
    ...given('locator', options.targetLocator),
    ...given('protocol', options.targetProtocol),
    ...given('prefix', options.targetPrefix),
    ...given('username', options.targetUsername),
    ...given('passwordFile', options.targetPasswordFile),
    ...given('tls', options.targetTls),
    ...given('ca', options.targetCa),
    ...given('timeout', options.timeout),
  };
}

function given<Name extends keyof FleetArguments>(
  name: Name,
  value: FleetArguments[Name] | undefined,
): Partial<FleetArguments> {
  return value === undefined ? {} : { [name]: value };
}
