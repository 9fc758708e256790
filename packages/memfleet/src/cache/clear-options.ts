/** The options of `clear`. */
import { InvalidOptionError } from '../core/errors.ts';
import { flag } from '../core/option-kinds.ts';
import { checkOptions, type OptionTable } from '../core/option-table.ts';

/** The options of `clear`. */
export interface ClearOptions {
  /**
   * Also the items of all other clients of the nodes (`flush_all`); for a cache that is no namespace. @default false
   */
  readonly all?: boolean | undefined;
}

const table: OptionTable<ClearOptions> = {
  all: { kind: flag, default: false, about: 'also the items of all other clients of the nodes (`flush_all`)' },
};

/** Throws for options that would clear more, or less, than was meant. */
export function checkClear(options: ClearOptions, isNamespace: boolean): void {
  checkOptions(table, options, '');
  const all = options.all === true;
  if (isNamespace && all)
    throw new InvalidOptionError('option "all": a namespace clears its own keys only; clear the cache itself', 'all');
  if (isNamespace || all) return;
  const words = 'the keys of a cache that is no namespace are cleared with those of all other clients (flush_all)';
  throw new InvalidOptionError(`${words}: pass { all: true }, or use a namespace`, 'all');
}
