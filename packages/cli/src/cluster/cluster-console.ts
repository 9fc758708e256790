/** What can be typed while a simulated cluster runs: a table of verbs, each of which says what it did. */
import { InvalidArgumentError } from 'memfleet';
import type { SimulatedCluster, SimulatedNode } from 'memfleet/testing';

interface Verb {
  readonly usage: string;
  readonly does: string;
  readonly run: (cluster: SimulatedCluster, words: readonly string[]) => Promise<string> | string;
}

const verbs: ReadonlyMap<string, Verb> = new Map([
  ['map', { usage: 'map', does: 'the nodes and what they hold', run: (cluster) => describeCluster(cluster) }],
  ['where', { usage: 'where KEY', does: 'the vBucket of a key, and who has it', run: where }],
  ['add', { usage: 'add [N]', does: 'adds N nodes and rebalances', run: add }],
  ['remove', { usage: 'remove NODE', does: 'rebalances without the node', run: remove }],
  ['rebalance', { usage: 'rebalance', does: 'spreads the vBuckets evenly', run: (cluster) => rebalance(cluster, {}) }],
  ['move', { usage: 'move VBUCKET NODE', does: 'moves one vBucket', run: move }],
  ['kill', { usage: 'kill NODE', does: 'resets its connections; its ports refuse', run: kill }],
  ['start', { usage: 'start NODE', does: 'starts it again, with what it had', run: start }],
  ['failover', { usage: 'failover NODE', does: 'takes it out of the map; replicas become active', run: failover }],
]);

/** What `help` says. */
export const consoleHelp: string = [
  ...[...verbs.values()].map(({ usage, does }) => `${usage.padEnd(18)} ${does}`),
  `${'quit'.padEnd(18)} ends`,
  'NODE is its number or host:port.',
].join('\n');

/** Does what a line says; gives what came of it, mistakes included. */
export async function executeLine(cluster: SimulatedCluster, line: string): Promise<string> {
  const [name = '', ...words] = line.trim().split(/\s+/);
  if (name === '') return '';
  if (name === 'help' || name === '?') return consoleHelp;
  const verb = verbs.get(name);
  if (verb === undefined) return `there is no ${JSON.stringify(name)}; help lists what there is`;
  try {
    return await verb.run(cluster, words);
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A line for each node. */
export function describeCluster(cluster: SimulatedCluster): string {
  const { nodes, rev } = cluster.stats();
  const lines = nodes.map((stats, id) => {
    const { active, replica } = stats.vbuckets;
    const state = stats.isUp ? (stats.isMember ? 'up' : 'up, not in the map') : 'down';
    const held = `${active} active (${stats.items.active} items), ${replica} replica (${stats.items.replica} items)`;
    return `${String(id).padStart(3)}  ${stats.name}  rest ${cluster.allNodes[id]!.restPort}  ${held}, ${stats.sessions} connections, ${state}`;
  });
  return [`map revision ${rev}`, ...lines].join('\n');
}

function nodeOf(cluster: SimulatedCluster, text: string | undefined): SimulatedNode {
  const found = cluster.allNodes.find((node) => text === String(node.id) || text === node.name);
  if (found === undefined) throw new InvalidArgumentError(`there is no node ${text ?? ''}; map lists them`);
  return found;
}

function where(cluster: SimulatedCluster, [key = '']: readonly string[]): string {
  const held = cluster.inspect(key).map(({ node, state, value }) => {
    const size = value === undefined ? 'not there' : `${value.length} bytes`;
    return `node ${node.id} (${node.name}) ${state}, ${size}`;
  });
  return [`vBucket ${cluster.vbucketOf(key)}`, ...held].join('\n');
}

async function rebalance(
  cluster: SimulatedCluster,
  change: Parameters<SimulatedCluster['rebalance']>[0],
): Promise<string> {
  const { moves, rev } = await cluster.rebalance(change);
  return `${moves} vBuckets moved; map revision ${rev}, ${cluster.nodes.length} nodes`;
}

function add(cluster: SimulatedCluster, [count = '1']: readonly string[]): Promise<string> {
  const nodes = Number(count);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 100)
    throw new InvalidArgumentError('it takes a number from 1 to 100');
  return rebalance(cluster, { add: nodes });
}

function remove(cluster: SimulatedCluster, [name]: readonly string[]): Promise<string> {
  return rebalance(cluster, { remove: [nodeOf(cluster, name)] });
}

async function move(cluster: SimulatedCluster, [vbucket, name]: readonly string[]): Promise<string> {
  const node = nodeOf(cluster, name);
  await cluster.moveVbucket(Number(vbucket), node);
  return `vBucket ${vbucket} is on node ${node.id}; map revision ${cluster.rev}`;
}

async function kill(cluster: SimulatedCluster, [name]: readonly string[]): Promise<string> {
  const node = nodeOf(cluster, name);
  await cluster.killNode(node);
  return `node ${node.id} is down`;
}

async function start(cluster: SimulatedCluster, [name]: readonly string[]): Promise<string> {
  const node = nodeOf(cluster, name);
  await cluster.startNode(node);
  return `node ${node.id} is up`;
}

function failover(cluster: SimulatedCluster, [name]: readonly string[]): string {
  const node = nodeOf(cluster, name);
  cluster.failover(node);
  return `node ${node.id} is out of the map; map revision ${cluster.rev}`;
}
