/** A node of a cluster, as a table. The library checks it once more, with what holds between its options. */
import { type AnyOptions, kinds } from 'memfleet/proxy';

const { text, whole } = kinds;

/** The options of a node. */
export const nodeOptions: AnyOptions = {
  host: { kind: text, about: 'the host name or address' },
  port: { kind: whole(1, 65_535), about: 'the TCP port' },
  path: { kind: text, about: 'the path of a Unix socket' },
  weight: { kind: whole(1), about: 'the share of the keys' },
  id: { kind: text, about: 'the name on the ring' },
};
