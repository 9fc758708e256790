/**
 * The error map of Couchbase nodes (GET_ERROR_MAP): the meaning of each status, for statuses that a client does not
 * know yet.
 *
 *   {"version":2,"revision":9,"errors":{"86":{"name":"ETMPFAIL","desc":"…","attrs":["temp","retry-now"]}}}
 *
 * Codes are hexadecimal.
 */

/** A status as the map describes it. */
export interface ErrorMapEntry {
  readonly name: string;
  /** `temp`, `retry-now`, `retry-later`, `item-only`, `fetch-config`, `conn-state-invalidated`, `auth` … */
  readonly attributes: readonly string[];
}

/** By status code. */
export type ErrorMap = ReadonlyMap<number, ErrorMapEntry>;

/** The highest version of the map that is understood: the value of GET_ERROR_MAP. */
export const errorMapVersion = '\0\x02';

/** Parses the map; undefined when the text is invalid: a node's error map is useful, not required. */
export function parseErrorMap(text: string): ErrorMap | undefined {
  let errors: unknown;
  try {
    errors = (JSON.parse(text) as { errors?: unknown } | null)?.errors;
  } catch {
    return undefined;
  }
  if (typeof errors !== 'object' || errors === null) return undefined;
  const map = new Map<number, ErrorMapEntry>();
  for (const [code, entry] of Object.entries(errors as Record<string, unknown>)) {
    const { name, attrs } = (entry ?? {}) as { name?: unknown; attrs?: unknown };
    if (!/^[0-9a-fA-F]{1,4}$/.test(code) || typeof name !== 'string' || !Array.isArray(attrs)) continue;
    map.set(Number.parseInt(code, 16), { name, attributes: attrs.filter((attr) => typeof attr === 'string') });
  }
  return map;
}

/** Temporary statuses where there is no map, as in Couchbase's own map. */
const temporary: readonly number[] = [0x09, 0x0c, 0x0d, 0x30, 0x31, 0x33, 0x82, 0x85, 0x86, 0xa2, 0xa4];

/** Whether nothing was executed and the same request may succeed later. */
export function isTemporary(code: number, map?: ErrorMap): boolean {
  if (temporary.includes(code)) return true;
  const attributes = map?.get(code)?.attributes ?? [];
  return attributes.includes('retry-now') || attributes.includes('retry-later');
}
