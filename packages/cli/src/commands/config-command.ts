/** `memfleet config`: looks at configurations of the proxy without running it. What it needs is loaded when it runs. */
import { Command, Option } from 'commander';
import type { ConfigArguments } from '../proxy/origin.ts';
import { configKinds, type LoadedSettings } from '../proxy/settings.ts';

export function configCommand(): Command {
  const check = takingOrigin('check')
    .description('check a configuration, and print its problems')
    .action(async (words: string[], options: ConfigArguments) => {
      const { isMoxiText, loadConfig, tellNotes } = await import('../proxy/origin.ts');
      const loaded = loadConfig(words, options);
      tellNotes(loaded);
      const { needsLogin } = await import('../proxy/admin/needs-login.ts');
      if (needsLogin(loaded.settings))
        process.stderr.write(
          'memfleet: admin is an address that other machines can reach: without adminToken or adminUsers the proxy starts only with --insecure-admin\n',
        );
      const [file = '-z'] = words;
      process.stdout.write(`${isMoxiText(file) ? '-z' : file} is right: ${summaryOf(loaded)}\n`);
    });
  const print = takingOrigin('print')
    .description('print a configuration with all defaults and without secrets; converts those of other proxies')
    .option('--no-defaults', 'without the defaults')
    .action(async (words: string[], options: ConfigArguments & { readonly defaults: boolean }) => {
      const { loadConfig, tellNotes } = await import('../proxy/origin.ts');
      const { printSettings } = await import('../proxy/config/print.ts');
      const loaded = loadConfig(words, options);
      tellNotes(loaded);
      process.stdout.write(printSettings(loaded, options.defaults));
    });
  return new Command('config')
    .description('check and print configurations of the proxy')
    .addCommand(check)
    .addCommand(print);
}

/** A command with the options that name a configuration. */
function takingOrigin(name: string): Command {
  return new Command(name)
    .argument('[file...]', "the configuration, unless -z is given; Moxi's may stand here as well")
    .addOption(
      new Option('--as <kind>', 'whose configuration it is (default: memfleet; moxi with -z)').choices(configKinds),
    )
    .option(
      '-z, --moxi <config>',
      "Moxi's configuration, as for memfleet proxy: a text, or a file name with a . or / first",
    )
    .option('-Z, --moxi-behaviors <list>', "Moxi's behaviours: key=value,…, or a file name with a . or / first")
    .option('--refuse-redis', 'with --as nutcracker: a pool for Redis is an error');
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
