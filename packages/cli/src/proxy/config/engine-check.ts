/** What only the library can judge. */
import { createLocator } from 'memfleet/locator';
import { InvalidOptionError, type ProxyOptions } from 'memfleet/proxy';
import type { ConfigProblem, Path } from './problem.ts';

type Problem = (path: Path, message: string) => ConfigProblem;

/** What the engine finds wrong; an empty list when it takes them. Nothing is opened. */
export function checkWithEngine(options: ProxyOptions, problem: Problem): ConfigProblem[] {
  return checkLocators(options, problem);
}

/** Names of locators, and hash tags that are none. */
function checkLocators({ clusters }: ProxyOptions, problem: Problem): ConfigProblem[] {
  return Object.entries(clusters).flatMap(([name, { locator, hashTag }]) => {
    try {
      createLocator(typeof locator === 'string' ? locator : 'ketama', [], hashTag === undefined ? {} : { hashTag });
      return [];
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) throw error;
      const key = error.message.startsWith('unknown locator') ? 'locator' : 'hashTag';
      return problem(['clusters', name, key], error.message);
    }
  });
}
