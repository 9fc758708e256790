/**
 * The flags of the meta protocol as a table (memcached `protocol.txt`, "Meta Commands"): for each letter the kind
 * of its token, the field that receives it, and its meaning for layers that pass the request on.
 *
 *   mg foo v T30 ─ letter ─▶ row ─ token ─▶ read by its kind (meta/request-flags.ts) ─ take ─▶ RequestFlags
 *
 * A new flag is a field of `RequestFlags` (and of `MetaFlags`) and a row here; the store implements it.
 */

/**
 * Fields that exist only in the meta protocol (memcached `protocol.txt`, "Meta Commands"). Absent on commands of other
 * origin, where the encoder uses the flags that the verb needs.
 */
export interface MetaFlags {
  /** The flags as they came, in order, each with its token. */
  readonly tokens: readonly string[];
  /** `tokens` as they are written, where many requests have the same. It holds for these tokens only, in no copy. */
  readonly written?: { readonly tokens: readonly string[]; readonly text: string } | undefined;
  /** `O`: returned unchanged. */
  readonly opaque?: string | undefined;
  /** `k`: the key is returned. */
  readonly returnKey?: boolean | undefined;
  /** `b`: the key is base64 on the wire (`Command.key` is always decoded). */
  readonly base64?: boolean | undefined;
  /** `N`: seconds an item made on a miss lives (mg, ma, ms append/prepend). */
  readonly vivify?: number | undefined;
  /** `R`: win the right to refresh when fewer seconds than this are left (mg). */
  readonly recache?: number | undefined;
  /** `I`: invalidate – mark stale (md), accept a lower cas as stale (ms). */
  readonly invalidate?: boolean | undefined;
  /** `E`: the cas that the changed item receives. */
  readonly newCas?: bigint | undefined;
  /** `u`: do not bump the item in the LRU (mg). */
  readonly noBump?: boolean | undefined;
  /** `C`: compare with `Command.cas`. A get whose cas is that of the item returns no value. */
  readonly hasCas?: boolean | undefined;
  /** `x`: empty the value, keep the item (md). */
  readonly clearValue?: boolean | undefined;
  /** `T`: a new exptime was given; its value is `Command.exptime`. */
  readonly hasExptime?: boolean | undefined;
  /** No other protocol can answer the request. The request, for messages: `report the ttl of an item`. */
  readonly onlyMeta?: string | undefined;
}

/**
 * The flags of one line, parsed. Fields beyond `MetaFlags` go into the Command. All fields are always there, so that
 * the shape is one.
 */
export class RequestFlags implements MetaFlags {
  readonly tokens: string[] = [];
  opaque: string | undefined = undefined;
  returnKey = false;
  base64 = false;
  vivify: number | undefined = undefined;
  recache: number | undefined = undefined;
  invalidate = false;
  newCas: bigint | undefined = undefined;
  noBump = false;
  clearValue = false;
  hasExptime = false;
  /** The key, when `b` says that it is base64. */
  key: string | undefined = undefined;
  exptime = 0;
  clientFlags = 0;
  hasCas = false;
  cas = 0n;
  /** The token of `M`; '' = none. */
  mode = '';
  delta: number | bigint = 1;
  initial = 0n;
  quiet = false;
  wantValue = false;
  wantCas = false;
}

/** The values that a token stands for, by the kind of token. */
export interface TokenValues {
  /** The flag has no token; text in its place is ignored. */
  readonly none: undefined;
  readonly text: string;
  /** 32 bits, signed. */
  readonly seconds: number;
  /** 32 bits, unsigned. */
  readonly clientFlags: number;
  /** 64 bits, unsigned. */
  readonly cas: bigint;
  readonly initial: bigint;
  readonly delta: number | bigint;
  /** One letter. */
  readonly mode: string;
  /** No token: the key of the line is base64. The value is the key. */
  readonly base64: string;
}

/** How to treat a request with a flag that changes the effect on the item. */
export interface ItemChange {
  /** For messages: `N (vivify)`. */
  readonly name: string;
  /**
   * Whether the request changes more than another protocol can express. Such a request must not be passed on without
   * the flag.
   */
  isGiven(command: { readonly verb: string; readonly touch: boolean }, flags: MetaFlags): boolean;
  /** Whether it turns a get into a write. */
  readonly writesOnGet: boolean;
}

/** A row of the table. */
export interface MetaFlag<Token extends keyof TokenValues = keyof TokenValues> {
  readonly token: Token;
  /**
   * Stores the parsed token. Absent: the flag is known, and is either echoed from the tokens alone or has no meaning
   * here.
   */
  readonly take: ((flags: RequestFlags, value: never) => void) | undefined;
  /** Whether the item of another node or of a cache can serve a get with this flag. */
  readonly isPortable: boolean;
  /** Whether it is about the session of the client: it is not passed on to a node. */
  readonly isOfSession: boolean;
  /** Whether its token is a time to live that the request gives to an item. */
  readonly isTtl: boolean;
  readonly changes: ItemChange | undefined;
}

