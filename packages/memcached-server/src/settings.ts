/** The settings of memcached that its command line changes, with memcached's defaults. */

const megabyte = 1024 * 1024;

/** What the command line says, before it is checked as a whole. */
export class Settings {
  port = 11_211;
  hasPort = false;
  /** 0 = off; negative = any free port, as for `port`. */
  udpPort = 0;
  hasUdpPort = false;
  socketPath: string | undefined;
  access = 0o700;
  /** The values of `-l`, each as it was given. */
  readonly interfaces: string[] = [];
  maxBytes: number = 64 * megabyte;
  maxConnections = 1024;
  itemSizeMax: number = megabyte;
  slabChunkMax: number = megabyte / 2;
  hasSlabChunkMax = false;
  hotLruPct = 20;
  warmLruPct = 40;
  hasTemporaryTtl = false;
  hasLruMaintainer = true;
  /** In seconds; 0 = never. */
  idleTimeout = 0;
  protocol: 'auto' | 'ascii' | 'binary' | undefined;
  isDaemon = false;
  user: string | undefined;
  pidFile: string | undefined;
  verbosity = 0;
  allowShutdown = false;
  hasSasl = false;
  authFile: string | undefined;
  readonly tls = { isOn: false, certificate: undefined, key: undefined, ca: undefined, ciphers: undefined } as {
    isOn: boolean;
    certificate: string | undefined;
    key: string | undefined;
    ca: string | undefined;
    ciphers: string | undefined;
  };
  tlsVerifyMode = 0;
  tlsMinVersion = 2;
  hasDebugTime = false;
  /** An empty variable counts as none. */
  version: string = process.env['MEMCACHED_VERSION'] || '1.6.18';
  /** Settings by the names of `stats settings`. */
  readonly named: Record<string, string | number> = {};
}
