/** A shop as a process: pages by callers of its own, the database by messages. It ends with the office. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCause } from '../failure.ts';
import { Traffic } from '../traffic.ts';
import type { FromShop, ShopSettings, ToShop } from './messages.ts';
import { shopClient, ways } from './read-part.ts';
import { DatabaseBusyError, Shop } from './shop.ts';

/** Between two reports of pages, in ms. */
const period = 50;
/** For the pages in progress at the end, in ms. */
const patience = 10_000;

const settings = JSON.parse(process.argv[2] ?? '') as ShopSettings;
const say = (message: FromShop): void => void process.send?.(message);

// Ctrl-C is for the office, which ends the channel.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());

const client = shopClient(settings);
const way = ways[settings.mode](client);
const queries = new Map<number, { resolve: (version: number) => void; reject: (error: Error) => void }>();
let count = 0;

const query = (key: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const id = count++;
    queries.set(id, { resolve, reject });
    say({ kind: 'load', id, key });
  });

const { prefix, hotKey } = settings;
const shop = new Shop({ prefix, hotKey, query, read: way.read });

client.on('eject', ({ node, duration, error }) => say({ kind: 'ejected', node, duration, why: rootCause(error) }));
client.on('readmit', ({ node, duration }) => say({ kind: 'readmitted', node, duration }));

const traffic = new Traffic({ ...settings, page: (random) => shop.page(random) });
const reports = setInterval(report, period);
say({ kind: 'open' });

function report(): void {
  const pages = shop.takeReport();
  if (pages.durations.length > 0 || pages.examples.length > 0) say({ kind: 'pages', ...pages });
}

async function close(): Promise<void> {
  traffic.stop();
  const end = performance.now() + patience;
  while (traffic.callers > 0 && performance.now() < end) await sleep(20);
  clearInterval(reports);
  report();
  await way.close();
  await client.close();
  process.send?.({ kind: 'closed', hung: traffic.callers } satisfies FromShop, () => process.exit());
}

process.on('message', (message: ToShop) => {
  if (message.kind === 'close') void close();
  else if (message.kind === 'floor') shop.raise(message.key, message.version);
  else {
    const waiting = queries.get(message.id);
    queries.delete(message.id);
    if (message.kind === 'loaded') waiting?.resolve(message.version);
    else waiting?.reject(new DatabaseBusyError('the database has no connection free'));
  }
});
