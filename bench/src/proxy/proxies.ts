/** The proxies that are compared, each with its configuration. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, freePort, startDaemon } from '../daemon.ts';
import { memfleetProgram, requireProgram } from '../programs.ts';

let directory: string | undefined;

/** Writes a file that is gone when this process ends; returns its path. */
function temporary(name: string, text: string): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'memfleet-bench-'));
    directory = made;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const addressOf = (node: Daemon): string => `127.0.0.1:${node.port}`;

/** twemproxy as its documentation sets it up: one connection to each server, nodes are not ejected. */
export async function startNutcracker(nodes: readonly Daemon[]): Promise<Daemon> {
  const [port, statsPort] = [await freePort(), await freePort()];
  const servers = nodes.map((node) => `   - ${addressOf(node)}:1`).join('\n');
  const yaml = `bench:
  listen: 127.0.0.1:${port}
  hash: fnv1a_64
  distribution: ketama
  backlog: 4096
  preconnect: true
  auto_eject_hosts: false
  server_connections: 1
  servers:
${servers}
`;
  const file = temporary(`nutcracker-${port}.yml`, yaml);
  const args = ['-c', file, '-a', '127.0.0.1', '-s', String(statsPort), '-v', '0', '-o', '/dev/null'];
  return startDaemon('test', requireProgram('nutcracker'), args, port);
}

/** memfleet's program with its defaults. */
export async function startMemfleetProxy(nodes: readonly Daemon[], frontCache: boolean): Promise<Daemon> {
  const port = await freePort();
  const cache = { type: 'front-cache', route: 'nodes', prefixes: [''], lifespan: '500ms' };
  const configuration = {
    listeners: [{ listen: `127.0.0.1:${port}`, route: frontCache ? 'cache' : 'nodes' }],
    clusters: { nodes: { nodes: nodes.map(addressOf), locator: 'ketama' } },
    ...(frontCache ? { routes: { cache } } : {}),
    log: { level: 'error' },
    watch: false,
  };
  const file = temporary(`memfleet-${port}.json`, JSON.stringify(configuration));
  return startDaemon('test', process.execPath, [memfleetProgram, 'proxy', '--config', file], port);
}
