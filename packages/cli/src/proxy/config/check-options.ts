/** Checks options by the rules of the engine, whose errors name the option. Nothing is opened or dialled. */
import { type FleetSettings, InvalidOptionError, type ProxyOptions, proxyProblems } from 'memfleet/proxy';
import { ConfigError, type ConfigProblem, parsePath, type Path } from './problem.ts';

type Problem = (path: Path, message: string) => ConfigProblem;

/** Throws ConfigError. `problem` places what is wrong. */
export function checkOptions(options: ProxyOptions, problem: Problem): void {
  const problems = problemsOf(options, problem);
  if (problems.length > 0) throw new ConfigError(problems);
}

/**
 * The problems of options, without those at a path that `isKnown`, which follow from another problem. The engine
 * reports one problem of each cluster, route and listener; so these are removed and the rest is checked again.
 */
export function problemsOf(
  options: ProxyOptions,
  problem: Problem,
  isKnown: (path: Path) => boolean = () => false,
): readonly ConfigProblem[] {
  const found = new Map<string, ConfigProblem>();
  for (let left = options, before = -1; found.size > before;) {
    before = found.size;
    const errors = proxyProblems(left).filter(({ option }) => !isKnown(parsePath(option)) && !found.has(option));
    for (const error of errors) {
      const path = parsePath(error.option);
      // The message about a part does not repeat the path of the part.
      const { message } = error.cause instanceof InvalidOptionError ? error.cause : error;
      found.set(error.option, problem(path, message));
      left = without(left, path);
    }
  }
  return [...found.values()];
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
