/** What the shop asks of a cache; a memfleet client has it as well. Times to live in seconds. */
export interface Cache {
  get(key: string): Promise<Uint8Array | undefined>;
  getMany(keys: readonly string[]): Promise<Map<string, Uint8Array>>;
  getWithCas(key: string): Promise<{ readonly value: Uint8Array; readonly cas: bigint } | undefined>;
  set(key: string, value: Uint8Array, ttl: number): Promise<boolean>;
  setMany(entries: ReadonlyMap<string, Uint8Array>, ttl: number): Promise<Map<string, boolean>>;
  cas(key: string, value: Uint8Array, cas: bigint, ttl: number): Promise<'stored' | 'exists' | 'notFound'>;
  delete(key: string): Promise<boolean>;
  /** `initial`: the value of a counter that is made when there is none. */
  incr(key: string, delta: number, options: { initial: number; ttl: number }): Promise<number | undefined>;
}
