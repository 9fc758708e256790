/** A listener in a configuration: the library's options; `listen` says host and port, or the path, in one text. */
import type { ListenerSpec } from 'memfleet/proxy';
import type { z } from 'zod';
import { addressForms, type ListenAddress, listenAddress } from '../../option-values.ts';
import type { ReadContext } from './context.ts';
import { listenerTls, secret } from './secrets.ts';
import { listOf, named, table } from './tables.ts';
import { bytes, flag, kind, ms, oneOf, permissions, text, whole } from './values.ts';

/** `host:port`, `port`, `[v6]:port`, `/path`, `fd:3`. */
export const address: z.ZodType<ListenAddress> = kind(addressForms, (value) => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  try {
    return listenAddress(String(value));
  } catch {
    return undefined;
  }
});

/** The schema of a listener. */
export function listenerSchema(context: ReadContext): z.ZodType<ListenerSpec> {
  return table({
    listen: address.optional(),
    name: text.optional(),
    host: text.optional(),
    port: whole(0, 65_535).optional(),
    path: text.optional(),
    fd: whole(3).optional(),
    mode: permissions.optional(),
    tls: listenerTls(context).optional(),
    route: text,
    protocols: listOf(oneOf('text', 'meta', 'binary'), 1).optional(),
    maxSessions: whole(1).optional(),
    idleTimeout: ms(0).optional(),
    stallTimeout: ms(1).optional(),
    requestTimeout: ms(0).optional(),
    handshakeTimeout: ms(1).optional(),
    maxInFlight: whole(1).optional(),
    maxOutput: bytes(1).optional(),
    maxHeldOutput: bytes(1).optional(),
    maxLine: bytes(1).optional(),
    maxKey: bytes(1).optional(),
    maxItemSize: bytes(1).optional(),
    users: named(secret(context), false).optional(),
    onNodeFailure: oneOf('error', 'miss').optional(),
    allowFlush: flag.optional(),
  })
    .superRefine((listener, issues) => {
      const complain = (key: string, message: string): void =>
        issues.addIssue({ code: 'custom', path: [key], message });
      const where = (['listen', 'host', 'path', 'fd'] as const).filter((key) => listener[key] !== undefined);
      if (where.length > 1) complain(where[1] as string, `contradicts ${where[0]}`);
      else if (listener.port !== undefined && where[0] !== 'host' && where.length === 1)
        complain('port', `contradicts ${where[0]}`);
      const isSocket = listener.path !== undefined || (listener.listen !== undefined && 'path' in listener.listen);
      if (listener.mode !== undefined && !isSocket) complain('mode', 'only a Unix socket has permissions');
    })
    .transform(({ listen, ...listener }): ListenerSpec => ({ ...listener, ...listen }));
}
