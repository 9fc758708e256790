/** What happened between two snapshots, for the time line. */
import { growth } from './points.ts';
import type { Mark, NodeRow, Snapshot } from './snapshot.ts';

/** States in which a node receives no commands, in words. */
const wordsOf: Readonly<Record<string, string>> = {
  ejected: 'ejected',
  probing: 'ejected',
  mixed: 'ejected by some workers',
  down: 'down',
  slow: 'slow',
};

type Look = (before: Snapshot, now: Snapshot) => readonly Omit<Mark, 'at'>[];

/** What happened between two snapshots. */
export function marksBetween(before: Snapshot, now: Snapshot): readonly Mark[] {
  return looks.flatMap((look) => look(before, now)).map((mark) => ({ at: now.at, ...mark }));
}

const looks: readonly Look[] = [
  (before, now) => pairs(before, now).flatMap(([old, node]) => stateMarks(old, node)),
  (before, now) =>
    Object.entries(now.topology)
      .filter(([cluster, revision]) => (before.topology[cluster] ?? revision) !== revision)
      .map(([cluster, revision]) => ({ kind: 'topology', text: changes(cluster, revision, before, now) })),
  ({ config: before }, { config: now }) => {
    if (before === undefined || now === undefined) return [];
    if (now.isRefused && !before.isRefused) return [{ kind: 'refused', text: 'a configuration was refused' }];
    if (now.revision === before.revision) return [];
    return [{ kind: 'config', text: `configuration ${now.revision} is in effect` }];
  },
  (before, now) => {
    const restarts = growth(before.workerRestarts, now.workerRestarts);
    return restarts === 0 ? [] : [{ kind: 'worker', text: `${restarts} worker${restarts === 1 ? '' : 's'} replaced` }];
  },
];

function keyOf({ cluster, node }: NodeRow): string {
  return JSON.stringify([cluster, node]);
}

function pairs(before: Snapshot, now: Snapshot): (readonly [NodeRow, NodeRow])[] {
  const known = new Map(before.nodes.map((node) => [keyOf(node), node]));
  return now.nodes.flatMap((node) => {
    const same = known.get(keyOf(node));
    return same === undefined ? [] : [[same, node] as const];
  });
}

/** A node may be ejected and return between two snapshots: the counter tells. Each process ejects it for itself. */
function stateMarks(before: NodeRow, now: NodeRow): Omit<Mark, 'at'>[] {
  const marks: Omit<Mark, 'at'>[] = [];
  const how = wordsOf[now.state];
  const was = wordsOf[before.state];
  if ((how !== undefined && was === undefined) || (was === undefined && growth(before.ejections, now.ejections) > 0))
    marks.push({ kind: 'ejected', text: `${now.node} is ${how ?? 'ejected'}` });
  if (how === undefined && (was !== undefined || marks.length > 0))
    marks.push({ kind: 'returned', text: `${now.node} is back` });
  return marks;
}

function changes(cluster: string, revision: number, before: Snapshot, now: Snapshot): string {
  const namesOf = ({ nodes }: Snapshot): string[] =>
    nodes.filter((node) => node.cluster === cluster).map(({ node }) => node);
  const [old, fresh] = [namesOf(before), namesOf(now)];
  const came = fresh.filter((node) => !old.includes(node)).map((node) => `${node} joined`);
  const went = old.filter((node) => !fresh.includes(node)).map((node) => `${node} left`);
  const moved = pairs(before, now)
    .filter(([, node]) => node.cluster === cluster)
    .map(([old, node]) => [node.node, (node.vbuckets ?? 0) - (old.vbuckets ?? 0)] as const)
    .filter(([, change]) => change !== 0)
    .map(([node, change]) => `${node} ${change > 0 ? '+' : '−'}${Math.abs(change)} vBuckets`);
  return [`${cluster}: node list ${revision}`, ...came, ...went, ...moved].join(', ');
}
