/** The options that only clients have as the docs describe them, in Markdown. No program loads this file. */
import type { About } from '../core/option-table.ts';
import type { FleetSettings } from '../fleet/options.ts';
import type { ClientOptions } from './options.ts';

/** The options that only clients have. */
export const clientAbout: About<Omit<ClientOptions<never>, keyof FleetSettings>> = {
  errors: '`miss`: a failure of a node returns the result of a miss',
  maxItemSize:
    "the largest item: key, value and memcached's header of 59 to 63 bytes, as `-I` counts; of a bucket the value alone. Larger ones are refused before anything is sent",
  transcoder:
    'values ⇄ bytes: `auto`, `bytes`, `string`, `json`, `v8` (structured clone: keeps Map, Set, NaN), `couchbase`, `compressed(inner)`, those of [other clients](docs/sharing.md) (`python`, `php`, `dalli`, …), or yours',
  ttl: 'the seconds that a value lives if the call sets none; 0 = no expiry',
  prefix: 'put before every key',
  stacks: "ends the stack traces of network errors with the caller's frames; about 6 µs more a call",
  policies: 'layers of your own, the outermost first (`memfleet/core`, unstable)',
};
