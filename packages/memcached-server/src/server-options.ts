/** The settings as options of the server, after memcached's checks of all of them together. */
import { readFileSync } from 'node:fs';
import type { ServerOptions, StartSettings } from 'memfleet/server';
import { exitCodes, refuse } from './failure.ts';
import { interfacesOf } from './interfaces.ts';
import type { Settings } from './settings.ts';

const usage = exitCodes.usage;
const mebibyte = 1024 * 1024;

function checkSizes({ itemSizeMax, maxBytes, slabChunkMax, hotLruPct, warmLruPct, ...others }: Settings): void {
  if (itemSizeMax < 1024) refuse('Item max size cannot be less than 1024 bytes.', usage);
  if (itemSizeMax > maxBytes / 2) refuse('Cannot set item size limit higher than 1/2 of memory max.', usage);
  if (itemSizeMax > 1024 * mebibyte) refuse('Cannot set item size limit higher than a gigabyte.', usage);
  if (slabChunkMax > itemSizeMax)
    refuse(`slab_chunk_max (bytes: ${slabChunkMax}) cannot be larger than -I (item_size_max ${itemSizeMax})`, usage);
  if (itemSizeMax % slabChunkMax !== 0)
    refuse(
      `-I (item_size_max: ${itemSizeMax}) must be evenly divisible by slab_chunk_max (bytes: ${slabChunkMax})`,
      usage,
    );
  if (mebibyte % slabChunkMax !== 0)
    refuse(`slab_chunk_max (bytes: ${slabChunkMax}) must divide evenly into ${mebibyte} (slab_page_size)`, usage);
  if (hotLruPct + warmLruPct > 80) refuse('hot_lru_pct + warm_lru_pct cannot be more than 80% combined', usage);
  if (others.hasTemporaryTtl && !others.hasLruMaintainer)
    refuse('temporary_ttl requires lru_maintainer to be enabled', usage);
}

function checkProtocols({ hasSasl, protocol, udpPort, authFile }: Settings): void {
  if (hasSasl) {
    if (protocol !== undefined && protocol !== 'binary')
      refuse('ERROR: You cannot allow the ASCII protocol while using SASL.', usage);
    if (udpPort !== 0) refuse('ERROR: Cannot enable UDP while using binary SASL authentication.', usage);
  }
  if (authFile === undefined) return;
  if (protocol !== undefined && protocol !== 'ascii')
    refuse('ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens.', usage);
  if (udpPort !== 0) refuse('Cannot use UDP with ascii authentication enabled (-U 0 to disable)', usage);
}

function protocolsOf({ hasSasl, authFile, protocol }: Settings): ServerOptions['protocols'] {
  if (hasSasl || protocol === 'binary') return ['binary'];
  return authFile !== undefined || protocol === 'ascii' ? ['text', 'meta'] : ['text', 'meta', 'binary'];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(`cannot read ${file}: ${(error as Error).message}`, usage);
  }
}

const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

function tlsOf({ tls, tlsVerifyMode, tlsMinVersion }: Settings): ServerOptions['tls'] {
  if (!tls.isOn) return undefined;
  if (tls.certificate === undefined) refuse('-Z needs -o ssl_chain_cert=<file>', usage);
  const cert = read(tls.certificate);
  return {
    cert,
    key: tls.key === undefined ? cert : read(tls.key),
    ...(tls.ca === undefined ? {} : { ca: read(tls.ca) }),
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    requestCert: tlsVerifyMode > 0,
    rejectUnauthorized: tlsVerifyMode > 1,
    minVersion: tlsVersions[tlsMinVersion] ?? 'TLSv1.2',
  };
}

/** Where to listen: the first address, further ones, those of datagrams. */
function addressesOf(settings: Settings): Partial<ServerOptions> {
  const { socketPath, access, udpPort } = settings;
  if (socketPath !== undefined) return { path: socketPath, mode: access };
  // memcached: a UDP port alone is that of TCP as well.
  const port = settings.hasUdpPort && udpPort !== 0 && !settings.hasPort ? udpPort : settings.port;
  if (port > 65_535) refuse(`ERROR: Invalid port number ${port}.`, usage);
  if (udpPort > 65_535) refuse(`ERROR: Invalid UDP port number ${udpPort}.`, usage);
  if (settings.tls.isOn && port === 0) refuse('ERROR: You cannot enable SSL without a TCP port.', usage);
  const [first, ...further] = interfacesOf(settings.interfaces, port);
  const udp = udpPort === 0 ? [] : interfacesOf(settings.interfaces, udpPort).map(({ text }) => text);
  if (port === 0 || first === undefined) return { tcp: false, udp };
  return { host: first.host, port: first.port, alsoListen: further.map(({ text }) => text), udp };
}

/** What `stats settings` shows beside what the options say. */
function named(settings: Settings): StartSettings {
  const { interfaces, verbosity, udpPort, tls, hasSasl, authFile, slabChunkMax, tlsMinVersion } = settings;
  return {
    memfleet: 'no',
    ...settings.named,
    ...(interfaces.length === 0 ? {} : { inter: interfaces.join(',') }),
    verbosity,
    udpport: Math.max(0, udpPort),
    slab_chunk_max: slabChunkMax,
    auth_enabled_sasl: hasSasl ? 'yes' : 'no',
    auth_enabled_ascii: authFile ?? 'no',
    ...(tls.isOn
      ? {
          ssl_chain_cert: tls.certificate ?? '(null)',
          ssl_key: tls.key ?? '(null)',
          ssl_ca_cert: tls.ca ?? 'NULL',
          ssl_ciphers: tls.ciphers ?? 'NULL',
          ssl_min_version: (tlsVersions[tlsMinVersion] ?? '').toLowerCase(),
        }
      : {}),
  };
}

/** The options of the server, all but the logins. Throws Exit. */
export function serverOptionsOf(settings: Settings): ServerOptions {
  checkSizes(settings);
  checkProtocols(settings);
  const tls = tlsOf(settings);
  return {
    ...addressesOf(settings),
    ...(tls === undefined ? {} : { tls }),
    maxBytes: settings.maxBytes,
    maxItemSize: settings.itemSizeMax,
    maxConnections: settings.maxConnections,
    idleTimeout: settings.idleTimeout * 1000,
    allowShutdown: settings.allowShutdown,
    debugTime: settings.hasDebugTime,
    protocols: protocolsOf(settings),
    version: settings.version,
    settings: named(settings),
  };
}
