import { Cluster, type ClusterEvents, type ClusterOptions } from '../../src/cluster/cluster.ts';
import type { ConfigListener, ConfigSource } from '../../src/cluster/config-source.ts';
import type { Locator } from '../../src/cluster/locator/locator.ts';
import { type ClusterNode, type NodeInput, parseNodes } from '../../src/cluster/node-spec.ts';
import { Command } from '../../src/core/command.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { formatAddress } from '../../src/net/transport.ts';
import { poolDefaults } from '../../src/pool/options.ts';
import { Pool } from '../../src/pool/pool.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type ScriptedDial, ScriptedDialler, type ScriptedTransport } from '../support/scripted-transport.ts';

/**
 * The first letter of a key names its node: `a…` is the first one's, `b…` the second's; the next one after it serves it
 * when it is out.
 */
export class LetterLocator implements Locator {
  readonly size: number;

  constructor(nodes: readonly unknown[]) {
    this.size = nodes.length;
  }

  locate(key: string): number {
    return (key.charCodeAt(0) - 97) % this.size;
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    for (let n = 1; n < this.size; n++) {
      const index = (this.locate(key) + n) % this.size;
      if (!skip(index)) return index;
    }
    return -1;
  }
}

/** A source in the hands of the test. */
class ManualSource implements ConfigSource {
  listener: ConfigListener | undefined;
  isStopped = false;

  start(listener: ConfigListener): void {
    this.listener = listener;
  }

  stop(): void {
    this.isStopped = true;
  }
}

/** A cluster whose nodes are in the hands of the test. Nodes are called by their host; all listen on 11211. */
export class ClusterRig implements ClusterEvents {
  readonly clock = new FakeClock();
  readonly dialler = new ScriptedDialler();
  readonly source = new ManualSource();
  readonly cluster: Cluster;
  /** `key: value`, `key: miss`, `key: ERR_…`; of commands with many keys `item`, `part … ERR_…`, `end`. */
  readonly told: string[] = [];
  readonly errors: MemcacheError[] = [];
  readonly events: string[] = [];

  /** `list`: undefined = the source has not said yet. `max`: connections to a node; `maxInFlight`: commands on each. */
  constructor(
    list: readonly NodeInput[] | undefined,
    options: Partial<ClusterOptions> = {},
    max = 1,
    maxInFlight = 100,
  ) {
    this.cluster = new Cluster({
      clock: this.clock,
      source: this.source,
      createLocator: (nodes) => new LetterLocator(nodes),
      createPool: (node, events) =>
        new Pool(
          {
            address: node.address,
            keepAliveDelay: 0,
            clock: this.clock,
            connectTimeout: 1000,
            protocol: 'auto',
            connection: { maxInFlight, flush: 'afterTurn', mergeGets: false },
            open: this.dialler.dial,
          },
          { ...poolDefaults, max, maxInFlight, backoff: { ...poolDefaults.backoff, jitter: 0 } },
          events,
          () => 0.5,
        ),
      health: { ejectAfter: 2, ejectTime: 4000, ejectGrowth: 2, ejectTimeMax: 60_000 },
      ejectShare: 0.5,
      failure: 'redistribute',
      maxWaiting: 1000,
      events: this,
      random: () => 0.5,
      ...options,
    });
    if (list !== undefined) this.source.listener?.onNodes(parseNodes(list));
  }

  onEject(node: string, error: MemcacheError, duration: number): void {
    this.events.push(`eject ${short(node)} ${error.code} ${duration}`);
  }

  onReadmit(node: string, duration: number): void {
    this.events.push(`readmit ${short(node)} ${duration}`);
  }

  onConnect(node: string): void {
    this.events.push(`connect ${short(node)}`);
  }

  onDisconnect(node: string): void {
    this.events.push(`disconnect ${short(node)}`);
  }

  onTopology(nodes: readonly string[], revision: number): void {
    this.events.push(`topology ${revision} ${nodes.map(short).join(' ')}`);
  }

  onSourceError(error: MemcacheError): void {
    this.events.push(`source ${error.code}`);
  }

  setNodes(...list: readonly NodeInput[]): void {
    this.cluster.setNodes(parseNodes(list));
  }

  /** `timeout` in ms from now; 0 = none. */
  get(key: string, timeout = 0): Command {
    return this.send(new Command('get', key), timeout);
  }

  send(command: Command, timeout = 0): Command {
    const { key } = command;
    if (timeout > 0) command.deadline = this.clock.now() + timeout;
    this.cluster.dispatch(command, {
      onReply: (reply) => void this.told.push(`${key}: ${reply.hasValue ? reply.text() : reply.status}`),
      onError: (error) => this.#failed(key, error),
    });
    return command;
  }

  /** A command for several nodes. `hearsParts` false: its handler does not want to know of parts. */
  scatter(command: Command, hearsParts = true): void {
    this.cluster.dispatch(command, {
      onReply: (reply) => {
        const what = reply.hasValue ? ` ${reply.key}=${reply.text()}` : reply.status === 'ok' ? '' : ` ${reply.status}`;
        this.told.push(
          reply.part === 'item' ? `item${what === '' ? ` of ${short(reply.node)}` : what}` : `${reply.part}${what}`,
        );
      },
      onError: (error) => this.#failed('all', error),
      ...(hearsParts
        ? {
            onPartFailed: (error: MemcacheError, keys: readonly string[]) =>
              void this.told.push(`part ${keys.join('+')} ${error.code}`),
          }
        : {}),
    });
  }

  #failed(name: string, error: MemcacheError): void {
    this.errors.push(error);
    this.told.push(`${name}: ${error.code}`);
  }

  /** The dials to a node. */
  dials(node: string): ScriptedDial[] {
    return this.dialler.dials.filter(({ options }) => short(formatAddress(options.address)) === node);
  }

  /** The last connection to a node accepts; the node says that it speaks meta. */
  open(node: string): ScriptedTransport {
    return (this.dials(node).at(-1) as ScriptedDial).open();
  }

  /** The last connection to a node is refused. */
  refuse(node: string): void {
    this.dials(node).at(-1)?.refuse();
  }

  /** What was written to a node since the last time, line by line. */
  asked(node: string): string[] {
    this.clock.turn();
    const text = this.dials(node)
      .map(({ transport }) => transport.take())
      .join('');
    return text.split('\r\n').slice(0, -1);
  }

  /** The node says something on its last connection. */
  say(node: string, text: string): void {
    this.clock.turn();
    this.dials(node).at(-1)?.transport.say(text);
  }

  /** Ejects a node: its dials fail until it is out. */
  eject(node: string): void {
    const key = this.#keyOf(node);
    while (this.stateOf(node) !== 'ejected') {
      this.get(key);
      this.refuse(node);
      this.clock.advance(200);
    }
    this.told.splice(0);
    this.errors.splice(0);
    this.events.splice(0);
  }

  stateOf(node: string): string | undefined {
    return this.cluster.stats().nodes.find((stats) => short(stats.node) === node)?.state;
  }

  #keyOf(node: string): string {
    const index = this.cluster.nodes.findIndex(({ name }: ClusterNode) => short(name) === node);
    return String.fromCharCode(97 + index);
  }
}

function short(node: string): string {
  return node.replace(':11211', '');
}
