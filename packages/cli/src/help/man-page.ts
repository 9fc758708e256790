/** The man page, made of the help: `man memfleet`. Requests are those of man(7), which groff and mandoc both know. */
import { type CommandEntry, everyCommand } from '../completion/command-tree.ts';

/** What the help does not say. */
export interface ManPageFacts {
  readonly version: string;
  /** The day it was made, such as 2026-01-31. */
  readonly date: string;
}

/** The page as troff source. */
export function manPage(root: CommandEntry, { version, date }: ManPageFacts): string {
  const commands = everyCommand(root).filter(({ path, commands: inner }) => path !== '' && inner.length === 0);
  return [
    `.TH MEMFLEET 1 "${date}" ${argument(`memfleet ${version}`)} "User commands"`,
    '.SH NAME',
    `memfleet \\- ${text(lowerFirst(root.description))}`,
    '.SH SYNOPSIS',
    '.B memfleet',
    text(root.usage),
    '.SH OPTIONS',
    ...root.options.flatMap(({ term, description }) => item(term, description)),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH "EXIT STATUS"',
    ...exitStatus.flatMap(([code, meaning]) => item(code, meaning)),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, meaning]) => item(name, meaning)),
    '',
  ].join('\n');
}

const exitStatus = [
  ['0', 'Success. Servers that SIGINT or SIGTERM stops end with it as well.'],
  ['1', 'Failure: a node does not answer, or a key does not exist.'],
  ['2', 'Usage error: a wrong option, or a file or name that does not exist.'],
  ['130', 'Ctrl-C ended a command that is no server.'],
] as const;

const environment = [
  ['MEMFLEET_PASSWORD', 'The password for the nodes; the user is that of --username or of the connection string.'],
  ['NO_COLOR, FORCE_COLOR', 'Help without colours, or with them where it is not printed on a terminal.'],
  ['NODE_DEBUG=memfleet', 'Print what connections and commands do on standard error.'],
] as const;

function commandLines({ path, description, usage, options, arguments: taken }: CommandEntry): readonly string[] {
  return [
    `.SS ${argument(`memfleet ${path} ${usage}`)}`,
    text(`${upperFirst(description)}.`),
    ...taken.flatMap(({ term, description: about }) => item(term, about)),
    ...options.flatMap(({ term, description: about }) => item(term, about)),
  ];
}

function item(term: string, description: string): readonly string[] {
  return ['.TP', `.B ${text(term)}`, text(description)];
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

function upperFirst(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A line of text: a `-` that is none of typography's, and nothing at its start that is a request. */
function text(line: string): string {
  const escaped = line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('\n', ' ')
    .replaceAll(/[^\x20-\x7e]/gu, (character) => `\\[u${hexOf(character)}]`);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function argument(words: string): string {
  return `"${text(words).replaceAll('"', '\\(dq')}"`;
}
