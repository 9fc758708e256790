/**
 * Detects the protocol of a node by one request without a body (a body would desynchronise a memcached that does not
 * know the request, docs/protocols.md#finding-out-the-protocol), and sends the ASCII authentication token where the
 * node requires one.
 *
 *   meta        mn       → MN  meta │ ERROR  text             │ closed twice: probe text on a new connection
 *                          CLIENT_ERROR unauthenticated → token → probe again
 *   text        version  → any line  text                     │ closed: probe binary
 *   binary      VERSION  → a packet with magic 0x81  binary   │ closed: give up
 *
 * A memcached that accepts only binary (`-S`, `-B binary`) reads 24 bytes before it sees that they are not a packet and
 * closes, so the lines are that long. The binary probe is VERSION because memcached replies to it before SASL
 * authentication, whereas it refuses a NOOP and closes the connection.
 *
 * Pure: bytes in, outcome out.
 */
import { latin1Slice, toByteString } from '../base/bytes.ts';
import { hidden } from '../base/redact.ts';
import { AuthenticationError, ConnectError, type MemcacheError, ProtocolError } from '../core/errors.ts';
import type { Protocol } from '../protocol/codec.ts';
import { binaryPart } from './binary-part.ts';
import type { Credentials } from './credentials.ts';

/** The next step of the probe. */
export type ProbeOutcome =
  | { readonly kind: 'wait' }
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'speaks'; readonly protocol: Protocol }
  | { readonly kind: 'failed'; readonly error: MemcacheError };

const wait: ProbeOutcome = { kind: 'wait' };
/** The header of a packet. */
const headerLength = 24;
const maxReply = 2048;
const letterE = 0x45;

/** One probe on one connection. */
export class ProtocolProbe {
  readonly #protocol: Protocol;
  readonly #credentials: Credentials | undefined;
  readonly #node: string;
  #reply = Buffer.alloc(0);
  #step: 'probing' | 'authenticating' | 'probingAgain' = 'probing';

  constructor(protocol: Protocol, node: string, credentials?: Credentials) {
    this.#protocol = protocol;
    this.#node = node;
    this.#credentials = credentials;
  }

  /** The bytes to begin with. */
  request(): Uint8Array {
    if (this.#protocol === 'binary') return binaryPart.loaded.probePacket();
    const line = this.#protocol === 'meta' ? 'mn' : 'version';
    return Buffer.from(`${line.padEnd(headerLength - 2)}\r\n`);
  }

  push(chunk: Uint8Array): ProbeOutcome {
    this.#reply = Buffer.concat([this.#reply, chunk]);
    if (this.#reply.length > maxReply)
      return this.#failed(new ProtocolError(`${this.#node}: the reply to the probe has ${this.#reply.length} bytes`));
    return this.#protocol === 'binary' ? this.#readPacket() : this.#readLine();
  }

  #readPacket(): ProbeOutcome {
    if (this.#reply[0] === letterE) return this.#readLine();
    const verdict = binaryPart.loaded.probeReply(this.#reply);
    if (verdict === 'part') return wait;
    return verdict === 'whole' ? { kind: 'speaks', protocol: 'binary' } : this.#failed(this.#notMemcached());
  }

  #readLine(): ProbeOutcome {
    const lineEnd = this.#reply.indexOf('\r\n');
    if (lineEnd < 0) return wait;
    const line = latin1Slice(this.#reply, 0, lineEnd);
    // memcached sends this line before any request, in text, whatever its protocol.
    if (line.startsWith('ERROR Too many'))
      return this.#failed(new ConnectError(`${this.#node} refuses connections: ${line}`, { node: this.#node }));
    const isWhole = this.#reply.length === lineEnd + 2;
    this.#reply = Buffer.alloc(0);
    if (!isWhole) return this.#failed(this.#notMemcached(line));
    return this.#step === 'authenticating' ? this.#readVerdict(line) : this.#readReply(line);
  }

  #readReply(line: string): ProbeOutcome {
    if (line === 'MN') return { kind: 'speaks', protocol: 'meta' };
    if (line === 'CLIENT_ERROR unauthenticated') return this.#authenticate();
    if (line === 'ERROR' || /^(VERSION|ERROR|CLIENT_ERROR|SERVER_ERROR)[ :]/.test(line))
      return { kind: 'speaks', protocol: 'text' };
    return this.#failed(this.#notMemcached(line));
  }

  #authenticate(): ProbeOutcome {
    const credentials = this.#credentials;
    if (credentials === undefined || this.#step === 'probingAgain') {
      const why =
        credentials === undefined
          ? 'requires a username and password, and none are configured'
          : 'rejected the username and password';
      return this.#failed(new AuthenticationError(`${this.#node} ${why}`, { node: this.#node }));
    }
    // The node splits the token at spaces (memcached `proto_text.c`, process_auth).
    if (/\s/.test(credentials.username + credentials.password)) {
      const why = 'its ASCII authentication cannot carry a username or password with a space';
      return this.#failed(new AuthenticationError(`${this.#node}: ${why}`, { node: this.#node }));
    }
    this.#step = 'authenticating';
    const token = `${credentials.username} ${credentials.password}`;
    return { kind: 'send', bytes: Buffer.from(`set auth 0 0 ${Buffer.byteLength(token)}\r\n${token}\r\n`) };
  }

  #readVerdict(line: string): ProbeOutcome {
    if (line !== 'STORED')
      return this.#failed(
        new AuthenticationError(`${this.#node} refused the username or password: ${this.#withoutPassword(line)}`, {
          node: this.#node,
        }),
      );
    this.#step = 'probingAgain';
    return { kind: 'send', bytes: this.request() };
  }

  /** The line may repeat the password. */
  #withoutPassword(line: string): string {
    const { password = '' } = this.#credentials ?? {};
    return password === '' ? line : line.replaceAll(toByteString(password), hidden);
  }

  #notMemcached(line?: string): MemcacheError {
    const shown = JSON.stringify((line ?? latin1Slice(this.#reply, 0, this.#reply.length)).slice(0, 60));
    return new ProtocolError(`${this.#node} is not a memcached server: it replied ${shown}`, {
      node: this.#node,
    });
  }

  #failed(error: MemcacheError): ProbeOutcome {
    return { kind: 'failed', error };
  }
}
