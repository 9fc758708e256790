/**
 * What users write as `nodes`, as a config source:
 *
 *   'a:11211,b'   ['a', { host: 'b' }]         that list
 *   () => […]                                  a function, asked again at an interval
 *   'dns+cache.example:11211'  'dnssrv+…'      DNS names, also beside plain nodes
 *   'elasticache://config.example:11211'       a configuration endpoint; `memorystore://` is the same
 */
import type { Clock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../core/errors.ts';
import { fail } from '../../core/option-checks.ts';
import type { TlsOptions } from '../../net/dial.ts';
import type { ConfigSource, NodesFunction } from '../config-source.ts';
import { staticSource } from '../config-source.ts';
import {
  type ClusterNode,
  inList,
  inText,
  type NodeInput,
  parseNode,
  parseNodes,
  type Place,
  withoutRepeats,
} from '../node-spec.ts';
import { endpointFinder } from './config-endpoint.ts';
import { dnsFinder, parseDnsName, type Resolver } from './dns.ts';
import { answerTimeout, type FindNodes, PollingSource } from './polling-source.ts';

/** What sources need beside the list. */
export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  /** Milliseconds between questions; undefined = the default of the kind. */
  readonly refreshInterval?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly keepAliveDelay: number;
  readonly resolver?: Resolver | undefined;
}

/** Milliseconds between questions, by kind: a function is asked until it has given a list once. */
export const refreshIntervals: { readonly function: 0; readonly dns: 30_000; readonly endpoint: 60_000 } =
  Object.freeze({ function: 0, dns: 30_000, endpoint: 60_000 });

const endpointForm = /^(?:elasticache|memorystore):\/\/([^/]+)\/?$/;

/** Throws InvalidOptionError. */
export function sourceOfNodes(
  nodes: string | readonly NodeInput[] | NodesFunction,
  options: DiscoveryOptions,
): ConfigSource {
  const polling = (find: FindNodes, what: string, interval: number): ConfigSource => {
    const { clock, random, refreshInterval = interval } = options;
    return new PollingSource(find, what, { clock, random, interval: refreshInterval, timeout: answerTimeout });
  };
  if (typeof nodes === 'function') return polling(nodesOf(nodes), 'the nodes function', refreshIntervals.function);
  const entries = splitNodes(nodes);
  const place = typeof nodes === 'string' ? inText : inList;
  const endpoint = endpointOf(entries, place);
  if (endpoint !== undefined) {
    const { tls, keepAliveDelay } = options;
    const find = endpointFinder({ address: endpoint.address, tls, keepAliveDelay });
    return polling(find, endpoint.name, refreshIntervals.endpoint);
  }
  const names = entries.map((entry, at) => (typeof entry === 'string' ? parseDnsName(entry, place(at)) : undefined));
  const given = names.filter((name) => name !== undefined);
  if (given.length > 0) {
    const others = [...entries.keys()].filter((at) => names[at] === undefined);
    const plainAt: Place = (index) => place(others[index] as number);
    const plain = parseNodes(
      others.map((at) => entries[at] as NodeInput),
      undefined,
      plainAt,
    );
    const what = given.map((name) => name.text).join(', ');
    return polling(dnsFinder(given, plain, options.resolver), what, refreshIntervals.dns);
  }
  if (options.refreshInterval !== undefined) {
    throw new InvalidOptionError(
      'option "refreshInterval" needs "nodes" to be a function, DNS names or a configuration endpoint',
      'refreshInterval',
    );
  }
  return staticSource(listNodes(entries, place));
}

/** A function asks somebody else: what it finds twice is there once. */
function nodesOf(nodes: NodesFunction): FindNodes {
  return async () => {
    const found = await nodes();
    if (!Array.isArray(found)) fail('nodes', found, 'a function that gives a list');
    return withoutRepeats((found as readonly NodeInput[]).map((input) => parseNode(input)));
  };
}

/** Reads a list of plain nodes as users write it. Throws InvalidOptionError, also when it is empty. */
export function resolveNodes(nodes: string | readonly NodeInput[]): ClusterNode[] {
  return listNodes(splitNodes(nodes), typeof nodes === 'string' ? inText : inList);
}

function listNodes(entries: readonly NodeInput[], place: Place): ClusterNode[] {
  if (entries.length === 0) throw new InvalidOptionError('option "nodes" is an empty list', 'nodes');
  return parseNodes(entries, undefined, place);
}

function splitNodes(nodes: string | readonly NodeInput[]): readonly NodeInput[] {
  if (typeof nodes === 'string') return nodes.split(/[,\s;]+/).filter((part) => part !== '');
  if (!Array.isArray(nodes)) fail('nodes', nodes, 'a text, a list or a function');
  return nodes as readonly NodeInput[];
}

function endpointOf(entries: readonly NodeInput[], place: Place): ClusterNode | undefined {
  const matches = entries.map((entry) => (typeof entry === 'string' ? endpointForm.exec(entry.trim()) : null));
  const at = matches.findIndex((match) => match !== null);
  if (at < 0) return undefined;
  if (entries.length > 1)
    throw new InvalidOptionError('nodes: a configuration endpoint stands alone, not in a list', place(at));
  return parseNodes([matches[at]![1]!], undefined, inText)[0];
}
