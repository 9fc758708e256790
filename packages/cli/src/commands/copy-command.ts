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
    .option(
      '--state <file>',
      'keep the progress in this file, so that the same command continues a copy that was interrupted',
    );
  addNotes(
    command,
    `Examples:
  memfleet copy -n a,b -t c,d,e --state state
  memfleet copy -n a,b -t c --match 'user:*'
  memfleet copy -n a,b -t c,d,e --dry-run`,
    'The nodes of the source list their keys by `lru_crawler metadump` (memcached 1.4.31). A key is copied from the node that owns it under --locator. A value that changes at the source after it was read is not copied again.',
    'The target may be a Couchbase bucket; the source may not. Every option of the client can be in a connection string.',
  );
  return addTargetOptions(addFleetOptions(addTransferOptions(command))).action((options: CopyOptions) =>
    copyItems(options),
  );
}
