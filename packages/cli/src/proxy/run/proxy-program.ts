/**
 * `memfleet proxy` while it runs.
 *
 *   load settings ─▶ host starts ─▶ admin listens ─▶ ready
 *   SIGHUP, a file changed ─▶ load ─ bad ─▶ log, the old settings stay
 *                                  └ good ─▶ host reloads, admin moves; those that are asked for meanwhile are one
 *   SIGTERM, SIGINT, SIGUSR1 ─▶ not ready ─▶ drain ─▶ end          again ─▶ kill
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedPace } from '../../dashboard/feed.ts';
import { RecentLog } from '../../dashboard/recent-log.ts';
import type { AdminRules, AdminServer } from '../admin/admin-server.ts';
import { ConfigError, formatProblem } from '../config/problem.ts';
import { redactText } from '../config/redact.ts';
import type { LoadedSettings, ProxySettings } from '../settings.ts';
import { ConfigWatch } from './config-watch.ts';
import { formatAddress, type Host } from './host.ts';
import { LocalHost } from './local-host.ts';
import type { Logger } from './logger.ts';
import type { ProxyView, Refusal } from './proxy-view.ts';
import { WorkerHost } from './worker-host.ts';

/** Between two reloads, in ms: new connections to nodes get a moment before they are exchanged again. */
const rest = 100;

type State = 'starting' | 'running' | 'draining' | 'ended';

/** What a program has beside its settings. */
export interface ProgramOptions {
  /** It has ended by itself, as it cannot go on. */
  readonly onLost?: (() => void) | undefined;
  /** The lines of the log, for the page. */
  readonly recent?: RecentLog | undefined;
  /** How often the page is renewed. */
  readonly pace?: FeedPace | undefined;
}

/** A running `memfleet proxy`. */
export class ProxyProgram {
  readonly #load: () => LoadedSettings;
  readonly #log: Logger;
  readonly #host: Host;
  readonly #makeView: () => Promise<ProxyView>;
  #view: ProxyView | undefined;
  readonly #watch = new ConfigWatch(() => void this.reload('a file changed'));
  #loaded: LoadedSettings;
  #admin: AdminServer | undefined;
  #state: State = 'starting';
  #listening: Set<string> = new Set();
  /** Reloads come one after the other, with a rest between them. */
  #last: Promise<void> = Promise.resolve();
  #rested: Promise<void> = Promise.resolve();
  /** The one whose turn has not come: it reads what is there then, for all that are asked for meanwhile. */
  #next: Promise<void> | undefined;
  #ended: Promise<void> | undefined;
  /** Of the last change of the configuration. */
  #refusal: Refusal | undefined;
  readonly #onError = (error: unknown): void => this.#log.error({ error: String(error) }, 'admin endpoint');

  /** `loaded`: what `load` gave first. */
  constructor(
    loaded: LoadedSettings,
    load: () => LoadedSettings,
    log: Logger,
    { onLost = () => {}, recent = new RecentLog(), pace }: ProgramOptions = {},
  ) {
    this.#load = load;
    this.#loaded = loaded;
    this.#log = log;
    const isShared = loaded.settings.workers > 1;
    const onLog = (line: string): void => recent.add(line);
    this.#host = isShared ? new WorkerHost(log, () => void this.#giveUp().finally(onLost), onLog) : new LocalHost(log);
    const program = (): ReturnType<ConstructorParameters<typeof ProxyView>[1]> => ({
      state: this.#state,
      loaded: this.#loaded,
      refusal: this.#refusal,
    });
    this.#makeView = async () => {
      const file = await import('./proxy-view.ts');
      return new file.ProxyView(this.#host, program, recent, this.#onError, pace);
    };
  }

  /** Fulfils when clients can come. Rejects when an address cannot be had; then nothing is left. */
  async start(): Promise<void> {
    const { settings, origin, files } = this.#loaded;
    this.#noteAll();
    try {
      await this.#host.start(settings);
      this.#admin = await this.#openAdmin(settings);
      await this.#announce();
    } catch (error) {
      await this.#host.kill();
      throw error;
    }
    this.#state = 'running';
    this.#log.info({ origin, workers: settings.workers }, 'ready');
    if (settings.watch) this.#watch.set(files);
  }

