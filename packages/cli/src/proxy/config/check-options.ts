/** Asks the engine whether it takes the options; its complaints name the option. Nothing is opened or dialled. */
import { type FleetSettings, InvalidOptionError, type ProxyOptions, proxyProblems } from 'memfleet/proxy';
import { ConfigError, type ConfigProblem, parsePath, type Path } from './problem.ts';

type Problem = (path: Path, message: string) => ConfigProblem;

/** Throws ConfigError. `problem` places what is wrong. */
export function checkOptions(options: ProxyOptions, problem: Problem): void {
  const problems = problemsOf(options, problem);
  if (problems.length > 0) throw new ConfigError(problems);
}

/**
 * What is wrong with options, without what is at a path that `isKnown`: it follows from something else. The engine
 * tells of one fault in each cluster, route and listener; so these are taken out, and it is asked again.
 */
export function problemsOf(
  options: ProxyOptions,
  problem: Problem,
  isKnown: (path: Path) => boolean = () => false,
): readonly ConfigProblem[] {
  const told = new Map<string, ConfigProblem>();
  for (let left = options, before = -1; told.size > before;) {
    before = told.size;
    const errors = proxyProblems(left).filter(({ option }) => !isKnown(parsePath(option)) && !told.has(option));
    for (const error of errors) {
      const path = parsePath(error.option);
      // The complaint about a part does not repeat where the part stands.
      const { message } = error.cause instanceof InvalidOptionError ? error.cause : error;
      told.set(error.option, problem(path, message));
      left = without(left, path);
    }
  }
  return [...told.values()];
}

/** The options without what is wrong at a path. */
function without(options: ProxyOptions, [part, key, ...path]: Path): ProxyOptions {
  const { clusters, listeners, routes = {} } = options;
  const [route] = Object.keys(clusters);
  if (part === 'clusters' && key !== undefined && Object.hasOwn(clusters, key))
    return { ...options, clusters: { ...clusters, [key]: withoutOption(clusters[key] as FleetSettings, path) } };
  if (part === 'routes' && key !== undefined && Object.hasOwn(routes, key) && route !== undefined)
    return { ...options, routes: { ...routes, [key]: route } };
  if (part === 'listeners')
    return {
      ...options,
      listeners: listeners.map((spec, index) => (index === key ? { route: spec.route, port: 0 } : spec)),
    };
  return options;
}

function withoutOption(cluster: FleetSettings, [name, index]: Path): FleetSettings {
  const { nodes } = cluster;
  if (name === 'nodes' && Array.isArray(nodes) && typeof index === 'number')
    return { ...cluster, nodes: nodes.map((node, at) => (at === index ? `stand-in-${at}` : (node as string))) };
  return Object.fromEntries(Object.entries(cluster).filter(([option]) => option !== name));
}
