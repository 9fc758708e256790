/** `memfleet ping`, `stats` and `flush`: commands to every node. */
import { Command } from 'commander';
import { fail } from '../failure.ts';
import { addFleetOptions, type FleetArguments } from '../fleet/fleet-options.ts';
import { type Fleet, withFleet } from '../fleet/fleet.ts';
import { pingNodes } from '../fleet/ping-nodes.ts';
import { numberWithin } from '../option-values.ts';
import { printFailure, printResult } from '../output.ts';

/** Says which nodes failed; the exit code is 1 then. */
function tellFailures({ failures }: Fleet): void {
  for (const { message } of failures.values()) printFailure(`memfleet: ${message}`);
}

export function pingCommand(): Command {
  const command = new Command('ping')
    .description('print the version and round-trip time of every node; exit code 1 if one does not answer')
    .option('--json', 'print one JSON object a line: node, version, ms; or node, error');
  return addFleetOptions(command).action((options: FleetArguments) =>
    withFleet(options, async (fleet) => {
      const answers = await pingNodes(fleet);
      const width = Math.max(0, ...answers.map(({ node }) => node.length));
      for (const { node, version, ms } of answers)
        printResult(
          options,
          { node, version, ms: Math.round(ms * 1000) / 1000 },
          `${node.padEnd(width)}  ${version}  ${ms.toFixed(1)} ms`,
        );
      if (options.json === true)
        for (const [node, { message }] of fleet.failures) printResult(options, { node, error: message });
      tellFailures(fleet);
    }),
  );
}

export function statsCommand(): Command {
  const command = new Command('stats')
    .description('print the statistics of every node; exit code 1 if one does not answer')
    .argument('[group]', 'items, slabs, settings … as the nodes know them')
    .option('--json', 'print one JSON object: node → name → value');
  return addFleetOptions(command).action((group: string | undefined, options: FleetArguments) =>
    withFleet(options, async (fleet) => {
      const stats = fleet.inOrder(await fleet.client.serverStats(group ?? ''));
      if (options.json === true) printResult(options, Object.fromEntries(stats));
      else for (const [node, values] of stats) for (const line of linesOf(node, values)) printResult(options, {}, line);
      tellFailures(fleet);
    }),
  );
}

function linesOf(node: string, values: Readonly<Record<string, string>>): string[] {
  const width = Math.max(0, ...Object.keys(values).map((name) => name.length));
  return [node, ...Object.entries(values).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)];
}

interface FlushOptions extends FleetArguments {
  readonly delay?: number;
  readonly yes?: true;
}

export function flushCommand(): Command {
  const command = new Command('flush')
    .description('delete all keys on every node, those of other applications included')
    .option('--yes', 'do it; without this option nothing is deleted')
    .option('--delay <seconds>', 'delay before the nodes delete the keys', numberWithin(0, 4_000_000_000, 'seconds'))
    .option('--json', 'print a JSON object: flushed');
  return addFleetOptions(command).action((options: FlushOptions) => flush(options));
}

function flush(options: FlushOptions): Promise<void> {
  if (options.prefix !== undefined) fail('flush deletes the keys of every prefix: leave out --prefix');
  if (options.yes !== true) fail('flush deletes everything on every node: say --yes if that is what you want');
  return withFleet(options, async (fleet) => {
    await fleet.client.flush(options.delay ?? 0);
    tellFailures(fleet);
    printResult(options, { flushed: fleet.failures.size === 0 });
  });
}
