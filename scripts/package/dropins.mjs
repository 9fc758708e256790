/**
 * dist of the drop-in packages: one CommonJS file, which `import` gets as well, through a file that names its exports.
 * So a process has one copy of their classes and settings, as with the packages that they replace.
 */
import { writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

/** The packages, and the names that `import` has beside the default. */
const dropins = [
  { folder: 'packages/dropin-memcached', exports: 'default', names: [] },
  { folder: 'packages/dropin-memjs', exports: 'named', names: ['Client', 'Server', 'Utils', 'Header'] },
];

export async function writeDropins() {
  for (const { folder, exports, names } of dropins) {
    const bundle = await rolldown({
      input: `${folder}/src/index.ts`,
      platform: 'node',
      tsconfig: false,
      external: /^memfleet(\/|$)/,
      transform: { target: 'node20.19' },
    });
    await bundle.write({
      file: `${folder}/dist/index.cjs`,
      format: 'cjs',
      exports: /** @type {'default' | 'named'} */ (exports),
      strict: true,
      comments: false,
    });
    await bundle.close();
    const named = names.length === 0 ? '' : `export const { ${names.join(', ')} } = whole;\n`;
    writeFileSync(`${folder}/dist/index.js`, `import whole from './index.cjs';\n${named}export default whole;\n`);
  }
}
