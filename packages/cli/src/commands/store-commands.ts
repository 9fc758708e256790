/** `memfleet set`, `add` and `cas`: what stores a value. */
import { Command, InvalidArgumentError } from 'commander';
import type { Client } from 'memfleet';
import { fail } from '../failure.ts';
import { addFleetOptions, type FleetArguments } from '../fleet/fleet-options.ts';
import { type Stored, withFleet } from '../fleet/fleet.ts';
import { addNotes } from '../help/help-style.ts';
import { bigintOf, numberWithin } from '../option-values.ts';
import { printFailure, printResult } from '../output.ts';

interface Options extends FleetArguments {
  readonly ttl?: number;
  readonly flags?: number;
}

/** Makes the call; tells why nothing was stored. */
type Store = (
  client: Client,
  key: string,
  value: string | Stored,
  options: { readonly ttl?: number },
) => Promise<string | undefined>;

/** memcached's largest item is 1 GB. */
const largestInput = 1024 ** 3;

function storeCommand(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<key>', 'the key')
    .argument('<value>', 'the text; - reads bytes from standard input')
    .option(
      '--ttl <seconds>',
      'how long it lives; 0 = no expiry (default: 0)',
      numberWithin(0, 4_000_000_000, 'seconds'),
    )
    .option(
      '--flags <number>',
      'the client flags (default: 0, of a bucket those of its type)',
      numberWithin(0, 0xffff_ffff, 'a number of 32 bits'),
    )
    .option('--json', 'print a JSON object: key, stored');
  return addFleetOptions(command);
}

export function setCommand(): Command {
  const command = storeCommand('set', 'store a value');
  addNotes(
    command,
    `Examples:
  memfleet set greeting hello --ttl 60
  memfleet set logo - < logo.png
  memfleet set a 1 -n memcacheds://host1,host2`,
  );
  return command.action((key: string, value: string, options: Options) =>
    store(key, value, options, async (client, ...call) => {
      await client.set(...call);
      return undefined;
    }),
  );
}

export function addCommand(): Command {
  return storeCommand('add', 'store a value if the key does not exist; exit code 1 if it does').action(
    (key: string, value: string, options: Options) =>
      store(key, value, options, async (client, ...call) =>
        (await client.add(...call)) ? undefined : `${key} exists already`,
      ),
  );
}

const casFailures = {
  stored: undefined,
  exists: 'has changed: its cas token is another now',
  notFound: 'does not exist',
} as const;

export function casCommand(): Command {
  return storeCommand('cas', 'store a value if it has not changed since; exit code 1 if somebody has')
    .argument('<token>', 'the cas token, as `memfleet get --cas` prints it', casToken)
    .action((key: string, value: string, token: bigint, options: Options) =>
      store(key, value, options, async (client, name, data, settings) => {
        const failure = casFailures[await client.cas(name, data, token, settings)];
        return failure === undefined ? undefined : `${key} ${failure}`;
      }),
    );
}

function casToken(text: string): bigint {
  const token = bigintOf(text);
  if (token === 0n) throw new InvalidArgumentError('0 is no cas token.');
  return token;
}

async function store(key: string, text: string, options: Options, call: Store): Promise<void> {
  const { flags, ttl } = options;
  const bytes = text === '-' ? await readInput() : Buffer.from(text);
  const value = text === '-' || flags !== undefined ? { bytes, flags: flags ?? 0 } : text;
  await withFleet(options, async ({ client }) => {
    const refusal = await call(client, key, value, ttl === undefined ? {} : { ttl });
    if (refusal !== undefined) printFailure(refusal);
    printResult(options, { key, stored: refusal === undefined });
  });
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > largestInput) fail('standard input has more than 1 GB, which no node stores');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
