/** The commands of the program. Each is loaded only when it is asked for, or when all of them are shown. */
import type { Command } from 'commander';

/** `whole` makes the program with all of its commands. */
type Make = (whole: () => Promise<Command>) => Promise<Command>;

/** In the list of all commands the first part of its description stands for it. */
const group = async (heading: string, making: Promise<Command>): Promise<Command> => {
  const command = await making;
  const [summary = ''] = command.description().split(/[;:]/);
  return command.summary(summary).helpGroup(`${heading}:`);
};

const running = (command: Promise<Command>): Promise<Command> => group('Servers', command);
const keys = (command: Promise<Command>): Promise<Command> => group('Keys', command);
const nodes = (command: Promise<Command>): Promise<Command> => group('Nodes', command);
const more = (command: Promise<Command>): Promise<Command> => group('More', command);

/** The server of a small `--memory` must not have a young generation that grew while its modules were loaded. */
async function loadServer(): Promise<Command> {
  const { holdYoungGeneration, nameSmallMemory } = await import('./commands/young-generation.ts');
  if (nameSmallMemory(process.argv)) holdYoungGeneration();
  const { serverCommand } = await import('./commands/server-command.ts');
  return serverCommand();
}

/** The commands by name, in the order of the help. */
export const commands: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['get', () => keys(import('./commands/get-command.ts').then((file) => file.getCommand()))],
  ['set', () => keys(import('./commands/store-commands.ts').then((file) => file.setCommand()))],
  ['add', () => keys(import('./commands/store-commands.ts').then((file) => file.addCommand()))],
  ['cas', () => keys(import('./commands/store-commands.ts').then((file) => file.casCommand()))],
  ['delete', () => keys(import('./commands/key-commands.ts').then((file) => file.deleteCommand()))],
  ['touch', () => keys(import('./commands/key-commands.ts').then((file) => file.touchCommand()))],
  ['ttl', () => keys(import('./commands/key-commands.ts').then((file) => file.ttlCommand()))],
  ['incr', () => keys(import('./commands/key-commands.ts').then((file) => file.incrCommand()))],
  ['decr', () => keys(import('./commands/key-commands.ts').then((file) => file.decrCommand()))],
  ['keys', () => keys(import('./commands/keys-command.ts').then((file) => file.keysCommand()))],
  ['copy', () => keys(import('./commands/copy-command.ts').then((file) => file.copyCommand()))],
  ['dump', () => keys(import('./commands/snapshot-commands.ts').then((file) => file.dumpCommand()))],
  ['restore', () => keys(import('./commands/snapshot-commands.ts').then((file) => file.restoreCommand()))],
  ['ping', () => nodes(import('./commands/node-commands.ts').then((file) => file.pingCommand()))],
  ['stats', () => nodes(import('./commands/node-commands.ts').then((file) => file.statsCommand()))],
  ['flush', () => nodes(import('./commands/node-commands.ts').then((file) => file.flushCommand()))],
  ['locate', () => nodes(import('./commands/locate-command.ts').then((file) => file.locateCommand()))],
  ['load', () => nodes(import('./commands/load-command.ts').then((file) => file.loadCommand()))],
  ['top', () => nodes(import('./commands/top-command.ts').then((file) => file.topCommand()))],
  ['doctor', () => nodes(import('./commands/doctor-command.ts').then((file) => file.doctorCommand()))],
  ['server', () => running(loadServer())],
  ['memcached', () => running(import('./commands/memcached-command.ts').then((file) => file.memcachedCommand()))],
  ['proxy', () => running(import('./commands/proxy-command.ts').then((file) => file.proxyCommand()))],
  ['dashboard', () => running(import('./commands/dashboard-command.ts').then((file) => file.dashboardCommand()))],
  ['config', () => running(import('./commands/config-command.ts').then((file) => file.configCommand()))],
  ['cluster', () => running(import('./commands/cluster-command.ts').then((file) => file.clusterCommand()))],
  ['demo', () => more(import('./commands/demo-command.ts').then((file) => file.demoCommand()))],
  [
    'completion',
    (whole) => more(import('./commands/completion-command.ts').then((file) => file.completionCommand(whole))),
  ],
]);

/** Commands that are not for people. */
export const hiddenCommands: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['proxy-worker', () => import('./commands/proxy-command.ts').then((file) => file.proxyWorkerCommand())],
]);
