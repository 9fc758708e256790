/** `memfleet dump` and `memfleet restore`: the items of a fleet in a file. */
import { Command } from 'commander';
import { dumpItems, type DumpOptions } from '../copy/dump-items.ts';
import { restoreItems, type RestoreOptions } from '../copy/restore-items.ts';
import { addTransferOptions } from '../copy/transfer-options.ts';
import { addFleetOptions } from '../fleet/fleet-options.ts';
import { addNotes } from '../help/help-style.ts';

export function dumpCommand(): Command {
  const command = new Command('dump')
    .description('write the items of a fleet into a file; exit code 1 if a node does not list its keys')
    .argument('<file>', 'the file, which is replaced when the dump is complete; - is standard output');
  addNotes(
    command,
    `Examples:
  memfleet dump items.snapshot -n a,b
  memfleet dump - -n a,b | gzip > items.gz`,
    'The file has values, flags, cas tokens and expiry times; docs/snapshot-format.md describes it.',
  );
  return addFleetOptions(addTransferOptions(command)).action((file: string, options: DumpOptions) =>
    dumpItems(file, options),
  );
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('store the items of a file that dump wrote; exit code 1 if one is missing or the file is damaged')
    .argument('<file>', 'the file; - is standard input')
    .option('--replace', 'replace what the fleet has, unless it changes meanwhile; without it, what exists is kept');
  addNotes(
    command,
    `Examples:
  memfleet restore items.snapshot -n c,d,e
  gzip -dc items.gz | memfleet restore - -n c`,
    'Items that have expired since they were dumped are left out. The items before the fault in a truncated or damaged file are restored.',
  );
  return addFleetOptions(addTransferOptions(command)).action((file: string, options: RestoreOptions) =>
    restoreItems(file, options),
  );
}
