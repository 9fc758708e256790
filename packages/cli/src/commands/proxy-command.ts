/**
 * `memfleet proxy`: see proxy/run/proxy-program.ts. What it needs is loaded when it runs, so that the other commands
 * start fast.
 */
import { Command, Option } from 'commander';
import { addressForms, listenAddress, numberWithin, word } from '../option-values.ts';
import type { OriginArguments } from '../proxy/command-line.ts';
import { logFormats, logLevels } from '../proxy/log-settings.ts';

export function proxyCommand(): Command {
  return new Command('proxy')
    .description('run the proxy: it serves clients of any memcached protocol over few connections to the nodes')
    .argument('[url...]', "Moxi's configuration, as with -z")
    .option('-c, --config <file>', 'the configuration file, YAML or JSON; reloaded when it changes, and at SIGHUP')
    .option('-l, --listen <address>', addressForms, listenAddress)
    .option('-n, --nodes <list>', 'the nodes, such as a:11211,b:11211')
    .option('--locator <name>', 'how a key finds its node (default: ketama)')
    .option('--couchbase <url>', 'a bucket, such as couchbase://user:password@host1,host2/bucket or http://host:8091')
    .option('--password-file <file>', 'a file with name:password, the login at the nodes')
    .option('--nutcracker <file>', "read twemproxy's configuration; its pools for Redis are ignored")
    .option('--refuse-redis', 'with --nutcracker: a pool for Redis is an error')
    .option(
      '-z, --moxi <config>',
      "Moxi's configuration: PORT=host:port,…, PORT={…}, url=http://…, or a file name with a . or / first",
    )
    .option('-Z, --moxi-behaviors <list>', "Moxi's behaviours: key=value,…, or a file name with a . or / first")
    .option('--allow-flush', 'forward flush_all, cache_memlimit and the like to all nodes; refused without it')
    .option(
      '--advertise-version <version>',
      'the version in the reply to `version`, by which clients choose features (default: 1.6.18)',
      word,
    )
    .option(
      '--hot-keys <number>',
      'find the keys that clients use most, and show this many of them',
      numberWithin(0, 1000, 'keys'),
    )
    .option('-w, --workers <number>', 'processes that share the listeners', numberWithin(1, 1024, 'processes'))
    .addOption(
      new Option('--accept <process>', 'who accepts the clients of several workers').choices(['workers', 'supervisor']),
    )
    .option('--admin <address>', 'the address of the dashboard, /metrics, /healthz and /readyz', listenAddress)
    .option('--admin-token-file <file>', 'a file with the secret that gives access to what is at --admin')
    .option('--insecure-admin', 'need no login for --admin on an address that other machines can reach')
    .addOption(new Option('--log-level <level>', 'the least severe level to log').choices(logLevels))
    .addOption(new Option('--log-format <format>', 'the format of the log').choices(logFormats))
    .option('--no-watch', 'do not reload files when they change')
    .action(async (urls: readonly string[], options: OriginArguments, command: Command) => {
      // `--no-watch` has a default of its own, which must not override the file.
      const isGiven = ([name]: [string, unknown]): boolean => command.getOptionValueSource(name) !== 'default';
      const given: OriginArguments = Object.fromEntries(Object.entries(options).filter(isGiven));
      const { runProxy } = await import('../proxy/run/run-proxy.ts');
      await runProxy(urls, given);
    });
}

/** The command that worker processes run; not for people. */
export function proxyWorkerCommand(): Command {
  return new Command('proxy-worker').action(async () => {
    const { Worker } = await import('../proxy/run/worker.ts');
    new Worker().run();
  });
}
