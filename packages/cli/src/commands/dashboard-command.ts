/** `memfleet dashboard`: the page of the proxy for a fleet without one. What it needs is loaded when it runs. */
import { Command } from 'commander';
import { addFleetOptions, clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { addressForms, type ListenAddress, listenAddress, numberWithin } from '../option-values.ts';

interface Options extends FleetArguments {
  readonly listen: ListenAddress;
  readonly interval: number;
  readonly hostName?: readonly string[];
  readonly adminTokenFile?: string;
  readonly insecureAdmin?: true;
}

/** The port of the endpoints of the proxy is 9311. */
const defaultAddress = '127.0.0.1:9312';

/** Milliseconds that a node may take to reply. */
const defaultTimeout = 1000;

export function dashboardCommand(): Command {
  const command = new Command('dashboard')
    .description('serve a live page about a fleet without a proxy, and its metrics for Prometheus')
    .option('--listen <address>', addressForms, listenAddress, listenAddress(defaultAddress))
    .option('--interval <ms>', 'time between two samples while a page is open', numberWithin(200, 60_000, 'ms'), 1000)
    .option('--host-name <name>', 'a host name that requests for the page may use; may be repeated', collect)
    .option('--admin-token-file <file>', 'a file with the secret that gives access to the page')
    .option('--insecure-admin', 'need no login on an address that other machines can reach');
  command.options.find(({ long }) => long === '--listen')?.default(listenAddress(defaultAddress), defaultAddress);
  return addFleetOptions(command).action(async (options: Options) => {
    const { runDashboard } = await import('../dashboard/run-dashboard.ts');
    await runDashboard(clientOptionsOf(options), {
      listen: options.listen,
      interval: options.interval,
      timeout: options.timeout ?? defaultTimeout,
      hosts: options.hostName ?? [],
      tokenFile: options.adminTokenFile,
      isInsecure: options.insecureAdmin === true,
    });
  });
}

function collect(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name];
}
