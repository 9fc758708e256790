/** `memfleet delete`, `touch`, `ttl`, `incr` and `decr`: short commands on keys. */
import { Command } from 'commander';
import { addFleetOptions, type FleetArguments } from '../fleet/fleet-options.ts';
import { withFleet } from '../fleet/fleet.ts';
import { addNotes } from '../help/help-style.ts';
import { bigintOf, numberWithin } from '../option-values.ts';
import { printFailure, printResult } from '../output.ts';

const seconds = numberWithin(0, 4_000_000_000, 'seconds');

export function deleteCommand(): Command {
  const command = new Command('delete')
    .description('delete keys; exit code 1 if one does not exist')
    .argument('<key...>', 'the keys')
    .option('--json', 'print one JSON object a line: key, deleted');
  return addFleetOptions(command).action((keys: readonly string[], options: FleetArguments) =>
    withFleet(options, async ({ client }) => {
      for (const [key, deleted] of await client.deleteMany(keys)) {
        if (!deleted) printFailure(`${key} does not exist`);
        printResult(options, { key, deleted });
      }
    }),
  );
}

export function touchCommand(): Command {
  const command = new Command('touch')
    .description('give keys a new time to live; exit code 1 if one does not exist')
    .argument('<seconds>', 'how long they live from now on; 0 = no expiry', seconds)
    .argument('<key...>', 'the keys')
    .option('--json', 'print one JSON object a line: key, touched');
  return addFleetOptions(command).action((ttl: number, keys: readonly string[], options: FleetArguments) =>
    withFleet(options, async ({ client }) => {
      for (const key of keys) {
        const touched = await client.touch(key, ttl);
        if (!touched) printFailure(`${key} does not exist`);
        printResult(options, { key, touched });
      }
    }),
  );
}

export function ttlCommand(): Command {
  const command = new Command('ttl')
    .description('print how many seconds a key has left, -1 if it has no expiry; exit code 1 if it does not exist')
    .argument('<key>', 'the key')
    .option('--json', 'print a JSON object: key, found, ttl');
  addNotes(command, 'Only the meta protocol tells it (memcached 1.6).');
  return addFleetOptions(command).action((key: string, options: FleetArguments) =>
    withFleet(options, async ({ client }) => {
      const left = await client.ttlOf(key);
      const ttl = left === Infinity ? -1 : left;
      if (ttl === undefined) printFailure(`${key} does not exist`);
      if (ttl !== undefined || options.json === true)
        printResult(options, { key, found: ttl !== undefined, ttl }, String(ttl));
    }),
  );
}

interface CounterOptions extends FleetArguments {
  readonly initial?: bigint;
  readonly ttl?: number;
}

function counterCommand(name: 'incr' | 'decr', description: string): Command {
  const command = new Command(name)
    .description(`${description}, and print its value; exit code 1 if it does not exist`)
    .argument('<key>', 'the counter: a key whose value is a whole number')
    .argument('[delta]', 'how much (default: 1)', bigintOf)
    .option('--initial <number>', 'the value of a counter that does not exist', bigintOf)
    .option('--ttl <seconds>', 'how long a counter lives that this creates; 0 = no expiry', seconds)
    .option('--json', 'print a JSON object: key, found, value');
  return addFleetOptions(command).action((key: string, delta: bigint | undefined, options: CounterOptions) =>
    withFleet(options, async ({ client }) => {
      const { initial, ttl } = options;
      const value = await client[name](key, delta ?? 1n, { initial, ttl });
      if (value === undefined) printFailure(`${key} does not exist`);
      if (value !== undefined || options.json === true)
        printResult(options, { key, found: value !== undefined, value: jsonNumber(value) }, String(value));
    }),
  );
}

export function incrCommand(): Command {
  return counterCommand('incr', 'add to a counter');
}

export function decrCommand(): Command {
  return counterCommand('decr', 'subtract from a counter, down to 0');
}

/** A number, as text where JSON's readers would round it. */
function jsonNumber(value: bigint | undefined): number | string | undefined {
  return value === undefined || value > Number.MAX_SAFE_INTEGER ? value?.toString() : Number(value);
}
