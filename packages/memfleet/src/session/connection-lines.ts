/**
 * `stats conns`: a line for every fact that memcached reports about a connection. The listening socket has number 1.
 */
import type { Listener } from './listener.ts';

/** The lines of `stats conns` for all connections of a listener. */
export function* connectionLines(listener: Listener): Iterable<readonly [name: string, value: string | number]> {
  const { address } = listener;
  const where =
    address === undefined
      ? '<closed>'
      : 'path' in address
        ? `unix:${address.path}`
        : `${address.host.includes(':') ? `tcp6:[${address.host}]` : `tcp:${address.host}`}:${address.port}`;
  yield ['1:addr', where];
  yield ['1:state', 'conn_listening'];
  yield ['1:secs_since_last_cmd', 0];
  for (const { number, remote, situation, silence } of listener.each()) {
    yield [`${number}:addr`, remote];
    yield [`${number}:listen_addr`, where];
    yield [`${number}:state`, situation];
    yield [`${number}:secs_since_last_cmd`, Math.floor(silence / 1000)];
  }
}
