/** `memfleet copy`: the items of one fleet into another. */
import { Command } from 'commander';
import { copyItems, type CopyOptions } from '../copy/copy-items.ts';
import { addTargetOptions, addTransferOptions } from '../copy/transfer-options.ts';
import { addFleetOptions } from '../fleet/fleet-options.ts';
import { addNotes } from '../help/help-style.ts';

export function copyCommand(): Command {
  const command = new Command('copy')
    .description('copy the items of one fleet into another, with flags and time to live; exit code 1 if one is missing')
    .option('--replace', 'replace what the target has, unless it changes meanwhile; without it, what exists is kept')
    .option('--state <file>', 'keep the progress in this file, so that the same command continues a copy that ended');
  addNotes(
    command,
    `Examples:
  memfleet copy -n a,b -t c,d,e --state state
  memfleet copy -n a,b -t c --match 'user:*'
  memfleet copy -n a,b -t c,d,e --dry-run`,
    'The nodes of the source list their keys by `lru_crawler metadump` (memcached 1.4.31). A key is copied from the node that owns it under --locator. Values that change at the source after they were read are not copied again.',
    'Of source and target, --target may be a Couchbase bucket. Every option of the client can be in a connection string.',
  );
  return addTargetOptions(addFleetOptions(addTransferOptions(command))).action((options: CopyOptions) =>
    copyItems(options),
  );
}
