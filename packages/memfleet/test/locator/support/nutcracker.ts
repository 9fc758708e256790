/**
 * The real twemproxy as a judge:
 *
 *   keys ─▶ nutcracker, one Unix socket per pool ─▶ listeners, one per server, that answer every key with their index
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocatorNode } from '../../../src/cluster/locator/locator.ts';
import { serverName } from '../../../src/cluster/locator/node-name.ts';

/** A pool of its configuration. */
export interface ProxyPool {
  readonly name: string;
  readonly distribution: 'ketama' | 'modula' | 'random';
  readonly hash: string;
  readonly hashTag?: string;
  readonly nodes: readonly LocatorNode[];
}

/** A running nutcracker. */
export interface Nutcracker {
  /** The index of the node that each key (a byte string) goes to in a pool. */
  owners(pool: string, keys: readonly string[]): Promise<number[]>;
  stop(): Promise<void>;
}

/** Starts listeners for the largest fleet, and nutcracker in front of them. */
export async function startNutcracker(program: string, pools: readonly ProxyPool[]): Promise<Nutcracker> {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-nutcracker-'));
  const size = Math.max(...pools.map((pool) => pool.nodes.length));
  const listeners = await Promise.all(Array.from({ length: size }, (_, index) => answerWith(index)));
  const ports = listeners.map(portOf);
  writeFileSync(join(directory, 'conf'), pools.map((pool) => poolConfig(pool, ports, directory)).join(''));
  const stats = await answerWith(0);
  const statsPort = portOf(stats);
  await closed(stats);
  const args = [
    '-c',
    join(directory, 'conf'),
    '-s',
    String(statsPort),
    '-a',
    '127.0.0.1',
    '-o',
    join(directory, 'log'),
  ];
  const child = spawn(program, args, { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new AbortController();
  void gone.then(() => ended.abort());
  return {
    owners: async (pool, keys) => readOwners(await connected(join(directory, pool), ended.signal), keys),
    stop: async () => {
      child.kill('SIGKILL');
      await gone;
      await Promise.all(listeners.map(closed));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function poolConfig(pool: ProxyPool, ports: readonly number[], directory: string): string {
  const servers = pool.nodes.map((node, i) => `   - 127.0.0.1:${ports[i]}:${node.weight} ${serverName(node)}\n`);
  const tag = pool.hashTag === undefined ? '' : `  hash_tag: "${pool.hashTag}"\n`;
  return (
    `${pool.name}:\n  listen: ${join(directory, pool.name)}\n  hash: ${pool.hash}\n  distribution: ${pool.distribution}\n${tag}` +
    `  auto_eject_hosts: false\n  servers:\n${servers.join('')}`
  );
}

/** A server that answers `get` with a value for each key: `index`. */
function answerWith(index: number): Promise<Server> {
  const server = createServer((socket) => {
    let rest = '';
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop()!;
      socket.write(lines.map((line) => answer(line, String(index))).join(''), 'latin1');
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function answer(line: string, value: string): string {
  const keys = line
    .split(' ')
    .slice(1)
    .filter((key) => key !== '');
  return `${keys.map((key) => `VALUE ${key} 0 ${value.length}\r\n${value}\r\n`).join('')}END\r\n`;
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function connected(path: string, ended: AbortSignal): Promise<Socket> {
  while (!ended.aborted) {
    const socket = connect({ path });
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (open) return socket;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('nutcracker ended');
}

async function readOwners(socket: Socket, keys: readonly string[]): Promise<number[]> {
  const owner = new Map<string, number>();
  const wanted = new Set(keys).size;
  let rest = '';
  socket.setEncoding('latin1');
  const all = new Promise<void>((resolve, reject) => {
    socket.once('close', () => reject(new Error('nutcracker closed the connection')));
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop()!;
      // A VALUE line whose value has not come yet waits for the next chunk.
      if (lines.at(-1)?.startsWith('VALUE ') === true) rest = `${lines.pop()!}\r\n${rest}`;
      for (const [i, line] of lines.entries())
        if (line.startsWith('VALUE ')) owner.set(line.split(' ')[1]!, Number(lines[i + 1]));
        else if (line.includes('ERROR')) reject(new Error(`nutcracker: ${line}`));
      if (owner.size === wanted) resolve();
    });
  });
  for (let i = 0; i < keys.length; i += 100) socket.write(`get ${keys.slice(i, i + 100).join(' ')}\r\n`, 'latin1');
  await all;
  socket.destroy();
  return keys.map((key) => owner.get(key)!);
}
