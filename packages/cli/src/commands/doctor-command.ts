/** `memfleet doctor`: what is wrong with a fleet, or soon will be, and what to do. */
import { Command, Option } from 'commander';
import { exitCodes } from '../failure.ts';
import { addFleetOptions, clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { addNotes } from '../help/help-style.ts';
import { numberWithin, size } from '../option-values.ts';
import { printResult } from '../output.ts';
import { configKinds } from '../proxy/settings.ts';

interface Options extends FleetArguments {
  readonly config?: string;
  readonly as?: (typeof configKinds)[number];
  readonly processes: number;
  readonly pool?: number;
  readonly maxItemSize?: number;
}

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'find what is wrong with a fleet, and say how to fix it; exit code 1 if there is an error or a warning',
    )
    .option('-c, --config <file>', "look at the clusters of this configuration of the proxy, instead of --nodes' fleet")
    .addOption(new Option('--as <kind>', 'whose configuration it is (default: memfleet)').choices(configKinds))
    .option(
      '--processes <number>',
      'how many processes use the fleet; with --config, how many machines run the proxy',
      numberWithin(1, 1_000_000, 'processes'),
      1,
    )
    .option('--pool <number>', 'pool.max of the clients (default: 4)', numberWithin(1, 1_000_000, 'connections'))
    .option('--max-item-size <size>', 'maxItemSize of the clients (default: 1m)', size)
    .option('--json', 'print one JSON object: errors, warnings, notes, fleets');
  addNotes(
    command,
    'It compares versions and settings, and looks at evictions, refused stores, the item limit, the connections that the clients may open, the traps of the ring, clocks, certificates, open ports and the latency of each node. It changes nothing, and takes a second or two.',
    'Each finding is an error (something fails now), a warning (something will fail, or wastes resources) or a note (good to know).',
    'Exit codes: 0 no errors and no warnings, 1 errors or warnings, 2 a usage error, such as a configuration that cannot be read.',
  );
  return addFleetOptions(command).action((options: Options, made: Command) =>
    run(options, made.getOptionValueSource('nodes') !== 'default'),
  );
}

async function run(options: Options, hasNodes: boolean): Promise<void> {
  const { config, as, processes, timeout } = options;
  const { clusterSubjects, fleetSubject } = await import('../doctor/subjects.ts');
  const { examineFleet } = await import('../doctor/doctor.ts');
  const { countsOf, reportFields, reportText } = await import('../doctor/report.ts');
  const subjects = [];
  if (config !== undefined) {
    const { loadConfig, tellNotes } = await import('../proxy/origin.ts');
    const loaded = loadConfig([config], as === undefined ? {} : { as });
    tellNotes(loaded);
    subjects.push(...clusterSubjects(loaded, processes));
  }
  if (config === undefined || hasNodes) subjects.push(fleetSubject(withLimits(options), processes));
  const reports = [];
  // One after the other: each measures times.
  for (const subject of subjects) reports.push(await examineFleet(subject, timeout ?? subject.clients.timeout));
  printResult(options, reportFields(reports), reportText(reports).trimEnd());
  const { error, warning } = countsOf(reports);
  if (error + warning > 0) process.exitCode = exitCodes.failed;
}

function withLimits(options: Options): ReturnType<typeof clientOptionsOf> {
  const { pool, maxItemSize } = options;
  const stated = clientOptionsOf(options);
  return {
    ...stated,
    ...(pool === undefined ? {} : { pool: { ...stated.pool, max: pool } }),
    ...(maxItemSize === undefined ? {} : { maxItemSize }),
  };
}
