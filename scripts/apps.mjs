/** `npm run test:apps`: installs what the applications of examples/ have in lock files of their own. */
import { existsSync, readdirSync } from 'node:fs';
import { installPackages } from './own-packages.mjs';

for (const name of readdirSync('examples')) {
  const folder = `examples/${name}`;
  if (existsSync(`${folder}/package-lock.json`)) installPackages(folder);
}
