/**
 * What holds between the parts of a configuration: names that must be there, routes that must not go round in circles,
 * listeners that must not meet.
 */
import type { ListenerSpec, ProxyOptions, RouteSpec } from 'memfleet/proxy';
import { listenerDefaults } from 'memfleet/proxy';
import { listenText } from '../../option-values.ts';
import type { ConfigProblem, Path } from './problem.ts';
import { visitNames } from './route-schema.ts';
import { list } from './values.ts';

type Problem = (path: Path, message: string, isKey?: boolean) => ConfigProblem;

/** Everything that is wrong between the parts. `problem` makes one of a path and words. */
export function checkReferences(options: ProxyOptions, problem: Problem): ConfigProblem[] {
  return [
    ...unknownNames(options, problem),
    ...doubleNames(options, problem),
    ...circles(options, problem),
    ...duplicateAddresses(options, problem),
    ...duplicateNames(options, problem),
  ];
}

function unknownNames({ listeners, clusters, routes = {} }: ProxyOptions, problem: Problem): ConfigProblem[] {
  const names = new Set([...Object.keys(clusters), ...Object.keys(routes)]);
  const problems: ConfigProblem[] = [];
  const check = (name: string, path: Path): void => {
    if (names.has(name)) return;
    const known = names.size === 0 ? 'there are none' : `there is ${list([...names])}`;
    problems.push(problem(path, `there is no cluster or route '${name}'; ${known}`));
  };
  listeners.forEach(({ route }, index) => check(route, ['listeners', index, 'route']));
  for (const [name, spec] of Object.entries(routes)) visitNames(spec, ['routes', name], check);
  return problems;
}

function doubleNames({ clusters, routes = {} }: ProxyOptions, problem: Problem): ConfigProblem[] {
  return Object.keys(routes)
    .filter((name) => Object.hasOwn(clusters, name))
    .map((name) => problem(['routes', name], 'a cluster has this name too', true));
}

function circles({ clusters, routes = {} }: ProxyOptions, problem: Problem): ConfigProblem[] {
  const done = new Set<string>();
  const problems: ConfigProblem[] = [];
  const follow = (name: string, trail: readonly string[]): void => {
    const spec = routes[name];
    if (spec === undefined || done.has(name) || Object.hasOwn(clusters, name)) return;
    const begin = trail.indexOf(name);
    if (begin >= 0) {
      done.add(name);
      const circle = [...trail.slice(begin), name].join(' → ');
      problems.push(problem(['routes', name], `goes round in a circle: ${circle}`, true));
      return;
    }
    for (const next of namesIn(spec)) follow(next, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(routes)) follow(name, []);
  return problems;
}

function namesIn(spec: RouteSpec): string[] {
  const names: string[] = [];
  visitNames(spec, [], (name) => names.push(name));
  return names;
}

function duplicateAddresses({ listeners }: ProxyOptions, problem: Problem): ConfigProblem[] {
  const seen = new Map<string, string>();
  return listeners.flatMap((listener, index) => {
    const where = addressOf(listener);
    const other = seen.get(where);
    if (other !== undefined) return problem(['listeners', index], `listens where ${other} does: ${where}`);
    // Port 0 is another one each time.
    if (listener.port !== 0) seen.set(where, listener.name ?? `listeners[${index}]`);
    return [];
  });
}

/** Statistics and reloads know listeners by their names. */
function duplicateNames({ listeners }: ProxyOptions, problem: Problem): ConfigProblem[] {
  const seen = new Map<string, number>();
  return listeners.flatMap(({ name }, index) => {
    if (name === undefined) return [];
    const other = seen.get(name);
    if (other !== undefined) return problem(['listeners', index, 'name'], `listeners[${other}] has this name too`);
    seen.set(name, index);
    return [];
  });
}

function addressOf({ host = listenerDefaults.host, port = listenerDefaults.port, path, fd }: ListenerSpec): string {
  return listenText(fd !== undefined ? { fd } : path !== undefined ? { path } : { host, port });
}
