/** The values of `-l`: `addr`, `addr:port`, `[v6]:port`, several with commas (memcached `server_sockets`). */
import { exitCodes, refuse } from './failure.ts';

/** One address to listen on. */
export interface Interface {
  readonly host: string;
  readonly port: number;
  /** `host:port`, IPv6 in brackets. */
  readonly text: string;
}

/** All IPv4 and IPv6 addresses, as without `-l`. */
const everywhere = '::';

function interfaceOf(written: string, port: number): Interface {
  if (written.startsWith('notls:')) refuse(`-l ${written}: notls is not supported`, exitCodes.usage);
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(written);
  const [, host = written, ownPort] = bracketed ?? /^([^:]+):(\d{1,5})$/.exec(written) ?? [];
  const used = Math.max(0, ownPort === undefined ? port : Number(ownPort));
  if (used > 65_535) refuse(`Invalid port number: "${ownPort}"`, exitCodes.system);
  return { host, port: used, text: `${host.includes(':') ? `[${host}]` : host}:${used}` };
}

/** The addresses of `-l` with this port where none is given; a negative port is any free one. */
export function interfacesOf(values: readonly string[], port: number): readonly Interface[] {
  const written = values.flatMap((value) => value.split(/[;,]/)).filter((value) => value !== '');
  const distinct = [...new Set(written.length === 0 ? [everywhere] : written)];
  return distinct.map((value) => interfaceOf(value === '*' ? everywhere : value, port));
}
