/** `stats` of the proxy. */
import type { StatLine } from './front.ts';
import type { ResolvedProxyOptions } from './resolve.ts';
import type { ProxyStats } from './stats.ts';

export function statLines(
  group: string,
  stats: ProxyStats,
  options: ResolvedProxyOptions,
  reset: () => void,
): Iterable<StatLine> | 'reset' | undefined {
  if (group === 'reset') {
    reset();
    return 'reset';
  }
  return [
    ['version', options.version],
    ['curr_connections', stats.sessions],
  ];
}
