/** `npm run bench -- COMMAND …`: measures memfleet against its peers. See docs/performance.md. */
import { adaptersCommand } from './adapters/compare-adapters.ts';
import { cacheCommand } from './cache/compare-caches.ts';
import { clientCommand } from './client/compare-clients.ts';
import { copyCommand } from './copy/copy-items.ts';
import { languagesCommand } from './languages/compare-languages.ts';
import { microCommand } from './micro/micro.ts';
import { openLoopCommand } from './open-loop/compare-open-loops.ts';
import { overloadCommand } from './overload/compare-overload.ts';
import { proxyCommand } from './proxy/compare-proxies.ts';
import { serverCommand } from './server/compare-servers.ts';
import { parseSettings } from './settings.ts';
import { setupCommand } from './setup.ts';
import { smokeCommand } from './smoke/smoke.ts';
import { startCommand } from './start/compare-starts.ts';
import { workersCommand } from './workers/compare-workers.ts';

const usage = `npm run bench -- COMMAND [options]

  client     memfleet against the other clients on npm
  languages  against libmemcached in C, pylibmc, php-memcached and gomemcache, a plain socket in C, ioredis and
             node-redis; what is missing is skipped, with the command that installs it
  cache      memfleet/cache beside the client, and against bentocache, cacheable and cache-manager
  adapters   what a call of each adapter and drop-in costs beside one of the client; Keyv and unstorage on memfleet
             against @keyv/memcache and @keyv/redis
  proxy      memfleet proxy against nutcracker (twemproxy), with the same nodes and the same load
  workers    what two workers of a proxy cost beside one process, by who accepts clients, and how clients are spread
  start      CPU of a start of memfleet server and proxy beside a bare Node
  server     memfleet server against memcached with one thread
  copy       a million items by memfleet copy, compared one by one; time and memory
  overload   gets keep coming while the event loop is held up: which client comes back, and when?
  open-loop  the tails of gets that come at a fixed rate, from when they were due: 10 000 to 100 000 a second, and
             beside large calls of another caller (by default 3 rounds of 5 s)
  micro      what noise cannot touch: writes, bytes, promises and memory per call; the codecs alone
  smoke      half a minute for CI: is the client still far ahead?
  setup      what is missing for these, and how to get it

  --rounds N         how often everything is measured (default 5)
  --measure TIME     how long each time: 0.5s, 500ms (default 0.5s)
  --only PEER        compare with this one only (may be repeated)
  --workload NAME    this workload only: get100-256, or get100 for all of them (may be repeated; proxy and server:
                     get-c50-d1 is get, 50 connections, 1 command at once);
                     overload: 20k-1s is 20 000 gets/s and a stall of one second;
                     open-loop: 10k, 50k, 100k, 10k-getmany, 10k-large;
                     vbucket: on a simulated Couchbase cluster, against the official SDK
  --json FILE        write the results there as well
  --markdown         tables as Markdown`;

type Run = (args: readonly string[]) => Promise<void>;

const commands: Readonly<Record<string, Run>> = {
  client: (args) => clientCommand(parseSettings(args)),
  languages: (args) => languagesCommand(parseSettings(args)),
  cache: (args) => cacheCommand(parseSettings(args)),
  adapters: (args) => adaptersCommand(parseSettings(args)),
  proxy: (args) => proxyCommand(parseSettings(args)),
  server: (args) => serverCommand(parseSettings(args)),
  workers: (args) => workersCommand(parseSettings(args)),
  start: (args) => startCommand(parseSettings(args)),
  copy: (args) => copyCommand(parseSettings(args)),
  overload: (args) => overloadCommand(parseSettings(args)),
  'open-loop': (args) => openLoopCommand(parseSettings(args, { rounds: 3, measure: 5000 })),
  micro: (args) => microCommand(parseSettings(args)),
  smoke: (args) => smokeCommand(parseSettings(args, { rounds: 3, measure: 300 })),
  setup: setupCommand,
};

const [name = '', ...args] = process.argv.slice(2);
const run = commands[name];
if (run === undefined) {
  console.log(usage);
  process.exit(name === '' || name === 'help' || name === '--help' ? 0 : 2);
}
try {
  await run(args);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Servers that an error left running must not keep this process: they are stopped when it ends.
process.exit();
