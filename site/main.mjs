/**
 * The site: `npm run site` builds it into site/dist, `npm run site:preview` serves what was built, and `npm run
 * site:look` looks at it in Chromium.
 */
import { installPackages } from '../scripts/own-packages.mjs';

installPackages(import.meta.dirname);
const [what = 'build', ...words] = process.argv.slice(2);
const { run } = await import(`./src/${what}.mjs`);
await run(words);
