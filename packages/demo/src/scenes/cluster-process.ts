/**
 * `memfleet cluster` as a process: it takes the lines of its console as messages, and answers with the state of its
 * nodes.
 */
import type { SimulatedClusterStats } from 'memfleet/testing';
import { ChildProgram } from '../child-program.ts';

/** `moveDelay`: the pause between the steps of a rebalance, in ms. */
export interface ClusterSettings {
  readonly nodes: number;
  readonly vbuckets: number;
  readonly moveDelay: number;
}

/** The reply to a line of the console. */
export interface ClusterAnswer {
  readonly answer: string;
  readonly stats: SimulatedClusterStats;
}

interface Greeting {
  readonly listening: string;
  readonly username: string;
  readonly password: string;
}

/** A `memfleet cluster` in a process of its own. */
export class ClusterProcess {
  readonly vbuckets: number;
  /** `host:port` of the nodes to begin with. */
  readonly seeds: readonly string[];
  readonly credentials: { readonly username: string; readonly password: string };
  /** Data ports of all nodes that ever were, in the order of their making. */
  names: readonly string[] = [];
  readonly #program: ChildProgram;
  readonly #waiting = new Map<number, (answer: ClusterAnswer) => void>();
  #count = 0;

  private constructor(program: ChildProgram, vbuckets: number, { listening, username, password }: Greeting) {
    this.#program = program;
    this.vbuckets = vbuckets;
    this.seeds = listening.replace(/^couchbase:\/\//, '').split(',');
    this.credentials = { username, password };
    program.child.on('message', (message) => {
      const { id, ...answer } = message as ClusterAnswer & { readonly id: number };
      this.names = answer.stats.nodes.map(({ name }) => name);
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /** Rejects when it does not come up. `onLost` is called when it ends by itself. */
  static async start(
    { nodes, vbuckets, moveDelay }: ClusterSettings,
    onLost: (why: string) => void,
  ): Promise<ClusterProcess> {
    const settings = { nodes, vbuckets, 'move-delay': moveDelay, port: 0, 'rest-port': 0 };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const program = ChildProgram.memfleet('cluster', ...args);
    const cluster = new ClusterProcess(program, vbuckets, await program.up(program.message<Greeting>()));
    void program.onLost(onLost);
    await cluster.execute('');
    return cluster;
  }

  /**
   * Executes a line of the console; an empty one does nothing. Rejects when the process ends before it answers.
   */
  async execute(line: string): Promise<ClusterAnswer> {
    const id = this.#count++;
    const answered = new Promise<ClusterAnswer>((resolve) => this.#waiting.set(id, resolve));
    // Where the process has ended, `ended` says so.
    this.#program.child.send({ id, line }, () => {});
    const answer = await Promise.race([answered, this.#program.ended]);
    if (typeof answer === 'string') throw new Error(`the cluster is gone: ${answer}`);
    return answer;
  }

  /** Executes a line of the console that changes the cluster. Rejects with the cluster's error message. */
  async change(line: string): Promise<void> {
    const { answer } = await this.execute(line);
    // An error message begins with the name of the verb.
    if (answer.startsWith(`${line.split(' ')[0]}:`)) throw new Error(answer);
  }

  /** Connections to the data port of each node; undefined where the cluster does not answer. */
  sessions(): Promise<readonly (number | undefined)[]> {
    return this.execute('').then(
      ({ stats }) => stats.nodes.map(({ sessions }) => sessions),
      () => this.names.map(() => undefined),
    );
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
