/** Node lists, as users write them and as the cluster uses them. */
import { ConfigError, InvalidOptionError } from '../core/errors.ts';
import { hasControls, memberOf, show } from '../core/option-checks.ts';
import type { Address } from '../net/transport.ts';
import { formatAddress, unbracketed } from '../net/transport.ts';
import type { LocatorNode } from './locator/locator.ts';

/** A node as users may write it: `host`, `host:port`, `[v6]:port`, `/path`, `unix:/path`, or an object. */
export type NodeInput = string | NodeSpec;

/** A node, spelled out. */
export interface NodeSpec {
  /** Host name or IP address, IPv6 with or without brackets. Not together with `path`. */
  readonly host?: string | undefined;
  /** TCP port. @default 11211 */
  readonly port?: number | undefined;
  /** Path of a Unix domain socket. */
  readonly path?: string | undefined;
  /** Share of the keys relative to the other nodes, a whole number from 1. @default 1 */
  readonly weight?: number | undefined;
  /**
   * A stable name for rings that hash names; stays when the address changes. No two nodes have the same; one address
   * may have several, and then has the keys of all of them. @default `host:port` or the path
   */
  readonly id?: string | undefined;
}

/** A node of a topology. */
export interface ClusterNode extends LocatorNode {
  readonly address: Address;
  /** `host:port` or the path: its name in errors and statistics. */
  readonly name: string;
  /** The server group of a Couchbase node, such as the zone of its machine. */
  readonly group?: string | undefined;
}

/** The path of the entry with that index, for error messages. */
export type Place = (index: number) => string;

/** Of a list. */
export const inList: Place = (index) => `nodes[${index}]`;

/** Of a text, which is one option. */
export const inText: Place = () => 'nodes';

/** memcached's port. */
export const defaultPort = 11211;

/**
 * Parses a user's list. Throws InvalidOptionError for an invalid entry, for a node that is listed twice, and for two
 * nodes with one name on the ring, of which the second would never get a key. One address may have two names: it then
 * has the keys of both (twemproxy's way to remove a node from a fleet without moving the keys of the others).
 */
export function parseNodes(
  inputs: readonly NodeInput[],
  port: number = defaultPort,
  place: Place = inList,
): ClusterNode[] {
  const nodes = inputs.map((input, index) => parseNode(input, port, place(index)));
  const seen = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    if (seen.has(identity(node))) throw new InvalidOptionError(`nodes: ${node.name} is listed twice`, place(index));
    seen.add(identity(node));
  }
  const clash = nameClash(nodes);
  if (clash !== undefined) throw new InvalidOptionError(`nodes: ${clash.what}`, place(clash.index));
  return nodes;
}

/** Parses one node. Throws InvalidOptionError. `place`: its path. */
export function parseNode(input: NodeInput, port: number = defaultPort, place: string = 'nodes'): ClusterNode {
  return typeof input === 'string'
    ? parseNodeText(input, port, place)
    : resolveNode(input, port, (field) => (field === '' ? place : `${place}.${field}`));
}

/** The nodes that discovery found, without duplicates. Throws ConfigError when two nodes have one name on the ring. */
export function withoutRepeats(nodes: readonly ClusterNode[]): ClusterNode[] {
  const distinct = [...new Map(nodes.map((node) => [identity(node), node])).values()];
  const clash = nameClash(distinct);
  if (clash !== undefined) throw new ConfigError(`discovery: ${clash.what}`);
  return distinct;
}

/** The same address under the same ring name is the same node. */
function identity({ id, name }: ClusterNode): string {
  return JSON.stringify([id, name]);
}

function nameClash(nodes: readonly ClusterNode[]): { readonly what: string; readonly index: number } | undefined {
  const byId = new Map<string, ClusterNode>();
  for (const [index, node] of nodes.entries()) {
    const other = byId.get(node.id);
    const id = JSON.stringify(node.id);
    if (other !== undefined)
      return { what: `${other.name} and ${node.name} have the same name on the ring, ${id}`, index };
    byId.set(node.id, node);
  }
  return undefined;
}

/**
 * The scheme of an entry that names a source of nodes: `dns+`, `elasticache://`; undefined = the entry is a node.
 * discovery/registry.ts has the schemes.
 */
export function schemeOf(entry: string): string | undefined {
  const scheme = /^[a-z]+(?:\+|:\/\/)/.exec(entry)?.[0];
  return scheme === 'unix://' ? undefined : scheme;
}

const connectionString = /^(?:memcached|couchbase)s?:\/\//;

/**
 * `[v6]:port` or `host:port`, with an optional port; or, with two colons, a bare v6 address, without a port.
 */
