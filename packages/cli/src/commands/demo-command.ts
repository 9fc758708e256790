import { styleText } from 'node:util';
/** `memfleet demo`: see demo/demo.ts. */
import { Command, Option } from 'commander';
import { createClient } from 'memfleet';
import { runDemo } from '../demo/demo.ts';
import { NoMemcachedError } from '../demo/fleet-of-nodes.ts';
import { type Screen } from '../demo/live-view.ts';
import { UnreachableError } from '../demo/node-watch.ts';
import type { DemoOptions } from '../demo/run.ts';
import { type Marks, plainMarks, summaryText } from '../demo/summary-text.ts';
import type { Summary } from '../demo/summary.ts';
import { exitCodes, fail } from '../failure.ts';
import { numberWithin } from '../option-values.ts';
import { onStop } from '../signals.ts';

interface Options {
  readonly seconds: number;
  readonly callers: number;
  readonly think: number;
  readonly seed: number;
  readonly nodes?: string;
  readonly real?: true;
  readonly proxy?: true;
  readonly couchbase?: true;
  readonly json?: true;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      "the main job, live: a web shop's traffic over pooled connections to three nodes, one of which dies and comes back",
    )
    .option('--seconds <number>', 'how long it takes', numberWithin(2, 86_400, 'seconds', false), 20)
    .option('--callers <number>', 'callers at the same time', numberWithin(1, 10_000, 'callers'), 300)
    .option(
      '--think <ms>',
      'mean pause of a caller between two pages; 0 = flat out',
      numberWithin(0, 60_000, 'milliseconds', false),
      150,
    )
    .option('--seed <number>', 'the same seed gives the same traffic', numberWithin(0, 0xffff_ffff, ''), 2012)
    .option('--real', 'start memcached processes instead of embedded servers')
    .addOption(
      new Option('--nodes <list>', 'use these nodes, such as a:11211,b:11211; none of them is stopped').conflicts(
        'real',
      ),
    )
    .option('--proxy', 'through the proxy: plain text clients in front of it, the same checks')
    .addOption(
      new Option(
        '--couchbase',
        'on a simulated Couchbase cluster: instead of the death a rebalance, a node comes, later one leaves',
      ).conflicts(['real', 'nodes', 'proxy']),
    )
    .option('--json', 'end with the summary as one line of JSON; everything else goes to stderr')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const nodes = options.nodes === undefined ? undefined : nodeNames(options.nodes);
  const { seconds, callers, think, seed } = options;
  const isJson = options.json === true;
  const screen = isJson ? process.stderr : process.stdout;
  const interrupt = new AbortController();
  const release = onInterrupt(interrupt);
  try {
    const settings: DemoOptions = {
      seconds,
      callers,
      think,
      seed,
      nodes,
      real: options.real === true,
      proxy: options.proxy === true,
      couchbase: options.couchbase === true,
    };
    const summary = await runDemo(settings, screen, interrupt.signal);
    print(summary, screen);
    if (isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
    process.exitCode = summary.ok ? 0 : exitCodes.failed;
  } catch (error) {
    if (interrupt.signal.aborted) {
      screen.write('interrupted; everything is stopped\n');
      process.exitCode = exitCodes.interrupted;
    } else if (error instanceof UnreachableError || error instanceof NoMemcachedError) fail(error.message);
    else throw error;
  } finally {
    release();
  }
}

/** The nodes as the library names them. Throws InvalidOptionError. */
function nodeNames(list: string): string[] {
  const client = createClient({ nodes: list });
  const names = client.stats().nodes.map(({ node }) => node);
  client.destroy();
  return names;
}

/** Ctrl-C ends the run in order; a second one ends it at once. */
function onInterrupt(controller: AbortController): () => void {
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  const release = onStop(interrupt);
  process.on('SIGHUP', interrupt);
  return () => {
    release();
    process.off('SIGHUP', interrupt);
  };
}

function print(summary: Summary, screen: Screen): void {
  const hasColors = screen.isTTY === true && screen.hasColors?.() === true;
  const marks: Marks = {
    good: (text) => styleText('green', text),
    bad: (text) => styleText('red', text),
    strong: (text) => styleText('bold', text),
  };
  screen.write(`${summaryText(summary, hasColors ? marks : plainMarks).join('\n')}\n`);
}
