/** Checks the options of a client before anything is opened. Every complaint names the option and what it takes. */
import { checkOptions } from '../core/option-table.ts';
import type { FleetOptions } from '../fleet/assemble.ts';
import { resolveFleet } from '../fleet/resolve.ts';
import { clientOptions, type ClientOptions } from './options.ts';

/** Throws InvalidOptionError. */
export function resolveOptions(given: ClientOptions<never>): FleetOptions {
  checkOptions(clientOptions, given, '');
  return { ...resolveFleet(given), policies: given.policies ?? [] };
}
