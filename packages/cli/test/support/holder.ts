/**
 * A process that holds listening sockets, accepts nobody, and starts the program with them, as a service manager does
 * for a socket unit. The sockets are descriptors 3, 4 … there and in the program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { firstWords, program } from './program.ts';

/** What runs there. `$$` is the pid of the program, as `exec` keeps it. */
const code = `
const { spawn } = require('node:child_process');
process.on('message', ({ program, args, sockets, names }) => {
  const env = { ...process.env, LISTEN_FDS: String(sockets), LISTEN_FDNAMES: names };
  const stdio = ['ignore', 'inherit', 'inherit', ...Array.from({ length: sockets }, (_, index) => 3 + index)];
  const child = spawn('/bin/sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', program, ...args], { env, stdio });
  process.send({ pid: child.pid });
  child.once('exit', (code, signal) => process.send({ ended: code ?? signal }));
});
process.once('disconnect', () => process.exit());
`;

/** One run of the program with the sockets. */
export interface HeldRun {
  readonly pid: number;
  /** Fulfils with the exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

/** A holder process; it ends with the test, and the program with it. */
export class Holder {
  readonly #child: ChildProcess;
  /** `host:port` of each socket. */
  readonly addresses: readonly string[];
  output = '';
  #look: () => void = () => {};

  private constructor(child: ChildProcess, addresses: readonly string[]) {
    this.#child = child;
    this.addresses = addresses;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => {
        this.output += text.toString();
        this.#look();
      });
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  static async open(sockets: number): Promise<Holder> {
    const servers = await Promise.all(Array.from({ length: sockets }, listening));
    const descriptors = servers.map(
      (server) => (server as Server & { readonly _handle: { readonly fd: number } })._handle.fd,
    );
    const addresses = servers.map((server) => `127.0.0.1:${(server.address() as { readonly port: number }).port}`);
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'pipe', ...descriptors, 'ipc'] });
    await once(child, 'spawn');
    // From now on nobody accepts.
    for (const server of servers) server.close();
    return new Holder(child, addresses);
  }

  /** Starts the program with the first `sockets` of them. */
  async run(args: readonly string[], names = '', sockets: number = this.addresses.length): Promise<HeldRun> {
    this.#child.send({ program, args: [...firstWords, ...args], sockets, names });
    const [{ pid }] = (await once(this.#child, 'message')) as [{ readonly pid: number }];
    onTestFinished(() => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    });
    const ended = once(this.#child, 'message').then(([word]) => (word as { readonly ended: number | string }).ended);
    return { pid, ended };
  }

  /** Fulfils as soon as the output has this. */
  shows(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (pattern.test(this.output)) resolve();
      };
      this.#look();
    });
  }
}

async function listening(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
