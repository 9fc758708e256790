/** Removes everything that the build and the tests made. */
import { rmSync } from 'node:fs';

for (const path of [
  'packages/memfleet/dist',
  'packages/memfleet/README.md',
  'packages/memcached-server/dist',
  'packages/cli/dist',
  'packages/cli/bundle',
  'packages/cli/code-cache',
  'packages/cli/man',
  'packages/demo/dist',
  'packages/dropin-memcached/dist',
  'packages/dropin-memjs/dist',
  'packages/simulation/dist',
  'fuzz/dist',
  'coverage',
  'dist',
  'site/dist',
  'site/pages',
  'node_modules/.cache',
]) {
  rmSync(new URL(`../${path}`, import.meta.url), { recursive: true, force: true });
}
