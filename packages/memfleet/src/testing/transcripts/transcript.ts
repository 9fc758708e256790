/**
 * Conversations on the wire as data: what a client sends, what memcached 1.6.18 replies.
 * `test/protocol/ascii/real-memcached.test.ts` proves them on the real program; the embedded server and the proxy are
 * held to the same data. Every transcript begins on a new connection with an empty cache.
 */

/** A request and its reply. Texts are byte strings. */
export interface Exchange {
  /** What the client sends; `{name}` stands for the number that an earlier reply bound. */
  readonly send: string;
  /**
   * What memcached 1.6.18 replies; '' = nothing. `{name}` is any number, and where it comes again the same number;
   * `{*}` is any text inside a line, `{stats}` are lines that begin with STAT, `{about30}` is a time to live that was
   * set to 30 a moment ago.
   */
  readonly expect: string;
  /**
   * The reply of newer versions, where it is another. From the source and the runs of the reference; proven where such
   * a version is installed.
   */
  readonly newer?: string;
  /** What memfleet replies where it differs on purpose. */
  readonly memfleet?: string;
  /** Why memfleet differs, or what is remarkable. */
  readonly note?: string;
  /** The server closes the connection afterwards. */
  readonly closes?: boolean;
}

/** What may be said beside request and reply. */
export type ExchangeMore = Omit<Exchange, 'send' | 'expect'>;

/** A conversation. */
export interface Transcript {
  readonly name: string;
  /**
   * The least that a node must understand; what is in `text` is understood on a connection that speaks meta as well.
   */
  readonly protocol: 'text' | 'meta';
  readonly exchanges: readonly Exchange[];
}

const lineEnds = (text: string): string => text.replaceAll('\n', '\r\n');

/** An exchange whose texts are written with `\n` for CR LF. */
export function ask(send: string, expect: string, more: ExchangeMore = {}): Exchange {
  return {
    send: lineEnds(send),
    expect: lineEnds(expect),
    ...more,
    ...(more.newer === undefined ? {} : { newer: lineEnds(more.newer) }),
    ...(more.memfleet === undefined ? {} : { memfleet: lineEnds(more.memfleet) }),
  };
}

/**
 * An exchange whose request is taken byte for byte, for line ends that are none. The reply is written with `\n` for CR
 * LF.
 */
export function raw(send: string, expect: string, more: ExchangeMore = {}): Exchange {
  return { ...ask('', expect, more), send };
}
