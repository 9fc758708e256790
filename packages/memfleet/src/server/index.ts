/** `memfleet/server`: a memcached server in this process. */
export { redactMessage } from '../base/redact.ts';
export { InvalidOptionError, MemcacheError } from '../core/errors.ts';
export { passwordsOf } from '../session/authentication.ts';
export type { Address, InternetAddress } from '../net/transport.ts';
export type { ListenOptions } from '../session/listen-options.ts';
export type { Authenticate } from '../session/authentication.ts';
export { serverDefaults, type ServerOptions } from './options.ts';
export { createServer, Server } from './server.ts';
export type { StartSettings } from '../store/start-settings.ts';
export type { ServerStats } from './server-stats.ts';
