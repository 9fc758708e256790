/**
 * `memfleet locate`: where a key lives under any client's sharding scheme, and how many keys move between two of them.
 */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { lintLocator, type LocatorOptions, locatorProfile, locatorProfiles } from 'memfleet/locator';
import { exitCodes, fail } from '../failure.ts';
import { addLoginOptions, type FleetArguments } from '../fleet/fleet-options.ts';
import { percent, whole } from '../locate/figures.ts';
import { findFleet, type LocatedFleet } from '../locate/find-fleet.ts';
import { type Comparison, comparePlacements, nodeOf, type Placement, sampleKeys } from '../locate/placement.ts';
import { numberWithin } from '../option-values.ts';

interface Options extends Omit<FleetArguments, 'nodes' | 'protocol'> {
  readonly nodes?: string;
  readonly newNodes?: string;
  readonly compare?: string;
  readonly count: number;
  readonly hashTag?: string;
  readonly sort?: true;
  readonly lint?: true;
  readonly list?: true;
}

export function locateCommand(): Command {
  const command = new Command('locate')
    .description('print the node of a key under the sharding scheme of any client or proxy')
    .argument('[key...]', 'keys; - reads them from standard input, one a line')
    .option(
      '-n, --nodes <list>',
      'the fleet: host, host:port or host:port:weight, with commas between; dns+host and the like are resolved; or a connection string',
    )
    .option('-l, --locator <name>', 'the scheme (default: ketama)')
    .option('--list', 'list the schemes')
    .addOption(
      new Option('--compare <schemes>', 'count the keys that move between two schemes, such as ketama,jump').conflicts(
        'locator',
      ),
    )
    .option('--new-nodes <list>', 'count the keys that move to this new list of nodes')
    .option(
      '--count <number>',
      'how many generated keys to count, where none are given',
      numberWithin(1, 10_000_000, 'keys'),
      100_000,
    )
    .option('--hash-tag <marks>', 'two characters: only what is between them is hashed, such as {}')
    .option('--prefix <text>', 'a prefix that the client puts before its keys and does not hash')
    .option('--sort', 'sort the nodes by name first')
    .option('--lint', 'only warn of the traps of the scheme with this fleet; exit code 1 if there are any')
    .option('--json', 'one JSON object');
  return addLoginOptions(command).action(run);
}

async function run(given: readonly string[], options: Options): Promise<void> {
  if (options.list === true) {
    listSchemes(options);
    return;
  }
  const { nodes, newNodes } = options;
  if (nodes === undefined) fail('locate needs --nodes (or --list)');
  const fleet = await findFleet({ ...options, nodes });
  try {
    const next = newNodes === undefined ? fleet : await findFleet({ ...options, nodes: newNodes });
    try {
      show(given, fleet, next, options);
    } finally {
      next.close();
    }
  } finally {
    fleet.close();
  }
}

function show(given: readonly string[], fleet: LocatedFleet, next: LocatedFleet, options: Options): void {
  const schemes = schemesOf(options, fleet);
  const before = placement(schemes[0], fleet, options);
  const after = placement(schemes[1], next, options);
  if (options.lint === true) {
    const count = [before, after].slice(0, before.title === after.title && fleet === next ? 1 : 2);
    if (count.map((one) => lint(one, true)).some((warnings) => warnings > 0)) process.exitCode = exitCodes.failed;
    return;
  }
  lint(before, false);
  const isComparison = options.compare !== undefined || options.newNodes !== undefined;
  if (isComparison && after.title !== before.title) lint(after, false);
  const keys = given.includes('-') ? [...given.filter((key) => key !== '-'), ...keysOfInput()] : given;
  if (isComparison) showComparison(before, after, keys, options);
  else showPlaces(before, keys, options);
}

function schemesOf({ compare, locator }: Options, fleet: LocatedFleet): [string, string] {
  if (compare === undefined) {
    const name = locator ?? fleet.scheme;
    return [name, name];
  }
  const names = compare.split(',').map((name) => name.trim());
  if (names.length !== 2) fail('--compare takes two schemes with a comma between, such as ketama,jump');
  return names as [string, string];
}

