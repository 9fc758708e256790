/** Checks the options of a client before anything is opened. Every error names the option and the values it takes. */
import { checkOptions } from '../core/option-table.ts';
import type { FleetOptions } from '../fleet/assemble.ts';
import { resolveFleet } from '../fleet/resolve.ts';
import { clientOptions, type ClientOptions } from './options.ts';

/** Checks and completes the options. Throws InvalidOptionError. */
export function resolveOptions(given: ClientOptions<never>): FleetOptions {
  checkOptions(clientOptions, given, '');
  return { ...resolveFleet(given), policies: given.policies ?? [] };
}
