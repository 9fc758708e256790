/** `memfleet cluster`: a simulated Couchbase-type cluster, on ports, with a console on standard input. */
import { createInterface, type Interface } from 'node:readline';
import { Command, Option } from 'commander';
import { type BucketOptions, clusterDefaults, createCluster, type SimulatedCluster } from 'memfleet/testing';
import { describeCluster, executeLine } from '../cluster/cluster-console.ts';
import { fail } from '../failure.ts';
import { type Logins, readLogins } from '../logins.ts';
import { numberWithin } from '../option-values.ts';
import { onStop } from '../signals.ts';

interface Options {
  readonly nodes: number;
  readonly replicas: number;
  readonly vbuckets: number;
  readonly bucket?: readonly BucketOptions[];
  readonly user?: Logins;
  readonly passwordFile?: string;
  readonly era: 'couchbase' | 'membase';
  readonly host: string;
  readonly port: number;
  readonly restPort: number;
  readonly moveDelay: number;
}

export function clusterCommand(): Command {
  const { nodes, replicas, vbuckets, host, moveDelay } = clusterDefaults;
  return new Command('cluster')
    .description(
      'run a simulated Couchbase-type cluster: data and REST ports, vBuckets, replicas, rebalance; items in memory',
    )
    .option('-n, --nodes <number>', 'nodes at the start', numberWithin(1, 100, 'nodes'), nodes)
    .option('-r, --replicas <number>', 'replicas of each vBucket', numberWithin(0, 3, 'copies'), replicas)
    .option('--vbuckets <number>', 'vBuckets of a bucket', numberWithin(1, 32_768, 'vBuckets'), vbuckets)
    .option(
      '-b, --bucket <name[:type]>',
      'a bucket, couchbase (the default) or memcached; may be repeated (default: default)',
      bucket,
    )
    .option(
      '--user <name:password>',
      'a login that the cluster accepts; may be repeated (default: Administrator:password)',
      user,
    )
    .addOption(
      new Option('--password-file <file>', 'a file with the accepted logins, one name:password per line').conflicts(
        'user',
      ),
    )
    .addOption(
      new Option('--era <era>', 'membase: no HELLO, login by bucket, map by REST only')
        .choices(['couchbase', 'membase'])
        .default('couchbase'),
    )
    .option('--host <address>', 'the address on which all nodes listen', host)
    .option('-p, --port <port>', 'data port of the first node, counting up from there; 0 = any', port, 11_210)
    .option('--rest-port <port>', 'REST port of the first node, counting up from there; 0 = any', port, 8091)
    .option('--move-delay <ms>', 'pause between the steps of a rebalance', numberWithin(0, 60_000, 'ms'), moveDelay)
    .action(run);
}

const port = numberWithin(0, 65_535, 'TCP port');

function user(text: string, before: Logins = {}): Logins {
  const colon = text.indexOf(':');
  if (colon < 1) fail("option '--user <name:password>' has no name and password");
  return { ...before, [text.slice(0, colon)]: text.slice(colon + 1) };
}

function bucket(text: string, before: readonly BucketOptions[] = []): readonly BucketOptions[] {
  const [name = '', type = 'couchbase', ...rest] = text.split(':');
  if (name === '' || rest.length > 0 || (type !== 'couchbase' && type !== 'memcached'))
    fail(`option '--bucket <name[:type]>' argument '${text}' is not name, name:couchbase or name:memcached`);
  return [...before, { name, type }];
}

async function run({ user: given, passwordFile, bucket: buckets, ...settings }: Options): Promise<void> {
  const users = passwordFile === undefined ? given : readLogins(passwordFile);
  const cluster = createCluster({ ...settings, users, buckets });
  await cluster.listen();
  const readLines = prepareConsole(cluster);
  console.log(describeCluster(cluster));
  const { username, password } = cluster.credentials;
  const login = settings.era === 'couchbase' ? `, user ${username}, password ${password}` : '';
  console.log(`memfleet cluster: ${cluster.connectionString}${login}`);
  console.log('help lists what can be typed here; Ctrl-C ends it');
  // Forked: the parent receives the addresses, and the cluster does not outlive it.
  process.send?.({ listening: cluster.connectionString, rest: cluster.restUrls, username, password });
  process.once('disconnect', () => process.exit());
  if (process.send !== undefined) process.on('message', (message) => void execute(cluster, message as ConsoleRequest));
  readLines();
}

/** A line for the console, from the process that forked this one. */
interface ConsoleRequest {
  readonly id: number;
  readonly line: string;
}

/** Requests do not wait for each other, so that a rebalance can be watched. */
async function execute(cluster: SimulatedCluster, { id, line }: ConsoleRequest): Promise<void> {
  const answer = await executeLine(cluster, line);
  process.send?.({ id, answer, stats: cluster.stats() });
}

/**
 * Handles signals from now on, and typed lines once the returned function is called: one line after the other. The end
 * of the input does not end the cluster.
 */
function prepareConsole(cluster: SimulatedCluster): () => void {
  let lines: Interface | undefined;
  const end = (): void => {
    release();
    lines?.close();
    process.stdin.destroy();
    process.channel?.unref();
    void cluster.close();
  };
  const release = onStop(end);
  const act = async (line: string): Promise<void> => {
    if (line.trim() === 'quit') end();
    else if (line.trim() !== '') console.log(await executeLine(cluster, line));
  };
  let done = Promise.resolve();
  return () => {
    lines = createInterface({ input: process.stdin });
    lines.on('line', (line) => {
      done = done.then(() => act(line));
    });
  };
}
