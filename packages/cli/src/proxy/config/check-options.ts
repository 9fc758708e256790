/** Everything about options that no schema says: what holds between their parts, and what the engine takes. */
import type { ProxyOptions } from 'memfleet/proxy';
import { checkWithEngine } from './engine-check.ts';
import { ConfigError, type ConfigProblem, type Path } from './problem.ts';
import { checkReferences } from './references.ts';

/** Throws ConfigError. `problem` places what is wrong. */
export function checkOptions(
  options: ProxyOptions,
  problem: (path: Path, message: string, isKey?: boolean) => ConfigProblem,
): void {
  const problems = checkReferences(options, problem);
  if (problems.length === 0) problems.push(...checkWithEngine(options, problem));
  if (problems.length > 0) throw new ConfigError(problems);
}
