/** The scenes of the demo. The first one is shown without an option. */
import type { OwnScene, Scene } from './scene.ts';
import { cache } from './scenes/cache.ts';
import { couchbase } from './scenes/couchbase.ts';
import { pooled } from './scenes/pooled.ts';
import { proxied } from './scenes/proxied.ts';

/** The scenes, in the order of the help. */
export const scenes: readonly [Scene, ...(Scene | OwnScene)[]] = [pooled, proxied, couchbase, cache];
