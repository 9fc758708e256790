/**
 * A project in a temporary folder whose packages load other ones where they name `memcached` or `memjs`, as `overrides`
 * does it in a package.json.
 *
 *   node_modules/connect-memcached   a copy, so that it looks for its dependencies here
 *   node_modules/memcached           a link to the original, or to the drop-in
 *   node_modules/kruptein, …         links to the packages of this repository
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The built drop-ins, by the package that they replace. */
export const dropins: Readonly<Record<string, string>> = {
  memcached: join(root, 'packages/dropin-memcached'),
  memjs: join(root, 'packages/dropin-memjs'),
};

/** A project that was made. */
export interface TestProject {
  /** Loads one of its packages. */
  readonly load: NodeJS.Require;
  remove(): void;
}

/** `overrides`: package → folder. */
export function createProject(packages: readonly string[], overrides: Readonly<Record<string, string>>): TestProject {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-dropin-'));
  const modules = join(folder, 'node_modules');
  const link = (name: string, target: string): void => {
    const place = join(modules, name);
    if (existsSync(place)) return;
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
  };
  for (const name of packages) cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true });
  for (const [name, target] of Object.entries(overrides)) link(name, target);
  for (const name of packages) {
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(
      readFileSync(join(modules, name, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string> | undefined>;
    for (const other of Object.keys({ ...dependencies, ...peerDependencies }))
      link(other, join(root, 'node_modules', other));
  }
  return {
    load: createRequire(join(folder, 'index.js')),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
