/** `npm run test:apps`: installs what the applications of examples/ have in lock files of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';

for (const name of readdirSync('examples')) {
  const folder = `examples/${name}`;
  if (!existsSync(`${folder}/package-lock.json`)) continue;
  const installed = statSync(`${folder}/node_modules/.package-lock.json`, { throwIfNoEntry: false });
  if (installed !== undefined && installed.mtimeMs >= statSync(`${folder}/package-lock.json`).mtimeMs) continue;
  console.log(`installing ${folder}`);
  const argv = ['ci', '--prefix', folder, '--ignore-scripts', '--prefer-offline'];
  const { status } = spawnSync('npm', argv, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
