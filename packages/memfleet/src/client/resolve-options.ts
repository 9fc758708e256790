import * as check from '../core/option-checks.ts';
/** Checks the options of a client before anything is opened. Every complaint names the option and what it takes. */
import type { FleetOptions } from '../fleet/assemble.ts';
import { fleetChecks, resolveFleet } from '../fleet/options.ts';
import type { ClientOptions } from './options.ts';

const clientChecks = check.options({
  ...fleetChecks,
  errors: check.oneOf('throw', 'miss'),
  maxItemSize: check.whole(1),
  transcoder: (value, name) => {
    const { encode, decode } = (value ?? {}) as { encode?: unknown; decode?: unknown };
    const isFit = typeof encode === 'function' && typeof decode === 'function';
    if (!isFit) check.fail(name, value, 'an object with encode and decode');
  },
  ttl: check.number(0, Infinity, 'seconds from 0'),
  prefix: check.anyText,
});

/** Throws InvalidOptionError. */
export function resolveOptions(given: ClientOptions<never>): FleetOptions {
  clientChecks(given, '');
  return resolveFleet(given);
}
