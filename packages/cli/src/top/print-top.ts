/** `memfleet top --once` and `--json`: looks at the fleet, and prints. */
import type { ClientOptions } from 'memfleet';
import { exitCodes } from '../failure.ts';
import { Fleet } from '../fleet/fleet.ts';
import { Sampler, type SamplerOptions, type Snapshot } from '../fleet/sampler.ts';
import { printResult } from '../output.ts';
import { plainOptions } from './keys/node-fleet.ts';
import { snapshotFields, snapshotTable } from './snapshot-text.ts';

/** What is printed, and how often. */
export interface PrintOptions extends Omit<SamplerOptions, 'patience'> {
  readonly once?: true;
  readonly json?: true;
}

/** A rate needs two looks. */
const looks = 2;

/** Prints a snapshot an interval, or, with `once`, one; the exit code is 1 if a node was not up then. */
export async function printTop(client: ClientOptions<never>, options: PrintOptions): Promise<void> {
  const fleet = new Fleet(plainOptions(client), true);
  const sampler = new Sampler(fleet, { ...options, patience: options.timeout });
  try {
    await new Promise<void>((resolve) => {
      let count = 0;
      sampler.start((snapshot) => {
        if (++count < looks) return;
        printSnapshot(snapshot, options);
        if (options.once === true) resolve();
      });
    });
  } finally {
    sampler.stop();
    fleet.client.destroy();
  }
}

function printSnapshot(snapshot: Snapshot, options: PrintOptions): void {
  printResult(options, snapshotFields(snapshot), options.json === true ? undefined : snapshotTable(snapshot));
  const { nodes, problem } = snapshot;
  if (options.once === true && (problem !== undefined || nodes.some(({ state }) => state !== 'up')))
    process.exitCode = exitCodes.failed;
}
