/** `memfleet proxy` as a process of its own: its log tells where it listens and what becomes of the nodes, its endpoints how many connections there are. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { memfleetCommand } from './memfleet-command.ts';
import type { SubjectNode } from './subject.ts';

/** A line of its log. */
export type ProxyLine = Readonly<Record<string, unknown>> & { readonly message?: string };

/** See the head of this file. It ends with this process, however that ends. */
export class ProxyProcess {
  readonly #child: ChildProcess;
  readonly #onLine: (line: ProxyLine) => void;
  readonly #ended: Promise<number | null>;
  #address = '';
  #admin = '';
  #complaint = '';

  private constructor(config: string, onLine: (line: ProxyLine) => void) {
    this.#onLine = onLine;
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    this.#child = fork(memfleetCommand, ['proxy', '--config', config, '--log-format', 'json'], {
      stdio: [...stdio],
      execArgv: [],
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#complaint = (this.#complaint + text.toString()).slice(-500);
    });
  }

  /** Starts it with these settings. Rejects when it does not come up. */
  static async start(settings: unknown, onLine: (line: ProxyLine) => void): Promise<ProxyProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'memfleet-demo-'));
    try {
      // JSON is YAML, too.
      const config = join(directory, 'proxy.json');
      writeFileSync(config, JSON.stringify(settings));
      const proxy = new ProxyProcess(config, onLine);
      await proxy.#ready();
      return proxy;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** Where clients come in: `host:port`. */
  get address(): string {
    return this.#address;
  }

  /** Its nodes, as it sees them now. */
  async nodes(): Promise<readonly SubjectNode[]> {
    const response = await fetch(`http://${this.#admin}/topology`);
    const { clusters } = (await response.json()) as { clusters: Record<string, { nodes: SubjectNode[] }> };
    return Object.values(clusters).flatMap(({ nodes }) => nodes);
  }

  /** Drains it; fulfils with whether it ended well. */
  async stop(): Promise<boolean> {
    this.#child.kill('SIGTERM');
    return (await this.#ended) === 0;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
        const line = JSON.parse(text) as ProxyLine;
        if (line.message === 'listening') this.#address = String(line['address']);
        else if (line.message === 'admin listening') this.#admin = String(line['address']);
        else if (line.message === 'ready') resolve();
        else this.#onLine(line);
      });
      void this.#ended.then(() => reject(new Error(`the proxy could not be started: ${this.#complaint.trim()}`)));
    });
  }
}
