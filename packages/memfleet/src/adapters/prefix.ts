/** The option that most adapters have. */
import { anyText, type Option } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-table.ts';

/** Options of an adapter. */
export interface PrefixOptions {
  /** Prepended to every key, behind the prefix of the client. @default the name of the adapter and a colon */
  readonly prefix?: string | undefined;
}

/** The row of the option `prefix`. */
export const prefixOption: Option<string> = {
  kind: anyText,
  defaultText: 'the name of the adapter and a colon',
  aka: ['keyPrefix'],
  about: 'prepended to every key, behind the prefix of the client',
};

/** The prefix of an adapter. Throws InvalidOptionError. */
export function prefixOf(options: PrefixOptions, name: string): string {
  checkOptions({ prefix: prefixOption }, options, '');
  return options.prefix ?? name;
}
