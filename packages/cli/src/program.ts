/** The command line: what there is, and what becomes of errors. */
import { Command, CommanderError } from 'commander';
import { InvalidOptionError, MemcacheError, version } from 'memfleet';
import { clusterCommand } from './commands/cluster-command.ts';
import { configCommand } from './commands/config-command.ts';
import { demoCommand } from './commands/demo-command.ts';
import { keyCommands } from './commands/key-commands.ts';
import { locateCommand } from './commands/locate-command.ts';
import { proxyCommand, proxyWorkerCommand } from './commands/proxy-command.ts';
import { serverCommand } from './commands/server-command.ts';
import { exitCodes, MisuseError } from './failure.ts';

export function createProgram(): Command {
  const program = new Command('memfleet')
    .description('Run, watch and load memcached fleets')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command');
  const commands = [
    demoCommand(),
    serverCommand(),
    proxyCommand(),
    clusterCommand(),
    configCommand(),
    locateCommand(),
    ...keyCommands(),
  ];
  for (const command of commands) program.addCommand(inherit(command));
  program.addCommand(inherit(proxyWorkerCommand()), { hidden: true });
  return inherit(program);
}

/** Runs the program; sets the exit code of the process. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function inherit(command: Command): Command {
  return command.exitOverride().showSuggestionAfterError();
}

/** Says what is wrong, unless it was said; gives the exit code. */
function report(error: unknown): number {
  // commander has written its message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.misused;
  const isMisuse = error instanceof MisuseError || error instanceof InvalidOptionError;
  if (isMisuse || error instanceof MemcacheError) {
    process.stderr.write(`memfleet: ${error.message}\n`);
    return isMisuse ? exitCodes.misused : exitCodes.failed;
  }
  process.stderr.write(`memfleet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.failed;
}
