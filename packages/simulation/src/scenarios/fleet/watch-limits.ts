/** Looks at clients now and then whether they keep within their limits. */
import type { Client } from 'memfleet';
import { checkLimits } from '../../check/limits.ts';
import { isOn, numberIn, type Plan, textIn } from '../../plan.ts';
import type { Stage } from '../../stage.ts';

/** Virtual ms between two looks; snapshots cost time. */
const every = 100;
/** The defaults of clients. */
const ejectShare = 0.5;
const maxWaiting = 262_144;

/** Looks at all clients during the load, and when one ejects a node. */
export function watchLimits(
  stage: Stage,
  { duration, options, scenario }: Plan,
  clients: ReadonlyMap<string, Client<string>>,
): void {
  const { world } = stage;
  const isMerged = ['auto', 'text'].includes(textIn(options, 'protocol'));
  const most = isOn(options, 'exclusive') ? 1 : numberIn(options, 'maxInFlight');
  const maxInFlight = isMerged ? Infinity : most;
  const look = (name: string, client: Client<string>, share: number): void => {
    const limits = { ejectShare: share, maxInFlight, maxWaiting };
    for (const problem of checkLimits(name, client.stats().nodes, limits, world.now)) stage.report(problem);
  };
  // A node that leaves makes the share of the others larger.
  const share = ['couchbase', 'topology'].includes(scenario) ? 1 : ejectShare;
  for (const [name, client] of clients) client.on('eject', () => look(name, client, share));
  let seen = 0;
  for (let at = every; at < duration; at += every)
    world.after(at, () => {
      const { open, operations } = stage.history;
      // Without a call nothing changes.
      if (open === 0 && operations.length === seen) return;
      seen = operations.length;
      for (const [name, client] of clients) look(name, client, 1);
    });
}
