/** Asks the engine whether it takes the options, and finds out which key its complaint is about. */
import { createProxy, type FleetSettings, InvalidOptionError, type ProxyOptions } from 'memfleet/proxy';
import { type ConfigProblem, type Path, parsePath } from './problem.ts';

type Problem = (path: Path, message: string) => ConfigProblem;

/** What the engine finds wrong; an empty list when it takes them. Nothing is opened or dialled. */
export function checkWithEngine(options: ProxyOptions, problem: Problem): ConfigProblem[] {
  // One by one, so that the faults of all clusters are found, and it is known whose they are.
  const problems = Object.entries(options.clusters).flatMap(([name, fleet]) => checkCluster(name, fleet, problem));
  if (problems.length > 0) return problems;
  const message = complaintOf(options);
  return message === undefined ? [] : [problem(pathIn(message), message)];
}

function checkCluster(name: string, fleet: FleetSettings, problem: Problem): ConfigProblem[] {
  const message = complaintOf({ listeners: [{ port: 0, route: 'it' }], clusters: { it: fleet } });
  if (message === undefined) return [];
  const [, prefix = '', rest] = /^(clusters\.it: )?(.*)$/s.exec(
    message.replaceAll('clusters.it.', ''),
  ) as RegExpExecArray;
  const text = rest ?? message.slice(prefix.length);
  return [problem(['clusters', name, ...keyOf(text)], text)];
}

/** What a complaint about a fleet is about: `option "pool.min" …`, `nodes: …`, `unknown locator …`. */
function keyOf(message: string): Path {
  const quoted = /options? "([\w.]+)"/.exec(message)?.[1];
  if (quoted !== undefined) return parsePath(quoted);
  if (message.startsWith('unknown locator')) return ['locator'];
  return parsePath(/^(\w+)(?:: | must)/.exec(message)?.[1] ?? '');
}

/** The first thing in a message that looks like the keys of an option. */
function pathIn(message: string): Path {
  return parsePath(/(?:listeners|clusters|routes)[\w.[\]-]*/.exec(message)?.[0] ?? '');
}

function complaintOf(options: ProxyOptions): string | undefined {
  try {
    createProxy(options);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidOptionError) return error.message;
    throw error;
  }
}
