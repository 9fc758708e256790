/** `memfleet keys`: the keys of every node, as the nodes tell them. */
import { Command } from 'commander';
import { clientDefaults } from 'memfleet';
import { type DumpedItem, dumpKeys } from '../fleet/dump-keys.ts';
import { addFleetOptions, clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { withFleet } from '../fleet/fleet.ts';
import { globOf, type Matches } from '../fleet/glob.ts';
import { keyFilter, textOf } from '../fleet/key-text.ts';
import { addNotes } from '../help/help-style.ts';
import { LineWriter } from '../line-writer.ts';
import { printFailure } from '../output.ts';

interface Options extends FleetArguments {
  readonly match?: Matches;
}

export function keysCommand(): Command {
  const command = new Command('keys')
    .description('list the keys of every node; exit code 1 if one does not answer')
    .option('--match <pattern>', 'only keys that match, such as user:*; also ?, [a-z] and \\', globOf)
    .option('--json', 'print one JSON object a line: key, node, ttl, size, idle');
  addNotes(
    command,
    'The nodes list their items by `lru_crawler metadump` (memcached 1.4.31). The list is no snapshot: keys that come or go meanwhile may be missing.',
    'With --prefix only the keys that begin with it are listed, without it.',
    'A key that is not UTF-8, or that has control characters, is printed URL-encoded.',
  );
  return addFleetOptions(command).action((options: Options) => list(options));
}

async function list(options: Options): Promise<void> {
  const { prefix = '', timeout = clientDefaults.timeout } = clientOptionsOf(options);
  const filter = keyFilter(prefix, options.match);
  const lines = new LineWriter(process.stdout);
  await withFleet(options, async (fleet) => {
    const unixSeconds = Math.floor(Date.now() / 1000);
    await dumpKeys(fleet, timeout, unixSeconds, (item) => {
      const key = filter(item.key);
      if (key !== undefined) lines.write(lineOf(textOf(key), item, options));
    });
    lines.flush();
    for (const { message } of fleet.failures.values()) printFailure(`memfleet: ${message}`);
  });
}

function lineOf(key: string, { node, ttl, size, idle }: DumpedItem, { json }: Options): string {
  return json === true ? JSON.stringify({ key, node, ttl, size, idle }) : key;
}