type Take<Token extends keyof TokenValues> = (flags: RequestFlags, value: TokenValues[Token]) => void;

function row<Token extends keyof TokenValues>(
  token: Token,
  take?: Take<Token>,
  more: Partial<Pick<MetaFlag, 'isPortable' | 'isOfSession' | 'isTtl' | 'changes'>> = {},
): MetaFlag {
  return { token, take, isPortable: false, isOfSession: false, isTtl: false, changes: undefined, ...more };
}

const portable = { isPortable: true } as const;
const ofSession = { isPortable: true, isOfSession: true } as const;
const ttl = { isTtl: true } as const;

/** A change, given where the field is. */
function change(
  name: string,
  field: keyof MetaFlags,
  more: Partial<ItemChange> = {},
): { readonly changes: ItemChange } {
  const isGiven = (_: unknown, flags: MetaFlags): boolean => flags[field] !== undefined && flags[field] !== false;
  return { changes: { name, isGiven, writesOnGet: false, ...more } };
}

/** The table. */
export const metaFlags: Readonly<Record<string, MetaFlag>> = {
  // The content of the reply.
  v: row('none', (flags) => void (flags.wantValue = true), portable),
  c: row('none', (flags) => void (flags.wantCas = true)),
  k: row('none', (flags) => void (flags.returnKey = true), ofSession),
  O: row('text', (flags, value) => void (flags.opaque = value), ofSession),
  q: row('none', (flags) => void (flags.quiet = true), ofSession),
  f: row('none', undefined, portable),
  s: row('none', undefined, portable),
  t: row('none'),
  h: row('none'),
  l: row('none'),
  // Of proxies.
  P: row('none'),
  L: row('none'),
  // The kind of request.
  b: row(
    'base64',
    (flags, key) => {
      flags.base64 = true;
      flags.key = key;
    },
    ofSession,
  ),
  u: row('none', (flags) => void (flags.noBump = true)),
  C: row('cas', (flags, value) => {
    flags.cas = value;
    flags.hasCas = true;
  }),
  F: row('clientFlags', (flags, value) => void (flags.clientFlags = value)),
  M: row('mode', (flags, value) => void (flags.mode = value)),
  D: row('delta', (flags, value) => void (flags.delta = value)),
  J: row('initial', (flags, value) => void (flags.initial = value)),
  // Changes to the item that have no other verb.
  T: row(
    'seconds',
    (flags, value) => {
      flags.exptime = value;
      flags.hasExptime = true;
    },
    {
      ...ttl,
      ...change('T (exptime)', 'hasExptime', {
        isGiven: ({ verb, touch }) => touch && (verb === 'arith' || verb === 'delete'),
      }),
    },
  ),
  N: row('seconds', (flags, value) => void (flags.vivify = value), {
    ...ttl,
    ...change('N (vivify)', 'vivify', {
      // The N of `ma` is `Command.initial`.
      isGiven: ({ verb }, flags) => flags.vivify !== undefined && verb !== 'arith',
      writesOnGet: true,
    }),
  }),
  R: row(
    'seconds',
    (flags, value) => void (flags.recache = value),
    change('R (recache)', 'recache', { writesOnGet: true }),
  ),
  I: row('none', (flags) => void (flags.invalidate = true), change('I (invalidate)', 'invalidate')),
  E: row('cas', (flags, value) => void (flags.newCas = value), change('E (new cas)', 'newCas')),
  x: row('none', (flags) => void (flags.clearValue = true), change('x (clear value)', 'clearValue')),
};

/** The effect of flags on a request. */
export const itemChanges: readonly ItemChange[] = Object.values(metaFlags).flatMap(({ changes }) => changes ?? []);

const changesOfGet = itemChanges.filter(({ writesOnGet }) => writesOnGet);
const get = { verb: 'get', touch: false };

/** Whether a get with these flags is a write. */
export function writesOnGet(flags: MetaFlags): boolean {
  for (const change of changesOfGet) if (change.isGiven(get, flags)) return true;
  return false;
}

/** The letters of the flags for which this holds. */
function lettersOf(holds: (flag: MetaFlag) => boolean): string {
  return Object.entries(metaFlags)
    .flatMap(([letter, flag]) => (holds(flag) ? [letter] : []))
    .join('');
}

/** The letters of flags that are about the session of the client, and not passed on to a node. */
export const sessionLetters: string = lettersOf(({ isOfSession }) => isOfSession);

/** The letters of flags whose token is a time to live that the request gives to an item. */
export const ttlLetters: string = lettersOf(({ isTtl }) => isTtl);

const portableLetters = new Set(lettersOf(({ isPortable }) => isPortable));

/** Whether the item of another node or of a cache can serve a get with these flags. */
export function arePortable(flags: MetaFlags | undefined): boolean {
  return flags === undefined || flags.tokens.every((token) => portableLetters.has(token.charAt(0)));
}
