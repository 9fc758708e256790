/** The command line: what there is, and what becomes of errors. Only the command that is asked for is read. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commands, hiddenCommands } from './command-table.ts';
import { exitCodes, UsageError } from './failure.ts';
import { helpStyle } from './help/help-style.ts';

/**
 * The program with the command that `words` name; with all of them when they name none. `complain` takes what is wrong
 * with the words.
 */
export async function createProgram(
  words: readonly string[],
  complain: (text: string) => void = () => {},
): Promise<Command> {
  const program = new Command('memfleet')
    .description('Inspect, change and run memcached fleets')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('print the help of a command').helpGroup('More:'),
    );
  const [first, second] = words.filter((word) => !word.startsWith('-'));
  const asked = (first === 'help' ? second : first) ?? '';
  const one = commands.get(asked) ?? hiddenCommands.get(asked);
  const isVersion = first === undefined && words.some((word) => word === '-V' || word === '--version');
  const wanted = one !== undefined ? [one] : isVersion ? [] : commands.values();
  for (const make of wanted) program.addCommand(await make(() => createProgram([])));
  return settle(program, complain);
}

/** Errors are thrown by the command, and by those within it; `complain` takes their words. */
function settle(command: Command, complain: (text: string) => void): Command {
  command.exitOverride().showSuggestionAfterError().configureHelp(helpStyle).configureOutput({ writeErr: complain });
  for (const inner of command.commands) settle(inner, complain);
  return command;
}

/** Runs the program; sets the exit code of the process. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  let complaint = '';
  try {
    const program = await createProgram(argv.slice(2), (text) => {
      complaint += text;
    });
    await program.parseAsync(withoutHelp(argv));
  } catch (error) {
    process.exitCode = await report(error, complaint);
  }
}

/** `help nope` is an unknown command, and said to be one; commander would print the help of all commands. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  const [node = '', program = '', first, second] = argv;
  const isUnknown = first === 'help' && second !== undefined && !/^-|^help$/.test(second) && !commands.has(second);
  return isUnknown ? [node, program, second] : argv;
}

/** That of the package; a test compares it with the library's. */
function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Errors of a call that are mistakes of the command line: nothing was sent. */
const usageCodes: ReadonlySet<string> = new Set(['ERR_INVALID_KEY', 'ERR_INVALID_ARGUMENT', 'ERR_UNSUPPORTED']);

/**
 * Says what is wrong, without the secrets that the words may hold; gives the exit code. `complaint`: what commander
 * said.
 */
async function report(error: unknown, complaint: string): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  // Read here, as a command that goes well does not need it.
  const { InvalidOptionError, MemcacheError, redactMessage } = await import('memfleet/server');
  const say = (text: string): unknown => process.stderr.write(redactMessage(text));
  if (error instanceof CommanderError) {
    say(complaint);
    return exitCodes.usage;
  }
  if (error instanceof UsageError) {
    say(`memfleet: ${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof MemcacheError) {
    // What a library below says may have several lines.
    say(`memfleet: ${error.message.trim().replaceAll(/\s*[\r\n]\s*/g, ' ')}\n`);
    return error instanceof InvalidOptionError || usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed;
  }
  say(`memfleet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.failed;
}
