/** The command line: its commands, and how it reports errors. Only the command that the line names is loaded. */
import { Command, CommanderError } from 'commander';
import { commands, hiddenCommands } from './command-table.ts';
import { exitCodes, UsageError } from './failure.ts';
import { helpStyle } from './help/help-style.ts';
import { readOwnFile } from './own-program.ts';

/**
 * The program with the command that `words` name; with all commands when they name none. `writeError` receives
 * commander's messages about the words.
 */
export async function createProgram(
  words: readonly string[],
  writeError: (text: string) => void = () => {},
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
  // Behind this one every word is the command's own, -h and -V included.
  if (one === undefined || asked === 'memcached') program.enablePositionalOptions();
  const isVersion = first === undefined && words.some((word) => word === '-V' || word === '--version');
  const wanted = one !== undefined ? [one] : isVersion ? [] : commands.values();
  for (const make of wanted) program.addCommand(await make(() => createProgram([])));
  return settle(program, writeError);
}

/** The command and its subcommands throw errors instead of exiting; `writeError` receives the messages. */
function settle(command: Command, writeError: (text: string) => void): Command {
  command.exitOverride().showSuggestionAfterError().configureHelp(helpStyle).configureOutput({ writeErr: writeError });
  for (const inner of command.commands) settle(inner, writeError);
  return command;
}

/** Runs the program; sets the exit code of the process. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  let message = '';
  try {
    const program = await createProgram(argv.slice(2), (text) => {
      message += text;
    });
    await program.parseAsync(withoutHelp(argv));
  } catch (error) {
    process.exitCode = await report(error, message);
  }
}

/** `help nope` is reported as an unknown command; commander would print the help of all commands. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  const [node = '', program = '', first, second] = argv;
  const isUnknown = first === 'help' && second !== undefined && !/^-|^help$/.test(second) && !commands.has(second);
  return isUnknown ? [node, program, second] : argv;
}

/** That of the package; a test compares it with the library's. */
function version(): string {
  return (JSON.parse(readOwnFile('package.json').toString()) as { readonly version: string }).version;
}

/** Codes of errors that are mistakes on the command line: nothing was sent. */
const usageCodes: ReadonlySet<string> = new Set(['ERR_INVALID_KEY', 'ERR_INVALID_ARGUMENT', 'ERR_UNSUPPORTED']);

/**
 * Prints the error without the secrets that the words may hold; gives the exit code. `message`: that of commander.
 */
async function report(error: unknown, message: string): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  // Loaded here, as a command that succeeds does not need it.
  const { InvalidOptionError, MemcacheError, redactMessage } = await import('memfleet/server');
  const say = (text: string): unknown => process.stderr.write(redactMessage(text));
  if (error instanceof CommanderError) {
    say(message);
    return exitCodes.usage;
  }
  if (error instanceof UsageError) {
    say(`memfleet: ${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof MemcacheError) {
    // The message of a library below may have several lines.
    say(`memfleet: ${error.message.trim().replaceAll(/\s*[\r\n]\s*/g, ' ')}\n`);
    return error instanceof InvalidOptionError || usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed;
  }
  say(`memfleet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.failed;
}
