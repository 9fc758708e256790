/** `memfleet cluster` as a process of its own: it is told what its console takes, and tells with each answer how its nodes are. */
import { type ChildProcess, fork } from 'node:child_process';
import type { SimulatedClusterStats } from 'memfleet/testing';
import { memfleetCommand } from './memfleet-command.ts';

/** What it is made of. */
export interface ClusterSettings {
  readonly nodes: number;
  readonly vbuckets: number;
  /** Pause between the steps of a rebalance, in ms. */
  readonly moveDelay: number;
}

/** What it says to a line of the console. */
export interface ClusterAnswer {
  readonly answer: string;
  readonly stats: SimulatedClusterStats;
}

/** Where it is, and who may come in. */
interface Greeting {
  readonly listening: string;
  readonly username: string;
  readonly password: string;
}

/** See the head of this file. It ends with this process, however that ends. */
export class ClusterProcess {
  readonly vbuckets: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<string>;
  readonly #waiting = new Map<number, (answer: ClusterAnswer) => void>();
  #greeting: Greeting = { listening: '', username: '', password: '' };
  #names: readonly string[] = [];
  #count = 0;
  #isStopped = false;

  private constructor({ nodes, vbuckets, moveDelay }: ClusterSettings) {
    this.vbuckets = vbuckets;
    const settings = { nodes, vbuckets, 'move-delay': moveDelay, port: 0, 'rest-port': 0 };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = fork(memfleetCommand, ['cluster', ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    let complaint = '';
    this.#child.stderr?.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString()).slice(-500);
    });
    this.#gone = new Promise((resolve) => {
      this.#child.once('close', (code, signal) =>
        resolve(complaint.trim() || `it ended with ${signal ?? `code ${code}`}`),
      );
    });
  }

  /** Starts it. `onLost` hears of it when it ends by itself. Rejects when it does not come up. */
  static async start(settings: ClusterSettings, onLost: (why: string) => void): Promise<ClusterProcess> {
    const cluster = new ClusterProcess(settings);
    const greeting = await Promise.race([cluster.#hello(), cluster.#gone]);
    if (typeof greeting === 'string') throw new Error(`the cluster could not be started: ${greeting}`);
    cluster.#greeting = greeting;
    cluster.#child.on('message', (message) => cluster.#take(message as ClusterAnswer & { readonly id: number }));
    void cluster.#report(onLost);
    await cluster.tell('');
    return cluster;
  }

  /** `host:port` of the nodes to begin with. */
  get seeds(): readonly string[] {
    return this.#greeting.listening.replace(/^couchbase:\/\//, '').split(',');
  }

  get credentials(): { readonly username: string; readonly password: string } {
    const { username, password } = this.#greeting;
    return { username, password };
  }

  /** Data ports of all nodes that ever were, in the order of their making. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Does what a line of the console says; an empty one does nothing. Rejects when the process ends before it answers. */
  async tell(line: string): Promise<ClusterAnswer> {
    const id = this.#count++;
    const answered = new Promise<ClusterAnswer>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    // One that has ended says so by `#gone`.
    this.#child.send({ id, line }, () => {});
    const answer = await Promise.race([answered, this.#gone]);
    if (typeof answer === 'string') throw new Error(`the cluster is gone: ${answer}`);
    return answer;
  }

  /** Kills it. Fulfils when it is gone. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  async #report(onLost: (why: string) => void): Promise<void> {
    const why = await this.#gone;
    if (!this.#isStopped) onLost(why);
  }

  #hello(): Promise<Greeting> {
    return new Promise((resolve) => {
      this.#child.once('message', (message) => resolve(message as Greeting));
    });
  }

  #take({ id, ...answer }: ClusterAnswer & { readonly id: number }): void {
    this.#names = answer.stats.nodes.map(({ name }) => name);
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
