/**
 * Asks a configuration endpoint, in text:
 *
 *   config get cluster            ─▶   config-reply.ts
 *
 * Engines before 1.4.14 store the same text under the key `AmazonElastiCache:cluster`. It is loaded when it is
 * needed (finder-part.ts).
 */
import { ConfigError, ConnectError, type MemcacheError } from '../../core/errors.ts';
import { dial, type TlsOptions } from '../../net/dial.ts';
import type { Network } from '../../net/network.ts';
import { type Address, formatAddress, type Transport } from '../../net/transport.ts';
import { ConfigReplyReader, type ConfigReply, parseConfigReply } from './config-reply.ts';
import type { FindNodes } from './polling-source.ts';

/** The options of a connection to an endpoint. */
export interface EndpointOptions {
  readonly address: Address;
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds without traffic after which the kernel probes the connection. */
  readonly keepAliveDelay: number;
  /** @default the sockets of this process */
  readonly network?: Network | undefined;
}

const newCommand = 'config get cluster\r\n';
const oldCommand = 'get AmazonElastiCache:cluster\r\n';

/**
 * Requests the configuration on a connection of its own. A version older than the newest so far is ignored: it is from
 * a node that lags behind.
 *
 * The name on the ring is `host:port`, which stays when a node is replaced. The IP address, if there is one, is
 * dialled, except with TLS, whose certificates contain names.
 */
export function endpointFinder(options: EndpointOptions): FindNodes {
  let newest: ConfigReply | undefined;
  return async (signal) => {
    const reply = parseConfigReply(await fetchConfig(options, signal), options.tls !== undefined);
    if (newest === undefined || reply.version >= newest.version) newest = reply;
    return newest.nodes;
  };
}

/** One connection, one request (two where the node does not know the first). Resolves with the reply. */
function fetchConfig(options: EndpointOptions, signal: AbortSignal): Promise<string> {
  const { address, network = { dial } } = options;
  const endpoint = formatAddress(address);
  return new Promise((resolve, reject) => {
    let reply = new ConfigReplyReader();
    let request = newCommand;
    const settle = (error?: MemcacheError): void => {
      transport.destroy();
      if (error === undefined) resolve(reply.text());
      else reject(error);
    };
    const onGone = (error?: Error): void =>
      settle(
        new ConnectError(`${endpoint}: no configuration: ${error?.message ?? 'the connection was closed'}`, {
          node: endpoint,
          cause: error,
        }),
      );
    const onData = (chunk: Uint8Array): void => {
      const verdict = reply.push(chunk);
      if (verdict === 'more') return;
      if (verdict === 'old' && request === newCommand) {
        request = oldCommand;
        reply = new ConfigReplyReader();
        transport.write([Buffer.from(request)]);
      } else settle();
    };
    const transport: Transport = network.dial(
      options,
      { onData, onDrain() {}, onEnd: () => onGone(), onClose: onGone },
      () => void transport.write([Buffer.from(request)]),
    );
    signal.addEventListener('abort', () => settle(new ConfigError(`${endpoint}: the request was cancelled`)), {
      once: true,
    });
  });
}
