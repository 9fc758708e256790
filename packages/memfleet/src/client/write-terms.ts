/** Puts into a command what a write to a Couchbase bucket demands. Everything throws before the command is sent. */
import type { Command } from '../core/command.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import { durabilities, type Durability, type WriteTerms } from '../core/write-terms.ts';
import { checkFlag, refuseArgument } from './arguments.ts';
import type { StoreOptions } from './call-options.ts';
import { checkBucket, type ClientCore } from './core.ts';

/** Gives a write its terms, where it has any. */
export function putTerms(command: Command, options: number | StoreOptions | undefined, core: ClientCore): void {
  if (typeof options === 'object') {
    const { durability, preserveExpiry } = options;
    if (durability !== undefined || preserveExpiry !== undefined) {
      const keepsExpiry = preserveExpiry !== undefined && checkFlag('preserveExpiry', preserveExpiry);
      if (keepsExpiry) checkKept(command, options);
      put(
        command,
        { durability: durability === undefined ? core.durability : durability, preserveExpiry: keepsExpiry },
        core,
      );
      return;
    }
  }
  if (core.durability !== undefined) put(command, { durability: core.durability, preserveExpiry: false }, core);
}

function put(command: Command, terms: WriteTerms, core: ClientCore): void {
  const { durability = 'none', preserveExpiry } = terms;
  checkDurability(durability);
  if (!core.hasReplicas && durability === 'none' && !preserveExpiry) return;
  checkBucket(core, preserveExpiry ? 'the option preserveExpiry' : 'durability levels');
  // The layer of a bucket that sends the terms sets the opcode (couchbase/write-terms.ts).
  command.packet = { opcode: 0, opaque: 0, ...command.packet, terms };
}

function checkDurability(durability: Durability): void {
  if (!durabilities.includes(durability))
    refuseArgument('durability', durability, durabilities.map((level) => `"${level}"`).join(', '));
}

function checkKept(command: Command, { ttl }: StoreOptions): void {
  if (command.mode === 'add')
    throw new InvalidArgumentError('option "preserveExpiry" conflicts with add, which stores only new items');
  if (ttl !== undefined && (command.mode === 'replace' || command.cas !== 0n))
    throw new InvalidArgumentError('options "ttl" and "preserveExpiry" conflict: the item has one expiry');
}
