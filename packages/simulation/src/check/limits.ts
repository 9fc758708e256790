/** G8: at any time, pools and fleets keep within their limits. */
import type { Problem } from '../problem.ts';

/** What a client says of a node: of `client.stats()`. */
export interface NodeLoad {
  readonly node: string;
  readonly state: string;
  /** Connections and dials at once: the highest so far, and at most. */
  readonly peak: number;
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/** The limits of a client. */
export interface Limits {
  /** Commands in flight on a connection; Infinity: gets of one turn are one line, which counts once. */
  readonly maxInFlight: number;
  /** Callers that wait for room at a node. */
  readonly maxWaiting: number;
  /** The share of the nodes that may be ejected. */
  readonly ejectShare: number;
}

/** Checks a client at a time (virtual ms). */
export function checkLimits(
  client: string,
  nodes: readonly NodeLoad[],
  { ejectShare, maxInFlight, maxWaiting }: Limits,
  at: number,
): Problem[] {
  const problems: Problem[] = [];
  const report = (message: string): void => void problems.push({ rule: 'G8', at, message: `${client} ${message}` });
  for (const { inFlight, limit, node, peak, waiting } of nodes) {
    if (peak > limit) report(`has ${peak} connections to ${node}; ${limit} are allowed`);
    // One probe of the node, which waits for no room.
    if (inFlight > limit * maxInFlight + 1) report(`has ${inFlight} commands in flight on ${node}`);
    if (waiting > maxWaiting) report(`has ${waiting} callers that wait for ${node}; ${maxWaiting} are allowed`);
  }
  const ejected = nodes.filter(({ state }) => state === 'ejected').length;
  if (ejected > Math.ceil(nodes.length * ejectShare)) report(`ejects ${ejected} of ${nodes.length} nodes`);
  return problems;
}
