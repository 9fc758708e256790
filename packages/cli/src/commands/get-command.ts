/** `memfleet get`: the values of keys. */
import { Command } from 'commander';
import { type Client, RawValue } from 'memfleet';
import { addFleetOptions, type FleetArguments } from '../fleet/fleet-options.ts';
import { type Stored, withFleet } from '../fleet/fleet.ts';
import { printFailure, printResult } from '../output.ts';

interface Options extends FleetArguments {
  readonly raw?: true;
  readonly cas?: true;
}

export function getCommand(): Command {
  const command = new Command('get')
    .description('print the values of keys; exit code 1 if one does not exist')
    .argument('<key...>', 'the keys')
    .option('--raw', 'print the bytes as they are stored, with nothing between or after the values')
    .option('--cas', 'print the cas token and a space before each value')
    .option('--json', 'print one JSON object a line: key, found, value, flags, cas');
  return addFleetOptions(command).action((keys: readonly string[], options: Options) =>
    withFleet(options, ({ client }) => get(keys, options, readerFor(client, options)), options.raw),
  );
}

interface Found {
  readonly value: Stored;
  /** Only where it was asked for. */
  readonly cas?: bigint;
}

type Read = (key: string) => Promise<Found | undefined>;

function readerFor(client: Client, { cas, json }: Options): Read {
  if (cas === true || json === true) return (key) => client.getWithCas<Stored>(key);
  return async (key) => {
    const value = await client.get<Stored>(key);
    return value === undefined ? undefined : { value };
  };
}

async function get(keys: readonly string[], options: Options, read: Read): Promise<void> {
  for (const key of keys) {
    const found = await read(key);
    if (found === undefined) {
      printFailure(`${key} does not exist`);
      if (options.json === true) printResult(options, { key, found: false });
    } else if (options.json === true) {
      const { value, cas } = found;
      printResult(options, { key, found: true, value: inJson(value), flags: value.flags, cas: String(cas) });
    } else {
      if (options.cas === true) process.stdout.write(`${found.cas} `);
      printValue(found.value, options.raw === true);
    }
  }
}

/** Bytes as they are, with nothing behind them; everything else as a line. */
function printValue({ bytes, value }: Stored, isRaw: boolean): void {
  if (isRaw || value instanceof Uint8Array || value instanceof RawValue) process.stdout.write(bytes);
  else
    process.stdout.write(`${typeof value === 'string' || typeof value === 'bigint' ? value : JSON.stringify(value)}\n`);
}

/** A value in JSON: bytes in base64, and numbers that JSON would round as text. */
function inJson({ bytes, value }: Stored): unknown {
  if (value === undefined || value instanceof Uint8Array || value instanceof RawValue)
    return { base64: Buffer.from(bytes).toString('base64') };
  return typeof value === 'bigint' ? String(value) : value;
}
