/** Mistakes of changed node lists. */
import type { Mutant } from './mutant.ts';
import { spreadsKeys } from './shared.ts';

export const topologyMutants: readonly Mutant[] = [
  {
    name: 'removed nodes drop their commands',
    file: 'cluster/cluster.js',
    search: '            this.#drain(member);\n        const names',
    replacement: '            member.pool.destroy();\n        const names',
  },
  spreadsKeys,
];
