/**
 * `npm run binary`: the command as one executable file, dist/memfleet, for machines without Node; with the
 * licences of all that is inside, dist/LICENSES.txt.
 *
 *   sources ─ esbuild ─▶ memfleet.cjs ─ node 24 ─▶ blob with compiled code ─ postject ─▶ node 24 without symbols
 *
 * `npm run binary:smoke` tries it: smoke.mjs.
 */
import { installPackages } from '../own-packages.mjs';

installPackages(import.meta.dirname);
const { writeBinary } = await import('./write-binary.mjs');
await writeBinary();
