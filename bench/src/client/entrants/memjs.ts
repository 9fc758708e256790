/**
 * memjs: binary protocol, promises, gives Buffers. Strings are decoded and objects written as JSON here, as its users
 * do.
 */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import { isOfMany, type ValueKind } from '../workload.ts';

interface MemjsModule {
  readonly default: {
    readonly Client: { create(servers: string, options?: object): MemjsClient };
  };
}

interface MemjsClient {
  get(key: string): Promise<{ value: Buffer | null }>;
  set(key: string, value: string | Buffer, options: object): Promise<boolean>;
  close(): void;
}

type Decode = (value: Buffer | null) => unknown;

const decoders: Record<ValueKind, Decode> = {
  bytes: (value) => value,
  text: (value) => value?.toString(),
  object: (value) => (value === null ? undefined : (JSON.parse(value.toString()) as unknown)),
};

async function openWith(name: string, ports: Ports, kind: ValueKind): Promise<OpenClient> {
  const { default: memjs } = await load<MemjsModule>(name);
  const client = memjs.Client.create(`127.0.0.1:${ports.memcached}`);
  const decode = decoders[kind];
  const settings = {};
  return {
    get: (key) => client.get(key).then((result) => decode(result.value)),
    set:
      kind === 'object'
        ? (key, value) => client.set(key, JSON.stringify(value), settings)
        : (key, value) => client.set(key, value, settings),
    close: () => client.close(),
  };
}

export const memjs: Entrant = {
  name: 'memjs',
  role: 'peer',
  module: 'memjs',
  takes: (workload) => !isOfMany(workload),
  open: (ports, kind) => openWith('memjs', ports, kind),
};

const dropin: Entrant = {
  ...memjs,
  name: '@memfleet/memjs',
  role: 'ours',
  module: '@memfleet/memjs',
  open: (ports, kind) => openWith('@memfleet/memjs', ports, kind),
};

/** Against its drop-in. */
export const replacedMemjs: Entrant = { ...memjs, name: 'memjs (drop-in)', role: 'variant', dropin };
