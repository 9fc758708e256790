/**
 * The reply of a configuration endpoint:
 *
 *   CONFIG cluster 0 147
 *   12                                              version
 *   host1|10.0.0.1|11211 host2|10.0.0.2|11211
 *   (empty line)
 *   END
 *
 * The length in the first line is not relied on: some emulators get it wrong. The search for the end of a reply covers
 * the new chunk alone, so that the work is linear in the bytes, however small the chunks are.
 */
import { ConfigError } from '../../core/errors.ts';
import { formatAddress } from '../../net/transport.ts';
import { type ClusterNode, nodeAt, withoutRepeats } from '../node-spec.ts';

/** The maximum length of a reply; a longer one is not a list of nodes. */
const maxReply = 1024 * 1024;

/** The node list of a reply. */
export interface ConfigReply {
  readonly version: bigint;
  readonly nodes: readonly ClusterNode[];
}

/** The state of the reply so far: `more` = continue reading, `old` = the node does not know the new command. */
export type ReadOutcome = 'more' | 'old' | 'whole';

/** One reply while it is received. */
export class ConfigReplyReader {
  readonly #pieces: string[] = [];
  #length = 0;
  #firstLine: string | undefined;
  /** The length of "END" with its line ends. */
  #tail = '';

  push(chunk: Uint8Array): ReadOutcome {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#tail = (this.#tail + piece).slice(-6);
    if (this.#firstLine === undefined && piece.includes('\n')) this.#firstLine = firstLineOf(this.text());
    if (this.#length > maxReply) return 'whole';
    if (this.#firstLine === undefined) return 'more';
    if (this.#firstLine === 'ERROR') return 'old';
    return isList(this.#firstLine) && !/\nEND\r?\n$/.test(this.#tail) ? 'more' : 'whole';
  }

  /** The bytes received so far; every character is one byte. */
  text(): string {
    return this.#pieces.join('');
  }
}

/** Parses a complete reply. `byName`: nodes are dialled by host name rather than by address. Throws ConfigError. */
export function parseConfigReply(text: string, byName: boolean): ConfigReply {
  const lines = text.split(/\r?\n/);
  const first = lines[0] ?? '';
  if (first === 'END') throw new ConfigError('the endpoint has no configuration of a cluster');
  if (!isList(first))
    throw new ConfigError(`not a configuration endpoint: it replied ${JSON.stringify(first.slice(0, 60))}`);
  const version = lines[1] ?? '';
  if (!/^\d{1,19}$/.test(version))
    throw new ConfigError(`the endpoint's configuration has no version, but ${JSON.stringify(version.slice(0, 60))}`);
  const entries = (lines[2] ?? '').split(' ').filter((entry) => entry !== '');
  if (entries.length === 0) throw new ConfigError("the endpoint's configuration has no nodes");
  return { version: BigInt(version), nodes: withoutRepeats(entries.map((entry) => parseEntry(entry, byName))) };
}

function firstLineOf(text: string): string {
  return text.slice(0, text.indexOf('\n')).trimEnd();
}

function isList(firstLine: string): boolean {
  return firstLine.startsWith('CONFIG ') || firstLine.startsWith('VALUE ');
}

function parseEntry(entry: string, byName: boolean): ClusterNode {
  const [, host = '', ip = '', digits = ''] = /^([^|]*)\|([^|]*)\|(\d{1,5})$/.exec(entry) ?? [];
  const port = Number(digits);
  const name = host === '' ? ip : host;
  if (name === '' || port < 1 || port > 65535)
    throw new ConfigError(`${JSON.stringify(entry.slice(0, 200))} in the endpoint's configuration is not host|ip|port`);
  const dialled = byName || ip === '' ? name : ip;
  return nodeAt(dialled, port, formatAddress({ host: name, port }));
}
