/** All checks, in the order in which their findings are told. A new one is a line here. */
import type { Check } from './check.ts';
import { connections, itemSize } from './checks/limits.ts';
import { evictions, refusedStores } from './checks/memory.ts';
import { clock, latency, restart, unreachable } from './checks/nodes.ts';
import { ring } from './checks/ring.ts';
import { openNodes, plainLogin, tls, udp } from './checks/security.ts';
import { settings, versions } from './checks/versions.ts';
import type { Finding } from './finding.ts';
import type { FleetFacts } from './fleet-facts.ts';

const checks: readonly Check[] = [
  unreachable,
  tls,
  latency,
  clock,
  versions,
  settings,
  evictions,
  refusedStores,
  itemSize,
  connections,
  ring,
  plainLogin,
  udp,
  openNodes,
  restart,
];

/** Every finding about a fleet. */
export function examine(facts: FleetFacts): readonly Finding[] {
  return checks.flatMap((check) => check(facts));
}
