/** The entries of a node list that are looked up by DNS: `dns+host:port`, `dnssrv+name`, `dnssrvnoa+name`. */
import { InvalidOptionError } from '../../core/errors.ts';

type Kind = 'dns' | 'dnssrv' | 'dnssrvnoa';

/** One entry of a node list that is looked up by DNS. */
export interface DnsName {
  readonly kind: Kind;
  readonly host: string;
  readonly port: number | undefined;
  /** The entry as the user wrote it. */
  readonly text: string;
}

const form = /^(dns|dnssrv|dnssrvnoa)\+([^:/\s]+)(?::(\d+))?$/;

/** Parses an entry. Throws InvalidOptionError. `option`: the path of the entry. */
export function parseDnsName(text: string, option: string = 'nodes'): DnsName {
  const [, kind, host, digits] = form.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (kind === undefined || host === undefined || (port !== undefined && (port < 1 || port > 65535))) {
    throw new InvalidOptionError(
      `nodes: ${JSON.stringify(text)} is not dns+host:port, dnssrv+name or dnssrvnoa+name`,
      option,
    );
  }
  return { kind: kind as Kind, host, port, text };
}
