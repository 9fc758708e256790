/** Completion for bash: one function that reads the words before the cursor. Needs no package bash-completion. */
import { type CommandEntry, everyCommand, type OptionEntry } from './command-tree.ts';

/** The script. */
export function bashCompletion(root: CommandEntry): string {
  const commands = everyCommand(root);
  return `# Completion of memfleet for bash: source <(memfleet completion bash)
_memfleet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= word index skip=
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ -n $skip ]]; then skip=; continue; fi
    case "$path $word" in
${indent(pathCases(commands), 6)}
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${indent(valueCases(commands), 4)}
  esac
  case "$path" in
${indent(commands.map(wordCase), 4)}
  esac
}
complete -o default -F _memfleet memfleet
`;
}

function indent(lines: readonly string[], columns: number): string {
  return lines.map((line) => `${' '.repeat(columns)}${line}`).join('\n');
}

/** Words that lead to a command, and options whose value is no such word. */
function pathCases(commands: readonly CommandEntry[]): readonly string[] {
  const inner = commands.filter(({ path }) => path !== '');
  return [
    ...inner.map(({ path, name }) => {
      const before = path.slice(0, -name.length).trim();
      return `"${before} ${name}") path="${path}" ;;`;
    }),
    ...commands.flatMap(({ path, options }) =>
      options.filter(({ takesValue }) => takesValue).map((option) => `${patterns(path, option)}) skip=1 ;;`),
    ),
  ];
}

function patterns(path: string, { long, short }: OptionEntry): string {
  return [long, short]
    .filter((flag) => flag !== '')
    .map((flag) => `"${path} ${flag}"`)
    .join('|');
}

/** The value of the option before the cursor. Files, and what nobody knows, are left to `-o default`. */
function valueCases(commands: readonly CommandEntry[]): readonly string[] {
  return commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map((option) => `${patterns(path, option)}) ${valuesFor(option)}return ;;`),
  );
}

function valuesFor({ values, takesFile }: OptionEntry): string {
  if (values.length > 0) return `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur")); `;
  return takesFile ? '' : 'compopt +o default 2>/dev/null; ';
}

function wordCase({ path, commands, options, arguments: taken }: CommandEntry): string {
  const flags = options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag !== '');
  const words = [...commands.map(({ name }) => name), ...taken.flatMap(({ values }) => values)];
  const isFile = taken.some(({ takesFile }) => takesFile);
  const others = words.length > 0 ? `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur"))` : '';
  const rest = isFile ? others : [others, 'compopt +o default 2>/dev/null'].filter((part) => part !== '').join('; ');
  return `"${path}") if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "${flags.join(' ')}" -- "$cur")); else ${rest === '' ? ':' : rest}; fi ;;`;
}
