/** Completion for fish: `memfleet completion fish | source`, or a file in `~/.config/fish/completions`. */
import { type CommandEntry, everyCommand, type OptionEntry } from './command-tree.ts';

/** The script. */
export function fishCompletion(root: CommandEntry): string {
  const commands = everyCommand(root);
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const valued = [
    ...new Set(
      commands.flatMap(({ options }) =>
        options.filter(({ takesValue }) => takesValue).flatMap(({ long, short }) => [long, short]),
      ),
    ),
  ].filter((flag) => flag !== '');
  return `# Completion of memfleet for fish: memfleet completion fish | source
function __memfleet_at
    set -l path ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        if contains -- $word ${valued.join(' ')}
            set skip 1
            continue
        end
        set -l next (string trim -- "$path $word")
        if contains -- $next ${paths.join(' ')}
            set path $next
        end
    end
    test "$path" = "$argv[1]"
end
complete -c memfleet -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: CommandEntry): readonly string[] {
  const { path, commands, options, arguments: taken } = command;
  const start = `complete -c memfleet -n ${quoted(`__memfleet_at ${quoted(path)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${start} -a ${quoted(name)} -d ${quoted(description)}`),
    ...options.map((option) => `${start}${flagsOf(option)} -d ${quoted(option.summary)}`),
    ...taken.filter(({ values }) => values.length > 0).map(({ values }) => `${start} -a ${quoted(values.join(' '))}`),
    ...(taken.some(({ takesFile }) => takesFile) ? [`${start} -F`] : []),
  ];
}

function flagsOf({ long, short, takesValue, values, takesFile }: OptionEntry): string {
  const forms = `${short === '' ? '' : ` -s ${short.slice(1)}`}${long === '' ? '' : ` -l ${long.slice(2)}`}`;
  if (!takesValue) return forms;
  if (values.length > 0) return `${forms} -x -a ${quoted(values.join(' '))}`;
  return `${forms} ${takesFile ? '-r -F' : '-x'}`;
}

/** In single quotes only these two have a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (mark) => `\\${mark}`)}'`;
}
