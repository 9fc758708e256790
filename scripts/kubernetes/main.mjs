/**
 * `node scripts/kubernetes/main.mjs [FILE…]`: checks the Kubernetes manifests of the examples, without a cluster.
 *
 *   YAML ─┬─ the JSON schemas of kubernetes-models ─▶ wrong types and values, missing fields
 *         └─ a TypeScript literal of the object's type ─ tsc ─▶ unknown fields, which the schemas let pass
 */
import { resolve } from 'node:path';
import { installPackages } from '../own-packages.mjs';

installPackages(import.meta.dirname);
const { faultsIn } = await import('./check.mjs');

const given = process.argv.slice(2);
const files = given.length > 0 ? given : ['examples/proxy/kubernetes/proxy.yml', 'examples/proxy/sidecar/pod.yml'];
const faults = await faultsIn(files.map((file) => resolve(file)));
for (const fault of faults) console.error(fault);
console.log(`${files.length} files of manifests, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