const nodeForm = /^(?:(?:\[([^\]]+)\]|([^:[\]\s/?#@]+))(?::(\d+))?|((?:[^:[\]\s/]*:){2}[^[\]\s/]*))$/;

function parseNodeText(text: string, port: number, place: string): ClusterNode {
  const whole = (): string => place;
  const trimmed = text.trim();
  if (connectionString.test(trimmed))
    throw new InvalidOptionError(
      'nodes: a connection string is not a node: it replaces all options (parseConnectionString makes options of it)',
      place,
    );
  if (schemeOf(trimmed) !== undefined)
    throw new InvalidOptionError(`nodes: ${JSON.stringify(text)} cannot stand in this list of plain nodes`, place);
  if (trimmed.startsWith('/') || trimmed.startsWith('unix:'))
    return resolveNode({ path: trimmed.replace(/^unix:(\/\/)?/, '') }, port, whole);
  const match = nodeForm.exec(trimmed);
  const v6 = match?.[1] ?? match?.[4];
  const host = v6 ?? match?.[2];
  if (host === undefined || (v6 !== undefined && !isIPv6(v6)))
    throw new InvalidOptionError(
      `nodes: ${JSON.stringify(text)} is not host, host:port, [ipv6]:port or a socket path`,
      place,
    );
  return resolveNode({ host, port: match?.[3] === undefined ? port : Number(match[3]) }, port, whole);
}

/** A host name has 255 bytes at most. */
const hostForm = /^[^[\]\s/?#@]{1,255}$/;

function isIPv6(host: string): boolean {
  // Without the zone (`%eth0`), which URLs do not have.
  return URL.canParse(`http://[${host.replace(/%.*$/, '')}]`);
}

const knownFields = new Set(['host', 'port', 'path', 'weight', 'id']);

/** `at`: returns the path of a field; `''` = of the node. */
function resolveNode(spec: NodeSpec, port: number, at: (field: string) => string): ClusterNode {
  const shown = show(spec);
  if (typeof spec !== 'object' || spec === null) throw new InvalidOptionError(`nodes: ${shown} is not a node`, at(''));
  for (const field of Object.keys(spec))
    if (!knownFields.has(field))
      throw new InvalidOptionError(`nodes: unknown field "${field}" in ${shown}`, memberOf(at(''), field));
  const weight = spec.weight ?? 1;
  if (!Number.isInteger(weight) || weight < 1)
    throw new InvalidOptionError(`nodes: weight of ${shown} must be a whole number from 1`, at('weight'));
  if (spec.id !== undefined && (typeof spec.id !== 'string' || spec.id === ''))
    throw new InvalidOptionError(`nodes: the id of ${shown} must be a text that is not empty`, at('id'));
  // Names of nodes appear in lines of statistics.
  for (const field of ['host', 'path', 'id'] as const)
    if (typeof spec[field] === 'string' && hasControls(spec[field]))
      throw new InvalidOptionError(`nodes: the ${field} of ${shown} must not have control characters`, at(field));
  if (spec.path !== undefined) {
    if (spec.host !== undefined || spec.port !== undefined)
      throw new InvalidOptionError(`nodes: ${shown} has both a path and a host or port`, at('path'));
    if (typeof spec.path !== 'string' || spec.path === '')
      throw new InvalidOptionError(`nodes: the path of ${shown} must be a text that is not empty`, at('path'));
    return named({ path: spec.path }, spec.path, 0, weight, spec.id);
  }
  if (typeof spec.host !== 'string' || spec.host === '')
    throw new InvalidOptionError(`nodes: ${shown} has no host`, at('host'));
  const host = unbracketed(spec.host);
  const isAddress = host.includes(':') || host !== spec.host;
  if (isAddress ? !isIPv6(host) : !hostForm.test(host))
    throw new InvalidOptionError(`nodes: the host of ${shown} is neither a name nor an IP address`, at('host'));
  const nodePort = spec.port ?? port;
  if (!Number.isInteger(nodePort) || nodePort < 1 || nodePort > 65535)
    throw new InvalidOptionError(`nodes: port of ${shown} must be 1 to 65535`, at('port'));
  return named({ host, port: nodePort }, host, nodePort, weight, spec.id);
}

/**
 * A node at a TCP address from a source. `id`: its name on rings. @default `host:port`. Throws ConfigError for an
 * invalid host name.
 */
export function nodeAt(host: string, port: number, id?: string): ClusterNode {
  if (hasControls(id ?? '')) throw new ConfigError(`the name ${show(id)} has control characters`);
  return named({ host: checkedHost(host), port }, host, port, 1, id);
}

/** A host from a source. Throws ConfigError for an invalid host name. */
export function checkedHost(host: string): string {
  const shown = show(host.slice(0, 60));
  if (hasControls(host)) throw new ConfigError(`the host ${shown} has control characters`);
  if (!hostForm.test(host)) throw new ConfigError(`${shown} is neither the name nor the address of a host`);
  return host;
}

function named(address: Address, host: string, port: number, weight: number, id: string | undefined): ClusterNode {
  const name = formatAddress(address);
  return { id: id ?? name, host, port, weight, address, name };
}
