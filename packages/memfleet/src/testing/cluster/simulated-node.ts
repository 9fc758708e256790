/** One node of a simulated cluster: its data port, its REST port, and the sessions on them. */
import type { TlsOptions } from 'node:tls';
import type { Command } from '../../core/command.ts';
import type { Attach, Port } from '../../net/network.ts';
import { formatAddress, ignoredEvents } from '../../net/transport.ts';
import type { Bucket } from './bucket.ts';
import type { ClusterState } from './cluster-state.ts';
import { DataSession } from './data-session.ts';
import type { DocumentNode } from './documents.ts';
import { checkedFault, type FaultHook, type NodeFault, nodeRequest } from './node-fault.ts';
import { listenOn, portSettings } from './node-port.ts';
import { type RestHook, RestServer } from './rest-server.ts';
import type { SessionNode } from './session-view.ts';
import { countCopies, type NodeCounters, type SimulatedNodeStats } from './stats.ts';

const loopback = '127.0.0.1';

/** A port in front of the data port of a node. */
export interface DataFront {
  /** Listens in front of this address; resolves with the port, which stays the same. */
  up(target: { readonly host: string; readonly port: number }): Promise<number>;
  /** Stops to accept. `kill`: resets the connections; else they end with those of the node. */
  down(kill: boolean): Promise<void>;
}

/** A node of a `SimulatedCluster`. */
export class SimulatedNode implements SessionNode {
  /** The order in which the nodes were made, from 0. */
  readonly id: number;
  /** The cluster that the node belongs to. */
  readonly state: ClusterState;
  /** The counters of the node. */
  readonly counters: NodeCounters = {
    accepted: 0,
    commands: 0,
    gets: 0,
    sets: 0,
    refused: 0,
    misplaced: 0,
    pushes: 0,
    mapBytes: 0,
  };
  /** Receives every request to this node; the returned fault replaces the normal reply. */
  fault: FaultHook | undefined;
  readonly #uuid: string;
  readonly #sessions = new Set<DataSession>();
  readonly #clusterFault: () => FaultHook | undefined;
  #port: number;
  #restPort: number;
  #restTlsPort = 0;
  #tlsPort = 0;
  #data: Port | undefined;
  #tls: Port | undefined;
  #rest: RestServer | undefined;
  #restTls: RestServer | undefined;
  #restHook: RestHook | undefined;
  #stopListening: (() => void) | undefined;
  /** What stands in front of the data port, and has its address. */
  readonly #front: DataFront | undefined;

  constructor(id: number, state: ClusterState, clusterFault: () => FaultHook | undefined, front?: DataFront) {
    const { port, restPort } = state.options;
    this.id = id;
    this.state = state;
    this.#uuid = state.options.randomBytes(16).toString('hex');
    this.#front = front;
    this.#clusterFault = clusterFault;
    this.#port = port === 0 ? 0 : port + id;
    this.#restPort = restPort === 0 ? 0 : restPort + id;
  }

  /** The address that the node listens on. */
  get host(): string {
    return this.state.options.host;
  }

  /** The data port; 0 before it listens. It stays the same when the node stops and starts. */
  get port(): number {
    return this.#port;
  }

  /** The REST port; 0 before it listens. */
  get restPort(): number {
    return this.#restPort;
  }

  /** The data port that speaks TLS, when there is one. */
  get tlsPort(): number | undefined {
    return this.state.options.tls === undefined ? undefined : this.#tlsPort;
  }

  /** The REST port that speaks TLS, when there is one. */
  get restTlsPort(): number | undefined {
    return this.state.options.tls === undefined ? undefined : this.#restTlsPort;
  }

  /** The server group that documents name. */
  get group(): string | undefined {
    const { groups } = this.state.options;
    return groups[this.id % groups.length];
  }

