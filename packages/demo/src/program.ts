/** The command line of the demo: its options, its exit codes, and the message for each kind of error. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createClient, InvalidOptionError, MemcacheError, version } from 'memfleet';
import { redactMessage } from 'memfleet/server';
import { runDemo } from './demo.ts';
import { UsageError } from './failure.ts';
import type { DemoOptions } from './run.ts';
import type { Outcome, OwnScene, Scene } from './scene.ts';
import { scenes } from './scenes.ts';
import { summaryText } from './summary-text.ts';
import { paintOf, type Screen } from './table.ts';

/** The flags of the scenes are among them. */
type Options = DemoOptions & { readonly json?: true };

const exitCodes = { passed: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Runs the demo that the words of a command line ask for; gives the exit code. The signal stops it. */
export async function runProgram(words: readonly string[], signal: AbortSignal): Promise<number> {
  let message = '';
  let code: number = exitCodes.passed;
  const command = demoCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (message += text) })
    .action(async (options: Options) => {
      code = await run(options, signal);
    });
  try {
    await command.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    return report(error, message);
  }
}

/** The command and its options, for those who want to look at them. */
export function demoCommand(): Command {
  const command = new Command('memfleet-demo')
    .description(
      "live demo: a web shop's traffic over pooled connections to three nodes, one of which is killed and comes back",
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--seconds <number>', 'the length of the run', numberWithin(2, 86_400, 'seconds', false), 20)
    .option('--callers <number>', 'callers at the same time', numberWithin(1, 10_000, 'callers'), 300)
    .option(
      '--think <ms>',
      'mean pause of a caller between two pages; 0 = no pause',
      numberWithin(0, 60_000, 'milliseconds', false),
      150,
    )
    .option('--seed <number>', 'the same seed gives the same traffic', numberWithin(0, 0xffff_ffff, ''), 2012)
    .option('--real', 'start memcached processes instead of embedded servers')
    .addOption(
      new Option('--nodes <list>', 'use these nodes, such as a:11211,b:11211; the demo stops none of them')
        .conflicts('real')
        .argParser(nodeNames),
    );
  for (const { flag } of scenes)
    if (flag !== undefined) command.addOption(new Option(`--${flag.name}`, flag.about).conflicts([...flag.conflicts]));
  return command.option('--json', 'print the summary as one line of JSON to stdout; everything else goes to stderr');
}

/** A reader of numbers within bounds. `unit`: what the number counts, for the message. */
function numberWithin(least: number, most: number, unit: string, isWhole = true): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
    const kind = isWhole ? 'a whole number' : 'a number';
    throw new InvalidArgumentError(`It takes ${kind} from ${least} to ${most}${unit === '' ? '' : ` (${unit})`}.`);
  };
}

async function run({ json, ...options }: Options, signal: AbortSignal): Promise<number> {
  const screen = json === true ? process.stderr : process.stdout;
  try {
    const isChosen = (name = ''): boolean => (options as object as Record<string, unknown>)[name] === true;
    const scene = scenes.find(({ flag }) => isChosen(flag?.name)) ?? scenes[0];
    const outcome = await play(scene, options, screen, signal);
    screen.write(`${outcome.text(paintOf(screen)).join('\n')}\n`);
    if (json === true) process.stdout.write(`${JSON.stringify(outcome.json)}\n`);
    return outcome.ok ? exitCodes.passed : exitCodes.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    screen.write('interrupted; everything is stopped\n');
    return exitCodes.interrupted;
  }
}

async function play(
  scene: Scene | OwnScene,
  options: DemoOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<Outcome> {
  if ('play' in scene) return scene.play(options, screen, signal);
  const summary = await runDemo(scene, options, screen, signal);
  return { ok: summary.ok, text: (paint) => summaryText(summary, paint), json: summary };
}

/** The nodes as the library names them. Throws InvalidOptionError. */
function nodeNames(list: string): string[] {
  const client = createClient({ nodes: list });
  const names = client.stats().nodes.map(({ node }) => node);
  client.destroy();
  return names;
}

function say(text: string): void {
  process.stderr.write(redactMessage(text));
}

/**
 * Prints the error, without the secrets that the words may hold; gives the exit code. `message`: that of commander.
 */
function report(error: unknown, message: string): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.passed;
    say(message);
    return exitCodes.usage;
  }
  const isUsageError = error instanceof UsageError || error instanceof InvalidOptionError;
  const isKnown = isUsageError || error instanceof MemcacheError;
  const text = error instanceof Error ? (isKnown ? error.message : (error.stack ?? error.message)) : String(error);
  say(`memfleet-demo: ${text}\n`);
  return isUsageError ? exitCodes.usage : exitCodes.failed;
}
