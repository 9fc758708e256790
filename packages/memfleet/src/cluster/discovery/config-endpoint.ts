/**
 * The configuration endpoint of Amazon ElastiCache and Google Memorystore: any node answers a command of their own, in text.
 *
 *   config get cluster                   CONFIG cluster 0 147
 *                                 ─▶     12                                       version
 *                                        host1|10.0.0.1|11211 host2|10.0.0.2|11211
 *                                        (empty line)
 *                                        END
 *
 * Engines before 1.4.14 keep the same under the key `AmazonElastiCache:cluster`. The length in the first line is not relied on: some emulators get it wrong.
 */
import { ConfigError, ConnectError, type MemcacheError } from '../../errors.ts';
import { dial, type TlsOptions } from '../../net/dial.ts';
import { type Address, formatAddress, type Transport } from '../../net/transport.ts';
import { type ClusterNode, nodeAt } from '../node-spec.ts';
import type { FindNodes } from './polling-source.ts';

/** How to reach an endpoint. */
export interface EndpointOptions {
  readonly address: Address;
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds of silence before the kernel probes the peer. */
  readonly keepAliveDelay: number;
}

const newCommand = 'config get cluster\r\n';
const oldCommand = 'get AmazonElastiCache:cluster\r\n';
/** More than this is no list of nodes. */
const maxAnswer = 1024 * 1024;

/** The node list of an answer. */
export interface ConfigAnswer {
  readonly version: bigint;
  readonly nodes: readonly ClusterNode[];
}

/**
 * Asks the endpoint on a connection of its own. An older version than one that was seen before is passed by: a node that lags behind answered.
 *
 * The name on the ring is `host:port`, which stays when a node is replaced; dialled is the IP address, where there is one, except with TLS, whose certificates hold
 * names.
 */
export function endpointFinder(options: EndpointOptions): FindNodes {
  let newest: ConfigAnswer | undefined;
  return async (signal) => {
    const answer = parseConfigAnswer(await askEndpoint(options, signal), options.tls !== undefined);
    if (newest === undefined || answer.version >= newest.version) newest = answer;
    return newest.nodes;
  };
}

/** What is known of the bytes so far: `more` = go on reading, `old` = it does not know the new command. */
export function judgeAnswer(text: string): 'more' | 'old' | 'whole' {
  const lineEnd = text.indexOf('\n');
  if (lineEnd < 0) return text.length > maxAnswer ? 'whole' : 'more';
  const first = text.slice(0, lineEnd).trimEnd();
  if (first === 'ERROR') return 'old';
  if (!/^(CONFIG|VALUE) /.test(first)) return 'whole';
  return /(^|\n)END\r?\n$/.test(text) || text.length > maxAnswer ? 'whole' : 'more';
}

/** Reads a whole answer. Throws ConfigError. */
export function parseConfigAnswer(text: string, byName: boolean): ConfigAnswer {
  const lines = text.split(/\r?\n/);
  const first = lines[0] ?? '';
  if (first === 'END') throw new ConfigError('the endpoint has no configuration of a cluster');
  if (!/^(CONFIG|VALUE) /.test(first))
    throw new ConfigError(`not a configuration endpoint: it answered ${JSON.stringify(first.slice(0, 60))}`);
  const version = lines[1] ?? '';
  if (!/^\d{1,19}$/.test(version))
    throw new ConfigError(`the endpoint's configuration has no version but ${JSON.stringify(version.slice(0, 60))}`);
  const entries = (lines[2] ?? '').split(' ').filter((entry) => entry !== '');
  if (entries.length === 0) throw new ConfigError("the endpoint's configuration names no nodes");
  return { version: BigInt(version), nodes: entries.map((entry) => parseEntry(entry, byName)) };
}

function parseEntry(entry: string, byName: boolean): ClusterNode {
  const [, host = '', ip = '', digits = ''] = /^([^|]*)\|([^|]*)\|(\d{1,5})$/.exec(entry) ?? [];
  const port = Number(digits);
  const name = host === '' ? ip : host;
  if (name === '' || port < 1 || port > 65535)
    throw new ConfigError(`${JSON.stringify(entry)} in the endpoint's configuration is not host|ip|port`);
  const dialled = byName || ip === '' ? name : ip;
  return nodeAt(dialled, port, formatAddress({ host: name, port }));
}

/** One connection, one question (two where the first is not known). Resolves with the answer. */
function askEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<string> {
  const endpoint = formatAddress(options.address);
  return new Promise((resolve, reject) => {
    let text = '';
    let question = newCommand;
    const settle = (error?: MemcacheError): void => {
      transport.destroy();
      if (error === undefined) resolve(text);
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
      text += Buffer.from(chunk).toString('latin1');
      const verdict = judgeAnswer(text);
      if (verdict === 'more') return;
      if (verdict === 'old' && question === newCommand) {
        question = oldCommand;
        text = '';
        transport.write([Buffer.from(question)]);
      } else settle();
    };
    const transport: Transport = dial(
      options,
      { onData, onDrain() {}, onEnd: () => onGone(), onClose: onGone },
      () => void transport.write([Buffer.from(question)]),
    );
    signal.addEventListener('abort', () => settle(new ConfigError(`${endpoint}: not asked any more`)), { once: true });
  });
}
