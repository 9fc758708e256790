/**
 * `memfleet completion`: scripts with which shells complete the command line. They are made of the commands themselves.
 */
import { Argument, Command } from 'commander';
import { locatorProfiles } from 'memfleet/locator';
import { bashCompletion } from '../completion/bash.ts';
import { type CommandEntry, readTree } from '../completion/command-tree.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { addNotes } from '../help/help-style.ts';

const shells: Readonly<Record<string, (root: CommandEntry) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `whole` makes the program whose command line is completed. */
export function completionCommand(whole: () => Promise<Command>): Command {
  const command = new Command('completion')
    .description('print the script with which a shell completes this command')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(shells)))
    .action(async (shell: string) => {
      const locators = locatorProfiles.map(({ name }) => name);
      const root = readTree(await whole(), new Map([['--locator', locators]]));
      process.stdout.write(shells[shell]?.(root) ?? '');
    });
  return addNotes(
    command,
    `For every new shell:
  # bash, in ~/.bashrc
  source <(memfleet completion bash)
  # zsh, in ~/.zshrc, after compinit
  source <(memfleet completion zsh)
  # fish, in ~/.config/fish/config.fish
  memfleet completion fish | source`,
  );
}
