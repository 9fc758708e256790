/** Asks the engine whether it takes the options; its complaints name the option. Nothing is opened or dialled. */
import { InvalidOptionError, type ProxyOptions, proxyProblems } from 'memfleet/proxy';
import { ConfigError, type ConfigProblem, parsePath, type Path } from './problem.ts';

/** Throws ConfigError. `problem` places what is wrong. */
export function checkOptions(options: ProxyOptions, problem: (path: Path, message: string) => ConfigProblem): void {
  const problems = proxyProblems(options).map((error) => {
    // The complaint about a part does not repeat where the part stands.
    const { message } = error.cause instanceof InvalidOptionError ? error.cause : error;
    return problem(parsePath(error.option), message);
  });
  if (problems.length > 0) throw new ConfigError(problems);
}
