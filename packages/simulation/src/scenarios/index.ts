import type { Scenario } from '../scenario.ts';
import { cache } from './cache/index.ts';
import { couchbase } from './couchbase/index.ts';
import { fleet } from './fleet/index.ts';
import { loads } from './loads/index.ts';
import { migration } from './migration/index.ts';
import { proxy } from './proxy/index.ts';
import { routes } from './routes/index.ts';
import { sessions } from './sessions/index.ts';
import { topology } from './topology/index.ts';

/** All scenarios. */
export const scenarios: readonly Scenario[] = [
  fleet,
  proxy,
  cache,
  couchbase,
  sessions,
  routes,
  migration,
  topology,
  loads,
];

/** The scenario of this name. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no scenario ${name}; there are ${scenarios.map((scenario) => scenario.name).join(', ')}`);
}
