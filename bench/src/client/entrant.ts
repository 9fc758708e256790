/** Who takes part: a way to open a client, the same for all, with as little of ours around it as can be. */
import type { ValueKind, Workload } from './workload.ts';

/**
 * A client under measurement. Its own promise is handed on as it is; what it needs to give a string, a Buffer or an
 * object is part of its cost.
 */
export interface OpenClient {
  /** undefined or null when there is none. */
  get(key: string): PromiseLike<unknown>;
  set(key: string, value: never): PromiseLike<unknown>;
  /** In the client's own shape; `pick` reads it. */
  getMany?(keys: readonly string[]): PromiseLike<unknown>;
  /** As an array in the order of the keys, where that is another call. */
  getArray?(keys: readonly string[]): PromiseLike<unknown>;
  pick?(result: never, key: string, index: number): unknown;
  close(): void | PromiseLike<void>;
}

/** A Couchbase-type cluster, and who may come in. */
export interface ClusterAddress {
  /** `couchbase://host:port,…` */
  readonly connectionString: string;
  readonly username: string;
  readonly password: string;
}

/** The ports of the servers of a run, all on 127.0.0.1. */
export interface Ports {
  readonly memcached: number;
  /** Three more memcached, for the ring. */
  readonly ring: readonly number[];
  /** 0 = there is none. */
  readonly redis: number;
  /** undefined = there is none. */
  readonly cluster: ClusterAddress | undefined;
}

/**
 * `ours`: memfleet as it comes. `peer`: another client of memcached on npm. `yardstick`: a client of something else.
 * `variant`: memfleet otherwise, or the bare loop that shows what the machine allows.
 */
export type Role = 'ours' | 'peer' | 'yardstick' | 'variant';

/** A program with its arguments, but for the port of memcached, which is the last. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
}

export interface Entrant {
  readonly name: string;
  readonly role: Role;
  /** The npm package it needs, when it is not ours. */
  readonly module?: string;
  /** The drop-in that is compared with it. @default memfleet */
  readonly dropin?: Entrant;
  /** Where its workloads are. @default 'nodes' */
  readonly place?: Workload['place'];
  /** A program in another language, which is started in place of `open`. */
  readonly program?: Command;
  /** Can it do this one, and does it say anything? */
  takes(workload: Workload): boolean;
  open(ports: Ports, kind: ValueKind): OpenClient | Promise<OpenClient>;
}

/** Is this workload one of its? */
export function isFor(entrant: Entrant, workload: Workload): boolean {
  return workload.place === (entrant.place ?? 'nodes') && entrant.takes(workload);
}

/** Does it need redis-server? */
export function isOnRedis({ module = '' }: Entrant): boolean {
  return module.endsWith('redis');
}

/** Imports a package of the bench whose types are not installed everywhere; `T` is what is used of it. */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}
