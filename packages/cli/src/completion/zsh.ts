/** Completion for zsh: from a file `_memfleet` on `fpath`, or by `source <(memfleet completion zsh)`. */
import { type CommandEntry, everyCommand, type OptionEntry } from './command-tree.ts';

/** The script. */
export function zshCompletion(root: CommandEntry): string {
  return `#compdef memfleet
# Completion of memfleet for zsh: source <(memfleet completion zsh)
${everyCommand(root).map(functionOf).join('\n')}
if [[ "\${funcstack[1]}" == _memfleet ]]; then _memfleet "$@"; else compdef _memfleet memfleet; fi
`;
}

/** `_memfleet`, `_memfleet_config_check`. */
function nameOf(path: string): string {
  return ['_memfleet', ...path.split(' ').filter((word) => word !== '')].join('_').replaceAll('-', '_');
}

function functionOf(command: CommandEntry): string {
  const { path, commands, options } = command;
  const specs = options.flatMap(specsOf);
  if (commands.length === 0)
    return `${nameOf(path)}() {\n  _arguments -s -S ${inLines([...specs, ...argumentsOf(command)])}\n}`;
  const words = commands.map(({ name, description }) => `${name.replaceAll(':', '\\:')}:${description}`);
  const cases = commands.map(({ name, path: inner }) => `      ${name}) ${nameOf(inner)} ;;`);
  return `${nameOf(path)}() {
  local curcontext=$curcontext state line
  local -a commands=(${inLines(words)})
  _arguments -s -C ${inLines([...specs, '1: :->command', '*:: :->rest'])}
  case $state in
    command) _describe -t commands command commands ;;
    rest) case $words[1] in
${cases.join('\n')}
    esac ;;
  esac
}`;
}

/** One for each form of the option, which excludes the other form. */
function specsOf({ long, short, summary, takesValue, values, takesFile }: OptionEntry): readonly string[] {
  const forms = [short, long].filter((flag) => flag !== '');
  const excluded = forms.length > 1 ? `(${forms.join(' ')})` : '';
  const value = takesValue ? `:value:${actionFor(values, takesFile)}` : '';
  return forms.map((flag) => `${excluded}${flag}[${escaped(summary)}]${value}`);
}

function argumentsOf({ arguments: taken }: CommandEntry): readonly string[] {
  return taken.map(({ term, values, takesFile }) => {
    const isLast = term.endsWith('...');
    return `${isLast ? '*' : ''}:${escaped(term.replace('...', ''))}:${actionFor(values, takesFile)}`;
  });
}

/** A blank: there is nothing to propose. */
function actionFor(values: readonly string[], takesFile: boolean): string {
  if (values.length > 0) return `(${values.join(' ')})`;
  return takesFile ? '_files' : ' ';
}

/** Escapes what has a meaning in the specifications of `_arguments`. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, (mark) => `\\${mark}`);
}

/** A word a line. */
function inLines(words: readonly string[]): string {
  return words.map(quoted).join(' \\\n    ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