  /** `host:port` of the data port. */
  get name(): string {
    return formatAddress({ host: this.host, port: this.#port });
  }

  /** `http://host:port` of the REST port. */
  get restUrl(): string {
    return `http://${formatAddress({ host: this.host, port: this.#restPort })}`;
  }

  /** True while the node listens. */
  get isUp(): boolean {
    return this.#data !== undefined;
  }

  /** True while the node is in the map. */
  get isMember(): boolean {
    return this.state.members.includes(this.id);
  }

  /** Open connections to the data port. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Open REST streams. */
  get streams(): number {
    return (this.#rest?.streams ?? 0) + (this.#restTls?.streams ?? 0);
  }

  /** Receives every REST request first; a test may respond in place of the node. */
  set restHook(hook: RestHook | undefined) {
    this.#restHook = hook;
    for (const rest of [this.#rest, this.#restTls]) if (rest !== undefined) rest.hook = hook;
  }

  /** The node as documents describe it. */
  get described(): DocumentNode {
    const { host } = this;
    const isAnywhere = host === '0.0.0.0' || host === '::';
    return {
      id: this.id,
      host: isAnywhere ? '$HOST' : host.includes(':') ? `[${host}]` : host,
      port: this.#port,
      restPort: this.#restPort,
      restTlsPort: this.restTlsPort,
      tlsPort: this.tlsPort,
      uuid: this.#uuid,
      group: this.group,
      isUp: this.isUp,
    };
  }

  /** A snapshot of the counters, vBuckets and items of the node. */
  stats(): SimulatedNodeStats {
    const parts = [...this.state.buckets.values()].map((bucket) => bucket.part(this.id));
    const { name, isMember, isUp, sessions } = this;
    return { name, isMember, isUp, sessions, ...this.counters, ...countCopies(parts) };
  }

  /** Begins to accept, on its earlier ports if it had any. Rejects without a port left open. For the cluster. */
  async start(): Promise<void> {
    if (this.isUp) return;
    try {
      await this.#open();
    } catch (error) {
      await this.stop(true);
      throw error;
    }
  }

  async #open(): Promise<void> {
    const { tls } = this.state.options;
    const data = this.#newPort(undefined);
    const port = await (this.#front === undefined
      ? listenOn(data, { host: this.host, port: this.#port })
      : listenOn(data, { host: loopback, port: 0 }));
    this.#data = data;
    this.#port = this.#front === undefined ? port : await this.#front.up({ host: loopback, port });
    if (tls !== undefined) {
      const secure = this.#newPort(tls);
      this.#tls = secure;
      this.#tlsPort = await listenOn(secure, { host: this.host, port: this.#tlsPort });
      this.#restTls = this.#newRest(tls);
      this.#restTlsPort = await this.#restTls.listen(this.host, this.#restTlsPort);
    }
    this.#rest = this.#newRest(undefined);
    this.#restPort = await this.#rest.listen(this.host, this.#restPort);
    this.#stopListening = this.state.onPublish(() => {
      for (const session of this.#sessions) session.pushMap();
    });
  }

  #newRest(tls: TlsOptions | undefined): RestServer {
    const rest = new RestServer(this.state, this.id, tls);
    rest.hook = this.#restHook;
    return rest;
  }

  /** A failed accept or TLS handshake concerns one client only. */
  #newPort(tls: TlsOptions | undefined): Port {
    const { clock, networkOf } = this.state.options;
    return networkOf(this.id).port(
      { clock, tls, ...portSettings },
      { onConnection: (attach) => this.#accept(attach), onFailed() {}, onRejected() {} },
    );
  }

  /** Ends its connections and stops accepting. `kill`: resets them at any point. For the cluster. */
  async stop(kill: boolean): Promise<void> {
    const ports = [this.#data, this.#tls].filter((port) => port !== undefined);
    const rests = [this.#rest, this.#restTls];
    this.#data = undefined;
    this.#tls = undefined;
    this.#rest = undefined;
    this.#restTls = undefined;
    this.#stopListening?.();
    const closed = ports.map((port) => port.close());
    for (const session of this.#sessions) {
      if (kill) session.reset();
      else session.end();
    }
    if (kill) for (const port of ports) port.dropTls();
    await Promise.all([...closed, ...rests.map((rest) => rest?.close()), this.#front?.down(kill)]);
  }

  /** For its sessions. */
  judge(command: Command, bucket: Bucket | undefined): NodeFault | undefined {
    const clusterFault = this.#clusterFault();
    if (this.fault === undefined && clusterFault === undefined) return undefined;
    const request = nodeRequest(this.name, command, bucket?.name);
    const fault = this.fault?.(request) ?? clusterFault?.(request);
    return fault === undefined ? undefined : checkedFault(fault);
  }

  /** For its sessions. */
  onSessionClosed(session: DataSession): void {
    this.#sessions.delete(session);
  }

  #accept(attach: Attach): void {
    if (!this.isUp) {
      attach(ignoredEvents).destroy();
      return;
    }
    this.counters.accepted++;
    this.#sessions.add(new DataSession(this, attach));
  }
}