  /** Reads the settings again. What comes of it is in the log. */
  reload(reason: string): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#reload(reason, this.#rested);
      this.#last = this.#next;
      this.#rested = this.#last.then(() => sleep(rest));
    }
    return this.#next;
  }

  /** Accepts nobody any more, answers what is in flight, ends. Idempotent. */
  stop(reason: string): Promise<void> {
    this.#ended ??= this.#stop(reason);
    return this.#ended;
  }

  /** Ends at once. */
  async kill(reason: string): Promise<void> {
    this.#log.warn({ reason }, 'killed');
    await this.#host.kill();
  }

  async #giveUp(): Promise<void> {
    this.#log.fatal('all workers died, and with them the sockets that were handed over');
    this.#watch.close();
    await this.#host.kill();
  }

  async #stop(reason: string): Promise<void> {
    this.#state = 'draining';
    this.#watch.close();
    this.#log.info({ reason }, 'draining');
    await this.#last;
    await this.#host.drain();
    this.#state = 'ended';
    this.#view?.close();
    await this.#admin?.close();
    this.#log.info('stopped');
  }

  async #reload(reason: string, before: Promise<void>): Promise<void> {
    await before;
    this.#next = undefined;
    if (this.#state !== 'running') return;
    this.#log.info({ reason }, 'reloading');
    try {
      await this.#apply(this.#load());
      this.#refusal = undefined;
      this.#noteAll();
      await this.#announce();
      this.#log.info({ origin: this.#loaded.origin }, 'reloaded');
    } catch (error) {
      this.#refusal = { at: Date.now(), problems: problemsOf(error) };
      for (const fields of logFieldsOf(error)) this.#log.error(fields, 'reload refused');
    }
  }

  /** Rejects when the settings are refused; then everything is as before. */
  async #apply(loaded: LoadedSettings): Promise<void> {
    const { settings, files } = loaded;
    const moves = JSON.stringify(settings.admin) !== JSON.stringify(this.#loaded.settings.admin);
    // Before anything is changed.
    if (!moves) this.#admin?.check(rulesOf(settings));
    const admin = moves ? await this.#openAdmin(settings) : this.#admin;
    try {
      await this.#host.reload(settings);
    } catch (error) {
      if (moves) await admin?.close();
      throw error;
    }
    if (moves) await this.#admin?.close();
    this.#admin = admin;
    this.#admin?.allow(rulesOf(settings));
    this.#loaded = loaded;
    if (settings.watch) this.#watch.set(files);
    else this.#watch.close();
  }

  /** Says where clients come in now that they did not before. */
  async #announce(): Promise<void> {
    const [first] = await this.#host.states();
    const before = this.#listening;
    this.#listening = new Set();
    for (const { name, address: where, route } of first?.stats.listeners ?? []) {
      const address = formatAddress(where);
      this.#listening.add(address);
      if (!before.has(address)) this.#log.info({ listener: name, address, route }, 'listening');
    }
  }

  #noteAll(): void {
    for (const note of this.#loaded.notes) this.#log.warn(note);
  }

  async #openAdmin(settings: ProxySettings): Promise<AdminServer | undefined> {
    if (settings.admin === undefined) return undefined;
    // HTTP and the dashboard take a while to load, and most proxies do without.
    const view = (this.#view ??= await this.#makeView());
    const file = await import('../admin/admin-server.ts');
    const server = new file.AdminServer(view.endpoints, this.#onError, rulesOf(settings));
    this.#log.info({ address: await server.listen(settings.admin) }, 'admin listening');
    view.start();
    return server;
  }
}

function rulesOf({ adminHosts, adminToken, adminUsers, insecureAdmin }: ProxySettings): AdminRules {
  return { hosts: adminHosts, token: adminToken, users: adminUsers, isInsecure: insecureAdmin };
}

/** In words, one for each problem. */
function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems.map(formatProblem);
  return [redactText((error as Error).message)];
}

/** The fields of the log, one set for each problem. */
function logFieldsOf(error: unknown): Readonly<Record<string, unknown>>[] {
  if (error instanceof ConfigError)
    return error.problems.map(({ file, position, key, message }) => ({ file, ...position, key, error: message }));
  const { message = String(error), code } = error as { readonly message?: string; readonly code?: string };
  return [{ error: message, ...(code === undefined ? {} : { code }) }];
}
