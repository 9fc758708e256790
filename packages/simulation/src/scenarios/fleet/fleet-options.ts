/** The options of clients and servers that a plan stands for. */
import type { ClientOptions } from 'memfleet';
import type { ServerOptions } from 'memfleet/server';
import type { Host } from 'memfleet/testing';
import { isOn, numberIn, type Options, textIn } from '../../plan.ts';

/** How long a node is ejected at most, and what liveness waits for after the faults: ms. */
export const ejectTimeMax = 3000;
export const connectTimeout = 400;
/** The connections that a node admits where that is no limit. */
export const manyConnections = 1024;

type FleetPart = Omit<ClientOptions<string>, 'nodes' | 'couchbase'>;

/** The fleet of a client or proxy on a host. */
export function fleetOf(options: Options, host: Host): FleetPart {
  const retries = numberIn(options, 'retries');
  const exclusive = isOn(options, 'exclusive');
  const max = numberIn(options, 'max');
  return {
    protocol: textIn(options, 'protocol') as 'auto' | 'meta' | 'text' | 'binary',
    failure: textIn(options, 'failure') as 'fail' | 'miss' | 'redistribute',
    timeout: numberIn(options, 'timeout'),
    connectTimeout,
    ejectTime: 500,
    ejectTimeMax,
    ejectAfter: numberIn(options, 'ejectAfter'),
    probeInterval: numberIn(options, 'probeInterval'),
    retry: retries === 0 ? false : { attempts: retries },
    coalesce: isOn(options, 'coalesce'),
    pool: {
      min: Math.min(max, numberIn(options, 'min')),
      max,
      exclusive,
      ...(exclusive ? {} : { maxInFlight: numberIn(options, 'maxInFlight') }),
      maxLifetime: numberIn(options, 'maxLifetime'),
      idleTimeout: numberIn(options, 'idleTimeout'),
      backoff: { max: 500 },
    },
    ...host.options,
  };
}

/** A server of a plan, at the address of the n-th node. */
export function serverOf(options: Options, host: Host, address: string): ServerOptions {
  return {
    host: address,
    maxConnections: numberIn(options, 'serverConnections'),
    idleTimeout: numberIn(options, 'serverIdle'),
    maxBytes: numberIn(options, 'maxBytes'),
    ...host.serverOptions,
  };
}

/** The name of the n-th node in a client: `host:port`. */
export function nodeAt(index: number): string {
  return `${addressOf(index)}:11211`;
}

/** The address of the n-th node. */
export function addressOf(index: number): string {
  return `10.0.0.${index + 1}`;
}
