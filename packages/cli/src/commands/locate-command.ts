/**
 * `memfleet locate`: where a key lives under any client's sharding scheme, and how many keys move between two of them.
 */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { lintLocator, type LocatorNode, type LocatorOptions, locatorProfile, locatorProfiles } from 'memfleet/locator';
import { exitCodes, fail } from '../failure.ts';
import { percent, whole } from '../locate/figures.ts';
import { readNodeList } from '../locate/node-list.ts';
import { type Comparison, comparePlacements, nodeOf, type Placement, sampleKeys } from '../locate/placement.ts';
import { numberWithin } from '../option-values.ts';

interface Options {
  readonly nodes?: string;
  readonly locator: string;
  readonly newNodes?: string;
  readonly compare?: string;
  readonly count: number;
  readonly hashTag?: string;
  readonly prefix?: string;
  readonly sort?: true;
  readonly lint?: true;
  readonly list?: true;
  readonly json?: true;
}

export function locateCommand(): Command {
  return new Command('locate')
    .description('say which node a key lives on, under the sharding scheme of any client or proxy')
    .argument('[key...]', 'keys; - reads them from standard input, one a line')
    .option('-n, --nodes <list>', 'the fleet: host, host:port or host:port:weight, with commas between')
    .option('-l, --locator <name>', 'the scheme', 'ketama')
    .option('--list', 'list the schemes')
    .addOption(
      new Option('--compare <schemes>', 'count the keys that move between two schemes, such as ketama,jump').conflicts(
        'locator',
      ),
    )
    .option('--new-nodes <list>', 'count the keys that move when the fleet becomes this one')
    .option(
      '--count <number>',
      'keys to count with, where none are given',
      numberWithin(1, 10_000_000, 'keys'),
      100_000,
    )
    .option('--hash-tag <marks>', 'two characters: only what is between them is hashed, such as {}')
    .option('--prefix <text>', 'a prefix that the client puts before its keys and does not hash')
    .option('--sort', 'sort the nodes by name first')
    .option('--lint', 'only warn of the traps of the scheme with this fleet; exit code 1 if there are any')
    .option('--json', 'one JSON object')
    .action(run);
}

function run(given: readonly string[], options: Options): void {
  if (options.list === true) {
    listSchemes(options);
    return;
  }
  if (options.nodes === undefined) fail('locate needs --nodes (or --list)');
  const nodes = readNodeList(options.nodes);
  const schemes = schemesOf(options);
  const newNodes = options.newNodes === undefined ? nodes : readNodeList(options.newNodes);
  const [before, after] = [placement(schemes[0], nodes, options), placement(schemes[1], newNodes, options)];
  if (options.lint === true) {
    const count = [before, after].slice(0, before.title === after.title && newNodes === nodes ? 1 : 2);
    if (count.map((one) => lint(one, options, true)).some((warnings) => warnings > 0))
      process.exitCode = exitCodes.failed;
    return;
  }
  lint(before, options, false);
  const isComparison = options.compare !== undefined || options.newNodes !== undefined;
  if (isComparison && after.title !== before.title) lint(after, options, false);
  const keys = given.includes('-') ? [...given.filter((key) => key !== '-'), ...keysOfInput()] : given;
  if (isComparison) showComparison(before, after, keys, options);
  else showPlaces(before, keys, options);
}

function schemesOf({ compare, locator }: Options): [string, string] {
  if (compare === undefined) return [locator, locator];
  const names = compare.split(',').map((name) => name.trim());
  if (names.length !== 2) fail('--compare takes two schemes with a comma between, such as ketama,jump');
  return names as [string, string];
}

function placement(title: string, nodes: readonly LocatorNode[], options: Options): Placement {
  return { title, nodes, locator: locatorProfile(title).create(nodes, locatorOptions(options)) };
}

function locatorOptions({ hashTag, prefix, sort }: Options): LocatorOptions {
  return { hashTag, prefix, sort };
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
function lint({ title, nodes }: Placement, options: Options, all: boolean): number {
  const findings = lintLocator(locatorProfile(title), nodes, locatorOptions(options));
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