function placement(title: string, { nodes, keyPrefix, hashTag, bucket }: LocatedFleet, options: Options): Placement {
  const settings = locatorOptions(options, hashTag);
  if (bucket === undefined)
    return { title, nodes, keyPrefix, settings, locator: locatorProfile(title).create(nodes, settings) };
  const wrong = (['locator', 'compare', 'newNodes', 'hashTag', 'sort', 'lint'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (wrong !== undefined)
    fail(
      `option '--${wrong === 'newNodes' ? 'new-nodes' : wrong === 'hashTag' ? 'hash-tag' : wrong}' cannot be used with a bucket, which distributes its keys itself`,
    );
  return { title: 'vBuckets', nodes, keyPrefix, settings, locator: bucket };
}

function locatorOptions({ hashTag, prefix, sort }: Options, stated: string | undefined): LocatorOptions {
  return { hashTag: hashTag ?? stated, prefix, sort };
}

function keysOfInput(): string[] {
  return readFileSync(0, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

function listSchemes({ json }: Options): void {
  if (json === true) {
    console.log(JSON.stringify(locatorProfiles.map(({ name, description }) => ({ name, description }))));
    return;
  }
  const width = Math.max(...locatorProfiles.map(({ name }) => name.length));
  for (const { name, description } of locatorProfiles) console.log(`${name.padEnd(width)}  ${description}`);
}

/** Tells the traps on stderr; `all`: what is just good to know, too. Gives how many warnings there are. */
function lint({ title, nodes, settings }: Placement, all: boolean): number {
  if (title === 'vBuckets') return 0;
  const findings = lintLocator(locatorProfile(title), nodes, settings);
  for (const { level, code, message } of findings)
    if (all || level === 'warning') process.stderr.write(`${level}: ${title}: ${message} [${code}]\n`);
  if (all && findings.length === 0) process.stderr.write(`${title}: nothing to warn of\n`);
  return findings.filter(({ level }) => level === 'warning').length;
}

function showPlaces(placed: Placement, keys: readonly string[], { json }: Options): void {
  if (keys.length === 0) fail('locate needs keys (or --compare, --new-nodes, --lint, --list)');
  const places = keys.map((key) => [key, nodeOf(placed, key)] as const);
  if (json === true) {
    console.log(JSON.stringify({ locator: placed.title, keys: Object.fromEntries(places) }));
    return;
  }
  const width = Math.min(60, Math.max(...keys.map((key) => key.length)));
  for (const [key, node] of places) console.log(`${key.padEnd(width)}  ${node}`);
}

function showComparison(before: Placement, after: Placement, keys: readonly string[], { json, count }: Options): void {
  const comparison = comparePlacements(before, after, keys.length > 0 ? keys : sampleKeys(count));
  if (json === true) {
    console.log(JSON.stringify({ before: before.title, after: after.title, ...comparison }));
    return;
  }
  for (const line of comparisonText(before, after, comparison)) console.log(line);
}

function comparisonText(before: Placement, after: Placement, { keys, moved, nodes }: Comparison): string[] {
  const width = Math.max(4, ...nodes.map(({ node }) => node.length));
  const row = (cells: readonly string[]): string =>
    `  ${(cells[0] as string).padEnd(width)}${cells
      .slice(1)
      .map((cell) => cell.padStart(12))
      .join('')}`;
  const change =
    before.title === after.title
      ? `${before.title}, ${before.nodes.length} → ${after.nodes.length} nodes`
      : `${before.title} → ${after.title}, ${after.nodes.length} nodes`;
  return [
    `${change}: ${whole(moved)} of ${whole(keys)} keys move (${percent(moved / keys)})`,
    row(['node', 'before', 'after', 'stay']),
    ...nodes.map((share) => row([share.node, whole(share.before), whole(share.after), whole(share.stay)])),
  ];
}
