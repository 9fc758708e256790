/** Mistakes of `getOrSet`. */
import type { Mutant } from './mutant.ts';
import { spreadsKeys } from './shared.ts';

export const loadsMutants: readonly Mutant[] = [
  {
    name: 'calls of one key load by themselves',
    file: 'client/get-or-set.js',
    search: 'this.#loads.set(id, running);',
    replacement: '',
  },
  {
    name: 'a load is stored under the key of another prefix',
    file: 'client/get-or-set.js',
    search: ': storage.set(key, value, settings);',
    replacement: ': storage.set(`k${key.length}`, value, settings);',
  },
  spreadsKeys,
];
