/**
 * `memfleet dashboard` while it runs: the page of the proxy for a fleet that has none.
 *
 *   FleetWatch ─ snapshot ─▶ Feed ─▶ viewers          ─▶ /metrics, when Prometheus asks
 */
import type { ClientOptions } from 'memfleet';
import { readSecretFile } from '../logins.ts';
import type { ListenAddress } from '../option-values.ts';
import { tokenOf } from '../proxy/admin/access.ts';
import { AdminServer } from '../proxy/admin/admin-server.ts';
import { type Endpoint, type Endpoints, jsonAnswer, textAnswer } from '../proxy/admin/answer.ts';
import { contentType, exposition, ProcessMetrics } from '../proxy/metrics/metrics.ts';
import { createLogger } from '../proxy/run/logger.ts';
import { onStop } from '../signals.ts';
import { Feed } from './feed.ts';
import { fleetMetrics } from './fleet-metrics.ts';
import { FleetWatch } from './fleet-watch.ts';
import { pageFiles } from './page-files.ts';
import { RecentLog } from './recent-log.ts';

/** What the command line says. */
export interface DashboardOptions {
  readonly listen: ListenAddress;
  /** Milliseconds between two looks while somebody watches. */
  readonly interval: number;
  /** Milliseconds until a node that has not replied has failed. */
  readonly timeout: number;
  /** Host names by which it may be asked. */
  readonly hosts: readonly string[];
  readonly tokenFile: string | undefined;
  readonly isInsecure: boolean;
}

/** Looks while nobody watches are so much rarer. */
const unwatchedFactor = 10;

/** A running dashboard. */
export interface RunningDashboard {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Runs until a signal comes. */
export async function runDashboard(client: ClientOptions<never>, options: DashboardOptions): Promise<void> {
  const { address, close } = await startDashboard(client, options);
  console.log(`memfleet dashboard: http://${address}/; Ctrl-C ends it`);
  const release = onStop(() => {
    release();
    process.channel?.unref();
    void close();
  });
  process.once('disconnect', () => process.exit());
}

/** Fulfils when it listens. */
export async function startDashboard(
  client: ClientOptions<never>,
  { listen, interval, timeout, hosts, tokenFile, isInsecure }: DashboardOptions,
): Promise<RunningDashboard> {
  const token =
    tokenFile === undefined ? undefined : tokenOf(readSecretFile(tokenFile, '--admin-token-file'), tokenFile);
  const recent = new RecentLog();
  // Its lines are on the page; the terminal has the errors.
  const stream = { write: (line: string): void => recent.add(line) };
  const log = createLogger({ level: 'info', format: 'json' }, {}, stream);
  const onError = (error: unknown): void => log.error({ error: String(error) }, 'dashboard');
  const watch = new FleetWatch(client, log, interval, timeout);
  const pace = { watched: interval, unwatched: interval * unwatchedFactor };
  const feed = new Feed({ take: () => watch.take(), config: () => undefined }, recent, onError, pace);
  const server = new AdminServer(endpointsOf(watch, feed, interval), onError, { hosts, token, users: {}, isInsecure });
  const close = async (): Promise<void> => {
    feed.close();
    await server.close();
    await watch.close();
  };
  try {
    const address = await server.listen(listen);
    feed.start();
    return { address, close };
  } catch (error) {
    await watch.close();
    throw error;
  }
}

function endpointsOf(watch: FleetWatch, feed: Feed, interval: number): Endpoints {
  const [page, ...files] = pageFiles();
  const own = new ProcessMetrics();
  return new Map<string, Endpoint>([
    page,
    ['/healthz', () => textAnswer('ok')],
    [
      '/metrics',
      async () => {
        const snapshot = await watch.take(interval);
        return {
          status: 200,
          type: contentType,
          body: await exposition([[...fleetMetrics(snapshot), ...(await own.read())]]),
        };
      },
    ],
    ['/topology', async () => jsonAnswer({ nodes: (await watch.take(interval)).nodes })],
    ['/events', () => feed.connect()],
    ...files,
  ]);
}
