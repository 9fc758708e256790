/**
 * `memfleet memcached`: the server with memcached's own command line, which is the program of the package
 * @memfleet/memcached-server.
 */
import { Command } from 'commander';
import { becomeMemcached } from '../own-program.ts';

export function memcachedCommand(): Command {
  return new Command('memcached')
    .description("run the memcached server with memcached's own command line: see `memfleet memcached -h`")
    .usage("[memcached's options]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[words...]')
    .action(becomeMemcached);
}
