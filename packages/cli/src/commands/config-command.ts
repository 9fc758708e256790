/** `memfleet config`: looks at configurations of the proxy without running it. What it needs is loaded when it runs. */
import { Command, Option } from 'commander';
import type { LoadedSettings } from '../proxy/settings.ts';

type Kind = 'memfleet' | 'nutcracker' | 'moxi';

export function configCommand(): Command {
  const kind = new Option('--as <kind>', 'whose configuration it is')
    .choices(['memfleet', 'nutcracker', 'moxi'])
    .default('memfleet');
  const check = new Command('check')
    .description('say whether a configuration is right, and what is wrong with it')
    .argument('<file>')
    .addOption(kind)
    .action(async (file: string, options: { readonly as: Kind }) => {
      const { loadAs } = await import('../proxy/origin.ts');
      const loaded = loadAs(options.as, file);
      tellNotes(loaded);
      process.stdout.write(`${file} is right: ${summaryOf(loaded)}\n`);
    });
  const print = new Command('print')
    .description(
      'print a configuration as it is understood, with all defaults, without secrets; also of other proxies, as one of ours',
    )
    .argument('<file>')
    .addOption(kind)
    .option('--no-defaults', 'only what the file says')
    .action(async (file: string, options: { readonly as: Kind; readonly defaults: boolean }) => {
      const { loadAs } = await import('../proxy/origin.ts');
      const { printSettings } = await import('../proxy/config/print.ts');
      const loaded = loadAs(options.as, file);
      tellNotes(loaded);
      process.stdout.write(printSettings(loaded, options.defaults));
    });
  return new Command('config').description('look at configurations of the proxy').addCommand(check).addCommand(print);
}

function tellNotes({ notes }: LoadedSettings): void {
  for (const note of notes) process.stderr.write(`memfleet: ${note}\n`);
}

function summaryOf({ settings: { proxy, workers } }: LoadedSettings): string {
  const parts = [
    count(proxy.listeners.length, 'listener'),
    count(Object.keys(proxy.routes ?? {}).length, 'route'),
    count(Object.keys(proxy.clusters).length, 'cluster'),
    count(workers, 'process', 'processes'),
  ];
  return parts.join(', ');
}

function count(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}
