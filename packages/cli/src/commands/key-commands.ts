import { Command } from 'commander';
/** `memfleet get`, `set`, `delete`, `stats`: a look at a fleet from the shell. */
import { type Client, createClient, RawValue, transcoders } from 'memfleet';
import { exitCodes } from '../failure.ts';
import { onlyLogin, readLogins } from '../logins.ts';
import { numberWithin } from '../option-values.ts';

interface Fleet {
  readonly nodes: string;
  readonly locator: string;
  readonly timeout: number;
  readonly passwordFile?: string;
}

function fleetCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-n, --nodes <list>', 'the fleet, such as a:11211,b:11211', '127.0.0.1:11211')
    .option('-l, --locator <name>', 'its sharding scheme (memfleet locate --list)', 'ketama')
    .option('--password-file <file>', 'a file with name:password, the login at the nodes')
    .option('--timeout <ms>', 'how long a call may take', numberWithin(1, 3_600_000, 'milliseconds'), 1000);
}

async function using(fleet: Fleet, work: (client: Client) => Promise<void>): Promise<void> {
  const { nodes, locator, timeout, passwordFile } = fleet;
  const login = passwordFile === undefined ? {} : onlyLogin(readLogins(passwordFile), passwordFile);
  const client = createClient({ nodes, locator, timeout, ...login, transcoder: transcoders.auto });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

export function getCommand(): Command {
  return fleetCommand('get', 'print the values of keys; exit code 1 when one is not there')
    .argument('<key...>', 'keys')
    .action((keys: string[], fleet: Fleet) =>
      using(fleet, async (client) => {
        for (const key of keys) {
          const value = await client.get(key);
          if (value === undefined) {
            process.stderr.write(`${key} is not there\n`);
            process.exitCode = exitCodes.failed;
          } else print(value);
        }
      }),
    );
}

/** Bytes as they are, with nothing behind them; everything else as a line. */
function print(value: unknown): void {
  if (value instanceof Uint8Array) process.stdout.write(value);
  else if (value instanceof RawValue) process.stdout.write(value.bytes);
  else
    process.stdout.write(`${typeof value === 'string' || typeof value === 'bigint' ? value : JSON.stringify(value)}\n`);
}

export function setCommand(): Command {
  return fleetCommand('set', 'store a text under a key')
    .argument('<key>', 'the key')
    .argument('<value>', 'the text')
    .option('--ttl <seconds>', 'how long it lives; 0 = for ever', numberWithin(0, 4_000_000_000, 'seconds'), 0)
    .action((key: string, value: string, options: Fleet & { readonly ttl: number }) =>
      using(options, async (client) => {
        await client.set(key, value, options.ttl);
      }),
    );
}

export function deleteCommand(): Command {
  return fleetCommand('delete', 'delete keys; exit code 1 when one was not there')
    .argument('<key...>', 'keys')
    .action((keys: string[], fleet: Fleet) =>
      using(fleet, async (client) => {
        for (const [key, wasThere] of await client.deleteMany(keys)) {
          if (wasThere) continue;
          process.stderr.write(`${key} was not there\n`);
          process.exitCode = exitCodes.failed;
        }
      }),
    );
}

export function statsCommand(): Command {
  return fleetCommand('stats', 'print the statistics of every node')
    .argument('[group]', 'items, slabs, settings … as the nodes know them')
    .option('--json', 'one JSON object: node → name → value')
    .action((group: string | undefined, options: Fleet & { readonly json?: true }) =>
      using(options, async (client) => {
        const stats = await client.serverStats(group ?? '');
        if (options.json === true) console.log(JSON.stringify(Object.fromEntries(stats)));
        else for (const [node, values] of stats) for (const line of nodeText(node, values)) console.log(line);
      }),
    );
}

function nodeText(node: string, values: Readonly<Record<string, string>>): string[] {
  const width = Math.max(0, ...Object.keys(values).map((name) => name.length));
  return [node, ...Object.entries(values).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)];
}
