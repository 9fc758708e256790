/** Asks the engine whether it takes the options; its complaints name the option. */
import { createProxy, type FleetSettings, InvalidOptionError, type ProxyOptions } from 'memfleet/proxy';
import { type ConfigProblem, type Path, parsePath } from './problem.ts';

type Problem = (path: Path, message: string) => ConfigProblem;

/** What the engine finds wrong; an empty list when it takes them. Nothing is opened or dialled. */
export function checkWithEngine(options: ProxyOptions, problem: Problem): ConfigProblem[] {
  // One by one, so that the faults of all clusters are found.
  const problems = Object.entries(options.clusters).flatMap(([name, fleet]) => checkCluster(name, fleet, problem));
  return problems.length > 0 ? problems : check(options, problem);
}

function checkCluster(name: string, fleet: FleetSettings, problem: Problem): ConfigProblem[] {
  return check({ listeners: [{ port: 0, route: name }], clusters: { [name]: fleet } }, problem);
}

function check(options: ProxyOptions, problem: Problem): ConfigProblem[] {
  try {
    createProxy(options);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    // The complaint about a part does not repeat where the part stands.
    const { message } = error.cause instanceof InvalidOptionError ? error.cause : error;
    return [problem(parsePath(error.option), message)];
  }
}
