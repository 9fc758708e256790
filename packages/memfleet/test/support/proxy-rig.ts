/** Proxies of one test. */
import { onTestFinished } from 'vitest';
import type { FleetSettings } from '../../src/fleet/options.ts';
import { type Address } from '../../src/net/transport.ts';
import { createProxy, type ListenerSpec, type Proxy, type ProxyOptions } from '../../src/proxy/index.ts';
import { TcpClient } from './tcp-client.ts';

/** A proxy that listens. */
export interface ProxyRig {
  readonly proxy: Proxy;
  /** Where its first listener does. */
  readonly address: Address;
  readonly port: number;
  /** Connects to its first listener. */
  connect(): Promise<TcpClient>;
}

/** The options of a proxy with one listener in front of one cluster, `main`. */
export function simpleOptions(fleet: FleetSettings, listener: Partial<ListenerSpec> = {}): ProxyOptions {
  return { listeners: [{ port: 0, route: 'main', allowFlush: true, ...listener }], clusters: { main: fleet } };
}

/** Starts a proxy; whoever calls must destroy it. */
export async function openProxy(options: ProxyOptions): Promise<ProxyRig> {
  const proxy = createProxy(options);
  const [address] = await proxy.listen();
  if (address === undefined) throw new Error('no listener');
  return {
    proxy,
    address,
    port: 'port' in address ? address.port : 0,
    connect: () => TcpClient.connect(address),
  };
}

/** Starts a proxy that is destroyed when the test ends. */
export async function startProxy(options: ProxyOptions): Promise<ProxyRig> {
  const rig = await openProxy(options);
  onTestFinished(() => rig.proxy.destroy());
  return rig;
}
