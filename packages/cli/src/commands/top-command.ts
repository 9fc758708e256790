/** `memfleet top`: a fleet on the whole terminal. What draws is loaded only where there is something to draw on. */
import { Command, Option } from 'commander';
import { clientDefaults } from 'memfleet';
import { fail } from '../failure.ts';
import { addFleetOptions, clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { addNotes } from '../help/help-style.ts';
import { numberWithin } from '../option-values.ts';
import { sortKeys } from '../top/columns.ts';

interface Options extends FleetArguments {
  readonly once?: true;
  readonly interval: number;
  readonly sort: string;
  readonly separators: string;
}

export function topCommand(): Command {
  const command = new Command('top')
    .description(
      'show a fleet on the whole terminal: requests, hits, latency, memory, evictions, hot keys, keys by prefix',
    )
    .option('--once', 'print one table and end; exit code 1 if a node is not up')
    .option('--json', 'print one JSON object for each sample, with --once a single one')
    .option('-i, --interval <seconds>', 'the time between two samples', numberWithin(0.2, 3600, 'seconds', false), 1)
    .addOption(new Option('--sort <column>', 'the column to sort by at first').choices(sortKeys).default('node'))
    .option('--separators <characters>', 'the characters that end a prefix in the key browser', ':/.|');
  addNotes(
    command,
    'On the screen, ? lists the shortcuts. q and Ctrl-C end the command and restore the terminal.',
    'The figures come from `stats`, the latency from ten `version` requests a sample, the hot keys from `watch fetchers`, or, where a node refuses that, from the last accesses in `lru_crawler metadump`. Hot keys and the key browser cost the nodes something only while they are shown.',
    'There are no colours with NO_COLOR, or on a terminal that has none.',
  );
  return addFleetOptions(command).action((options: Options) => run(options));
}

async function run(options: Options): Promise<void> {
  const { json, once, sort, separators } = options;
  const client = clientOptionsOf(options);
  const { prefix = '', timeout = clientDefaults.timeout } = client;
  const interval = options.interval * 1000;
  if (json === true || once === true) {
    const { printTop } = await import('../top/print-top.ts');
    await printTop(client, { interval, timeout, ...(json ? { json } : {}), ...(once ? { once } : {}) });
    return;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    fail('top needs a terminal: --once prints a table, --json prints data, without one');
  const { runTop } = await import('../top/run-top.ts');
  const end = await runTop(client, { interval, timeout, separators, prefix, sort });
  // Ends as a program that does not handle the signal, now that the terminal is as before.
  if (end !== 'quit') process.kill(process.pid, end);
}
