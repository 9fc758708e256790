/** `-h`: memcached's form. Suites read its first line, and look for words such as `enable-ssl` in it. */
import { type Flag, flags } from './flags.ts';

const own: readonly Pick<Flag, 'short' | 'long' | 'value' | 'help'>[] = [
  { short: 'h', long: 'help', help: 'print this help and exit' },
  { short: 'i', long: 'license', help: 'print the license and exit' },
  { short: 'V', long: 'version', help: 'print version and exit' },
];

const extended = `\
   - maxconns_fast:       immediately close new connections after limit (always)
   - no_lru_crawler:      expired items are removed only when they are used
   - idle_timeout:        timeout for idle connections. (default: 0, no timeout)
   - track_sizes:         enable dynamic reports for 'stats sizes' command.
   - ssl_chain_cert:      certificate chain file in PEM format
   - ssl_key:             private key, if not part of the -ssl_chain_cert
   - ssl_verify_mode:     peer certificate verification mode: 0 (none), 1 (request), 2 or 3 (require)
   - ssl_ciphers:         specify cipher list to be used
   - ssl_ca_cert:         PEM format file of acceptable client CA's
   - ssl_min_version:     0 (tlsv1.0), 1 (tlsv1.1), 2 (tlsv1.2, default), or 3 (tlsv1.3)
   - debugtime:           enables the command of memcached's debug build that moves the clock
   - version=<version>:   the version to report; also by the environment variable MEMCACHED_VERSION
   - options about slabs, the hash table and the LRU are checked, without effect
`;

/** The text of `-h`. */
export function helpText(version: string): string {
  const lines = [...flags, ...own].map((flag) => {
    const value = flag.value !== undefined ? `<${flag.value}>` : '';
    const long = flag.long === undefined ? ` ${value}` : `, --${flag.long}${value === '' ? '' : `=${value}`}`;
    return `${`-${flag.short}${long}`.padEnd(26)}${flag.help}\n`;
  });
  return `memcached ${version}\n${lines.join('')}${extended}`;
}
