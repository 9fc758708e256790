/** `memfleet keys`: the keys of every node, as the nodes tell them. */
import { Command } from 'commander';
import { clientDefaults } from 'memfleet';
import { type DumpedItem, dumpKeys } from '../fleet/dump-keys.ts';
import { addFleetOptions, clientOptionsOf, type FleetArguments } from '../fleet/fleet-options.ts';
import { withFleet } from '../fleet/fleet.ts';
import { globOf, type Matches } from '../fleet/glob.ts';
import { addNotes } from '../help/help-style.ts';
import { LineWriter } from '../line-writer.ts';
import { printFailure } from '../output.ts';

interface Options extends FleetArguments {
  readonly match?: Matches;
}

export function keysCommand(): Command {
  const command = new Command('keys')
    .description('list the keys of every node; exit code 1 if one does not answer')
    .option('--match <pattern>', 'only keys that match, such as user:*; also ?, [a-z] and \\', globOf)
    .option('--json', 'print one JSON object a line: key, node, ttl, size, idle');
  addNotes(
    command,
    'The nodes list their items by `lru_crawler metadump` (memcached 1.4.31). The list is no snapshot: keys that come or go meanwhile may be missing.',
    'With --prefix only the keys that begin with it are listed, without it.',
    'A key that is not UTF-8, or that has control characters, is printed URL-encoded.',
  );
  return addFleetOptions(command).action((options: Options) => list(options));
}

async function list(options: Options): Promise<void> {
  const { prefix = '', timeout = clientDefaults.timeout } = clientOptionsOf(options);
  const lines = new LineWriter(process.stdout);
  await withFleet(options, async (fleet) => {
    const unixSeconds = Math.floor(Date.now() / 1000);
    await dumpKeys(fleet, timeout, unixSeconds, (item) => {
      const whole = textOf(item.key);
      if (!whole.startsWith(prefix)) return;
      const key = whole.slice(prefix.length);
      if (options.match?.(key) !== false) lines.write(lineOf(key, item, options));
    });
    lines.flush();
    for (const { message } of fleet.failures.values()) printFailure(`memfleet: ${message}`);
  });
}

function lineOf(key: string, { node, ttl, size, idle }: DumpedItem, { json }: Options): string {
  return json === true ? JSON.stringify({ key, node, ttl, size, idle }) : key;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A key must neither act on a terminal nor look like two. */
function textOf(key: Uint8Array): string {
  try {
    const text = utf8.decode(key);
    if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return Buffer.from(key)
    .toString('latin1')
    .replaceAll(/[^\w.~:/-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
