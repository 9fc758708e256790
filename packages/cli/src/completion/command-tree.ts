/**
 * The commands of the program as completion scripts and the man page need them: plain data, made of commander's tree.
 */
import type { Argument, Command, Option } from 'commander';

/** An option. */
export interface OptionEntry {
  /** `--tls`; empty where it has only a short form. */
  readonly long: string;
  /** `-n`; empty where it has none. */
  readonly short: string;
  /** As the help writes it: `-n, --nodes <list>`. */
  readonly term: string;
  /** As the help writes it, with its default and choices. */
  readonly description: string;
  /** The same without them. */
  readonly summary: string;
  readonly takesValue: boolean;
  /** The values that it takes, where they are known. */
  readonly values: readonly string[];
  readonly takesFile: boolean;
}

/** An argument. */
export interface ArgumentEntry {
  readonly term: string;
  readonly description: string;
  readonly values: readonly string[];
  readonly takesFile: boolean;
}

/** A command, and those within it. */
export interface CommandEntry {
  /** Its words without the program's: `config check`; empty for the program. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** Behind the words of the command. */
  readonly usage: string;
  readonly options: readonly OptionEntry[];
  readonly arguments: readonly ArgumentEntry[];
  readonly commands: readonly CommandEntry[];
}

/** Options whose values complete from a list that commander does not know, by long name. */
export type KnownValues = ReadonlyMap<string, readonly string[]>;

/** Reads the tree. */
export function readTree(program: Command, known: KnownValues = new Map()): CommandEntry {
  const root = readCommand(program, '', known);
  const names = root.commands.map(({ name }) => name);
  return {
    ...root,
    commands: root.commands.map((command) => (command.name === 'help' ? helpOn(command, names) : command)),
  };
}

/** The argument of `help` is the name of a command. */
function helpOn(help: CommandEntry, names: readonly string[]): CommandEntry {
  return { ...help, arguments: help.arguments.map((argument) => ({ ...argument, values: names })) };
}

function readCommand(command: Command, path: string, known: KnownValues): CommandEntry {
  const help = command.createHelp();
  const inner = help.visibleCommands(command).filter((one) => path === '' || one.name() !== 'help');
  return {
    path,
    name: command.name(),
    description: command.description(),
    usage: command.usage(),
    options: help.visibleOptions(command).map((option) => ({
      ...readOption(option, known),
      term: help.optionTerm(option),
      description: help.optionDescription(option),
    })),
    arguments: command.registeredArguments.map((argument) => ({
      ...readArgument(argument),
      term: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    commands: inner.map((one) => readCommand(one, `${path} ${one.name()}`.trim(), known)),
  };
}

function readOption(option: Option, known: KnownValues): Omit<OptionEntry, 'term' | 'description'> {
  const { long = '', short = '', flags, description, argChoices, required, optional } = option;
  return {
    long,
    short,
    summary: description,
    takesValue: required || optional,
    values: argChoices ?? known.get(long) ?? [],
    takesFile: /<file>/.test(flags),
  };
}

function readArgument(argument: Argument): Pick<ArgumentEntry, 'values' | 'takesFile'> {
  return { values: argument.argChoices ?? [], takesFile: argument.name() === 'file' };
}

/** The command and all within it, the outer ones first. */
export function everyCommand(root: CommandEntry): readonly CommandEntry[] {
  return [root, ...root.commands.flatMap(everyCommand)];
}
