/**
 * Durable writes wait for the copies of their vBucket:
 *
 *   the map has too few copies ──▶ impossible
 *   enough of them run ──────────▶ executed when they have it, after `replicaLag` ─┐
 *   too few run ─────────────────▶ ambiguous when its time is over                 ├ meanwhile others: in progress
 */
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import type { CollectionCopy } from './collection-copy.ts';
import type { SessionView } from './session-view.ts';
import type { WriteTerms } from './write-terms.ts';

/** Durable writes that have waited. */
const prepared = new WeakSet<Command>();

/** Whether a command is a durable write that has waited: it is executed a second time, and counted already. */
export function hasWaited(command: Command): boolean {
  return prepared.has(command);
}

/** Whether the copies have a durable write. False: it was refused, or waits; `again` is called when they have it. */
export function isPrepared(
  session: SessionView,
  command: Command,
  copy: CollectionCopy,
  { durabilityTimeout }: WriteTerms,
  again: () => void,
): boolean {
  const { bucket } = session.part!;
  const { replicaLag } = session.state.options;
  const { mapped, running } = bucket.copiesOf(command.vbucket);
  const wanted = Math.floor((bucket.options.replicas + 1) / 2) + 1;
  const refuse = (): void => session.fail(command, status.syncWriteAmbiguous);
  if (!bucket.isMapped) session.fail(command, status.notSupported);
  else if (mapped < wanted) session.fail(command, status.durabilityImpossible);
  else if (running < wanted) wait(session, command, copy, durabilityTimeout, refuse);
  else if (replicaLag === 0 || hasWaited(command)) return true;
  else if (durabilityTimeout < replicaLag) wait(session, command, copy, durabilityTimeout, refuse);
  else {
    wait(session, command, copy, replicaLag, () => {
      prepared.add(command);
      again();
    });
  }
  return false;
}

function wait(session: SessionView, { key }: Command, copy: CollectionCopy, ms: number, act: () => void): void {
  const { clock } = session.state.options;
  copy.pendingWrites.add(key);
  session.hold(
    (resume) =>
      clock.setTimer(
        ms,
        () => {
          copy.pendingWrites.delete(key);
          resume();
        },
        false,
      ),
    act,
  );
}
