/**
 * Turns the option `nodes` into a config source:
 *
 *   'a:11211,b'   ['a', { host: 'b' }]         that list
 *   () => […]                                  a function, called again at an interval
 *   'dns+cache.example:11211'  'dnssrv+…'      DNS names, also beside plain nodes
 *   'elasticache://config.example:11211'       a configuration endpoint; `memorystore://` is the same
 */
import { InvalidOptionError } from '../../core/errors.ts';
import { fail } from '../../core/option-checks.ts';
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
import type { DiscoveryEntry, DiscoveryOptions } from './discovery-source.ts';
import { type FindNodes, PollingSource, pollTimeout } from './polling-source.ts';
import { sourceOf } from './registry.ts';

/** Milliseconds between calls of a function: 0 = it is called until it has returned a list once. */
const functionInterval = 0;

/** Throws InvalidOptionError. */
export function sourceOfNodes(
  nodes: string | readonly NodeInput[] | NodesFunction,
  options: DiscoveryOptions,
): ConfigSource {
  const polling = (find: FindNodes, what: string, interval: number): ConfigSource => {
    const { clock, random, refreshInterval = interval } = options;
    return new PollingSource(find, what, { clock, random, interval: refreshInterval, timeout: pollTimeout });
  };
  if (typeof nodes === 'function') return polling(nodesOf(nodes), 'the nodes function', functionInterval);
  const entries = splitNodes(nodes);
  const place = typeof nodes === 'string' ? inText : inList;
  const found = entries.map((entry) => (typeof entry === 'string' ? sourceOf(entry.trim()) : undefined));
  const source = found.find((one) => one?.isAlone === true) ?? found.find((one) => one !== undefined);
  if (source === undefined) {
    if (options.refreshInterval !== undefined) {
      throw new InvalidOptionError(
        'option "refreshInterval" needs "nodes" to be a function, DNS names or a configuration endpoint',
        'refreshInterval',
      );
    }
    return staticSource(listNodes(entries, place));
  }
  if (source.isAlone && entries.length > 1)
    throw new InvalidOptionError(`nodes: ${source.what} stands alone, not in a list`, place(found.indexOf(source)));
  const given: DiscoveryEntry[] = [];
  const plain: NodeInput[] = [];
  const places: string[] = [];
  for (const [at, entry] of entries.entries()) {
    if (typeof entry === 'string' && found[at] === source) given.push({ text: entry.trim(), option: place(at) });
    else {
      plain.push(entry);
      places.push(place(at));
    }
  }
  const others = parseNodes(plain, undefined, (index) => places[index] as string);
  return polling(source.find(given, others, options), given.map(({ text }) => text).join(', '), source.interval);
}

/** A function may return duplicates: each node is kept once. */
function nodesOf(nodes: NodesFunction): FindNodes {
  return async () => {
    const found = await nodes();
    if (!Array.isArray(found)) fail('nodes', found, 'a function that gives a list');
    return withoutRepeats((found as readonly NodeInput[]).map((input) => parseNode(input)));
  };
}

/** Parses a user's list of plain nodes. Throws InvalidOptionError, also for an empty list. */
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
