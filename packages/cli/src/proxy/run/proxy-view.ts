/** What the admin address shows of a running proxy: the endpoints, and the page with its feed. */
import { version } from 'memfleet/proxy';
import { Feed, type FeedPace } from '../../dashboard/feed.ts';
import { pageFiles } from '../../dashboard/page-files.ts';
import { proxySnapshot } from '../../dashboard/proxy-snapshot.ts';
import type { RecentLog } from '../../dashboard/recent-log.ts';
import { shownKey } from '../../dashboard/shown-key.ts';
import type { ShownConfig, Snapshot } from '../../dashboard/snapshot.ts';
import { type Answer, type Endpoint, type Endpoints, jsonAnswer, textAnswer } from '../admin/answer.ts';
import { shownSettings } from '../config/shown-settings.ts';
import { mergeStats } from '../metrics/merge-stats.ts';
import { contentType, exposition, gauge, type MetricData, totals } from '../metrics/metrics.ts';
import type { LoadedSettings } from '../settings.ts';
import type { EngineState, Host, Report } from './host.ts';
import { topologyOf } from './topology.ts';

/** Why the last change of the configuration was refused. */
export interface Refusal {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** A line for each problem. */
  readonly problems: readonly string[];
}

/** What is shown of the program. */
export interface ProgramState {
  /** `running`, or why it is not ready. */
  readonly state: string;
  readonly loaded: LoadedSettings;
  /** Undefined when the last change was accepted. */
  readonly refusal: Refusal | undefined;
}

/** Whether the configuration on disk is another than the one in effect. */
export function refusedMetric(isRefused: boolean): MetricData {
  const help = '1 = the last change of the configuration was refused, and the one before is in effect.';
  return gauge('memfleet_config_refused', help, isRefused ? 1 : 0);
}

/** What the processes say, at one moment. */
interface Gathered {
  readonly reports: readonly Report[];
  /** Of the process that supervises the workers, where there is one. */
  readonly supervisor: readonly MetricData[] | undefined;
  /** Of each process; they add up. */
  readonly metrics: readonly (readonly MetricData[])[];
}

/** The endpoints of a proxy. */
export class ProxyView {
  readonly #host: Host;
  readonly #program: () => ProgramState;
  readonly #feed: Feed;
  #shown:
    | { readonly loaded: LoadedSettings; readonly refusal: Refusal | undefined; readonly config: ShownConfig }
    | undefined;

  /** `onError` receives the errors of snapshots that could not be taken. */
  constructor(
    host: Host,
    program: () => ProgramState,
    recent: RecentLog,
    onError: (error: unknown) => void,
    pace?: FeedPace,
  ) {
    this.#host = host;
    this.#program = program;
    this.#feed = new Feed({ take: () => this.#take(), config: () => this.#config() }, recent, onError, pace);
  }

  /** Begins to keep a history. */
  start(): void {
    this.#feed.start();
  }

  /** Ends all viewers. */
  close(): void {
    this.#feed.close();
  }

  get endpoints(): Endpoints {
    const [page, ...files] = pageFiles();
    return new Map<string, Endpoint>([
      page,
      ['/healthz', () => textAnswer('ok')],
      ['/readyz', () => this.#readiness()],
      [
        '/metrics',
        async () => ({ status: 200, type: contentType, body: await exposition((await this.#gather()).metrics) }),
      ],
      ['/config', () => jsonAnswer(shownSettings(this.#program().loaded))],
      [
        '/topology',
        async () => jsonAnswer(topologyOf(await this.#host.states(), this.#program().loaded.settings.proxy)),
      ],
      ['/hot-keys', async () => jsonAnswer(hotKeysOf(await this.#host.states()))],
      ['/events', () => this.#feed.connect()],
      ...files,
    ]);
  }

  async #readiness(): Promise<Answer> {
    const reasons = this.#unreadiness(await this.#host.states());
    return reasons.length === 0 ? textAnswer('ready') : textAnswer(reasons.join('\n'), 503);
  }

  /** Once for each answer: to read the event-loop delay of a process is to reset it. */
  async #gather(): Promise<Gathered> {
    const reports = await this.#host.reports();
    const own = await this.#host.ownMetrics();
    const config = refusedMetric(this.#program().refusal !== undefined);
    const processes = reports.map(({ metrics }) => metrics);
    const [only] = processes;
    // As one process, where there is only one: what says nothing about several is shown of it.
    const isOne = own.length === 0 && processes.length === 1 && only !== undefined;
    return { reports, supervisor: own.at(-1), metrics: isOne ? [[...only, config]] : [...processes, ...own, [config]] };
  }

  async #take(): Promise<Snapshot | undefined> {
    const { reports, supervisor, metrics } = await this.#gather();
    const unready = this.#unreadiness(reports);
    return proxySnapshot({ at: Date.now(), version, unready, reports, metrics: await totals(metrics), supervisor });
  }

  #config(): ShownConfig {
    const { loaded, refusal } = this.#program();
    if (this.#shown?.loaded !== loaded || this.#shown.refusal !== refusal) {
      const config: ShownConfig = {
        origin: loaded.origin,
        settings: shownSettings(loaded),
        problems: refusal?.problems ?? [],
        refusedAt: refusal?.at,
      };
      this.#shown = { loaded, refusal, config };
    }
    return this.#shown.config;
  }

  #unreadiness(states: readonly EngineState[]): readonly string[] {
    const { state } = this.#program();
    if (state !== 'running') return [state];
    const [first, ...rest] = states.map(({ stats }) => stats);
    if (first === undefined) return ['no worker runs'];
    return Object.entries(mergeStats([first, ...rest]).clusters)
      .filter(([, { revision }]) => revision === 0)
      .map(([name]) => `the nodes of ${name} are not known yet`);
  }
}

function hotKeysOf(states: readonly EngineState[]): unknown {
  const [first, ...rest] = states.map(({ stats }) => stats);
  const hot = first === undefined ? undefined : mergeStats([first, ...rest]).hotKeys;
  if (hot === undefined) return { isOn: false, duration: 0, commands: 0, keys: [] };
  return { isOn: true, ...hot, keys: hot.keys.map(({ key, count }) => ({ key: shownKey(key), count })) };
}
