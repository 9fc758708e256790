/** `memfleet load`: a load generator. */
import { Command, Option } from 'commander';
import { addFleetOptions } from '../fleet/fleet-options.ts';
import { addNotes } from '../help/help-style.ts';
import { readDistribution, readMix, readSizes, readTime } from '../load/load-options.ts';
import { type LoadOptions, runLoad } from '../load/run-load.ts';
import { workloadDefaults } from '../load/workload.ts';
import { numberWithin, word } from '../option-values.ts';

const heading = 'Load options:';

function number(flags: string, text: string, least: number, most: number, unit: string): Option {
  return new Option(flags, text).argParser(numberWithin(least, most, unit));
}

function loadOptions(): readonly Option[] {
  const { keys, keyPrefix, batch, ttl, seed, mix, sizes, distribution } = workloadDefaults;
  return [
    number(
      '-c, --connections <number>',
      'connections, or clients with one connection to each node',
      1,
      50_000,
      'connections',
    ).default(50),
    number(
      '-P, --pipeline <number>',
      'requests that a connection sends before it waits for replies',
      1,
      10_000,
      'requests',
    ).default(1),
    number('-k, --keys <number>', 'the number of different keys', 1, 50_000_000, 'keys').default(keys),
    new Option('--key-prefix <text>', 'what every key begins with').argParser(word).default(keyPrefix),
    new Option('--distribution <name>', 'how keys are drawn: uniform, sequential, zipf or zipf:0.99')
      .argParser(readDistribution)
      .default(distribution, 'uniform'),
    new Option('-d, --size <sizes>', 'bytes of a value: 100, 100-2000, or with weights 100:90,1k-8k:9,1m:1')
      .argParser(readSizes)
      .default(sizes, '100'),
    new Option('-m, --mix <verbs>', 'verbs with weights: get, mget, set, add, replace, delete, touch, incr')
      .argParser(readMix)
      .default(mix, 'get:10,set:1'),
    number('--batch <number>', 'keys of an mget', 1, 1000, 'keys').default(batch),
    number('--ttl <seconds>', 'how long values live; 0 = no expiry', 0, 2_592_000, 'seconds').default(ttl),
    number(
      '-r, --rate <number>',
      'requests a second, sent when they are due (default: as fast as replies come)',
      1,
      10_000_000,
      'requests',
    ),
    new Option('-t, --duration <time>', 'how long to measure (default: 10s, or until --requests)').argParser(readTime),
    number('--requests <number>', 'how many requests to measure', 1, 10_000_000_000, 'requests'),
    new Option('--warm-up <time>', 'load before the measured time').argParser(readTime).default(1000, '1s'),
    new Option('--reconnect', 'a new connection for each request'),
    new Option('--no-fill', 'do not store all keys first'),
    number('--seed <number>', 'the same seed draws the same requests', 0, 0xffff_ffff, 'a number of 32 bits').default(
      seed,
    ),
    new Option('--verify', 'compare every reply with what was stored; exit code 1 if a value is wrong'),
    new Option('--compare <targets...>', 'load two targets in turns, such as --compare a:11211 b:11211'),
    number('--rounds <number>', 'rounds of --compare', 1, 1000, 'rounds').default(5),
  ];
}

export function loadCommand(): Command {
  const command = new Command('load').description(
    'load a fleet or a proxy, and measure it; exit code 1 if no request succeeds or --verify finds a wrong value',
  );
  for (const option of loadOptions()) command.addOption(option.helpGroup(heading));
  command.option('--json', 'print the result as a JSON object, with an HDR histogram');
  addNotes(
    command,
    `Examples:
  memfleet load -n a:11211 -P 16 -t 30s
  memfleet load -n a,b --rate 20000 --verify
  memfleet load --compare a:11211 b:11211`,
    'It stores its keys first, and leaves them there: use it on nodes that may lose items. One address without TLS and login is loaded by bare connections; everything else by clients of the library, whose own cost is then measured as well.',
    'With --rate, a latency counts from the time when the request was due, so that a pause of the target counts in every request that it delayed. Requests that fail are counted; lost connections are opened again.',
  );
  return addFleetOptions(command).action((options: LoadOptions) => runLoad(options));
}
