/**
 * The commands that a new connection to a Couchbase or Membase node sends before it may be used:
 *
 *   HELLO ─▶ GET_ERROR_MAP ─▶ SASL_LIST_MECHS ─▶ SASL_AUTH (─▶ SASL_STEP) ─▶ SELECT_BUCKET ─▶ ready
 *     │        where XERROR was granted      └ with credentials                 └ unknown: the login chose the bucket
 *     └ unknown: a node of the Membase era, continue without features
 *
 * HELLO has a body, which desynchronises a stock memcached: it is sent only to nodes that the user configured as
 * Couchbase.
 */
import type { RandomBytes } from '../base/chance.ts';
import type { Credentials } from '../connection/credentials.ts';
import type { OpeningConnection, StartUp } from '../connection/handshake.ts';
import type { ValuePacker } from '../connection/value-packer.ts';
import { Command } from '../core/command.ts';
import { AuthenticationError, ConfigError, ConnectError, MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { isTraced } from '../observe/command-trace.ts';
import { couchbaseOpcode } from '../protocol/binary/couchbase-opcodes.ts';
import { type ErrorMap, errorMapVersion, isTemporary, parseErrorMap } from '../protocol/binary/error-map.ts';
import { buildFeatures, feature, parseFeatures } from '../protocol/binary/hello.ts';
import { opcode } from '../protocol/binary/opcodes.ts';
import { buildPlain } from '../protocol/binary/sasl-plain.ts';
import { scramMechanism } from '../protocol/binary/scram-mechanism.ts';
import { ScramClient } from '../protocol/binary/scram.ts';
import { statusText } from '../protocol/binary/statuses.ts';
import { plainValues } from './compression.ts';

/** The options of the bootstrap exchange. */
export interface CouchbaseLogin {
  /** The bucket to select; undefined = none. */
  readonly bucket: string | undefined;
  /** Called at each login, because documents of the Membase era contain the bucket's password. */
  readonly credentials: () => Credentials | undefined;
  /** Whether the client presents a certificate, which is then the login. */
  readonly hasCertificate: boolean;
  /**
   * The allowed SASL mechanisms, in order of preference. Called at each login, because the result may depend on the
   * document.
   */
  readonly mechanisms: () => readonly string[];
  /** False: the nodes are of the Membase era, or stock memcached, and receive no HELLO. */
  readonly hello: boolean;
  /** Whether a node may execute requests in another order than that in which they are sent. */
  readonly unordered: boolean;
  /** A source of random bytes, for tests: logins then derive their passwords inline. @default that of the runtime */
  readonly randomBytes?: RandomBytes | undefined;
  /** Called with the features that a node granted. */
  readonly onGranted?: ((node: string, features: readonly number[]) => void) | undefined;
  /** The values on the wire, where the node grants compression; undefined = it is not requested. */
  readonly values?: ValuePacker | undefined;
  /** Called with a node's error map. */
  readonly onErrorMap?: ((map: ErrorMap) => void) | undefined;
}

const wanted = [
  feature.tcpNoDelay,
  feature.xerror,
  feature.selectBucket,
  // A range scan is a JSON document.
  feature.json,
  feature.duplex,
  feature.clustermapNotification,
  feature.clusterConfigKnownVersion,
  feature.dedupeNotMyVbucketMap,
  feature.clustermapNotificationBrief,
  feature.alternativeRequest,
  feature.synchronousReplication,
  feature.preserveExpiry,
  feature.mutationToken,
  feature.collections,
];

/** The steps for connections to `node` (its address, for messages). */
export function couchbaseBootstrap(login: CouchbaseLogin, node: string): StartUp {
  return (connection, _protocol, done) => new BootstrapExchange(login, node, connection, done).begin();
}

type Step = (reply: Reply) => void;

class BootstrapExchange {
  readonly #login: CouchbaseLogin;
  readonly #node: string;
  readonly #connection: OpeningConnection;
  readonly #done: (error?: MemcacheError) => void;
  /** Whether the node replied to HELLO, so that it is not of the Membase era. */
  #isModern = false;

  constructor(
    login: CouchbaseLogin,
    node: string,
    connection: OpeningConnection,
    done: (error?: MemcacheError) => void,
  ) {
    this.#login = login;
    this.#node = node;
    this.#connection = connection;
    this.#done = done;
  }

  begin(): void {
    if (!this.#login.hello) {
      this.#logIn();
      return;
    }
    const { unordered, values } = this.#login;
    this.#greet([
      ...wanted,
      ...(values === undefined ? [] : [feature.snappy]),
      ...(unordered ? [feature.unorderedExecution] : []),
      // The times of the server cost bytes in each reply.
      ...(isTraced() ? [feature.tracing] : []),
    ]);
  }

  #greet(features: readonly number[]): void {
    this.#ask(couchbaseOpcode.hello, 'memfleet', buildFeatures(features), (reply) => {
      this.#isModern = reply.code === status.success;
      const granted = this.#isModern ? (parseFeatures(reply.text()) ?? []) : [];
      const isUnordered = features.includes(feature.unorderedExecution) && granted.includes(feature.unorderedExecution);
      // Without the alternative request there are no barriers, so the order of a key could not be kept.
      if (isUnordered && !granted.includes(feature.alternativeRequest)) {
        this.#greet(features.filter((code) => code !== feature.unorderedExecution));
        return;
      }
      this.#connection.granted(granted);
      this.#login.onGranted?.(this.#node, granted);
      const isPacked = granted.includes(feature.snappy);
      if (isPacked || granted.includes(feature.json))
        this.#connection.packValues((isPacked ? this.#login.values : undefined) ?? plainValues);
      if (granted.includes(feature.xerror)) this.#askErrorMap();
      else this.#logIn();
    });
  }

  #askErrorMap(): void {
    this.#ask(couchbaseOpcode.getErrorMap, '', errorMapVersion, (reply) => {
      const map = reply.code === status.success ? parseErrorMap(reply.utf8()) : undefined;
      if (map !== undefined) this.#login.onErrorMap?.(map);
      this.#logIn();
    });
  }

  #logIn(): void {
    const credentials = this.#login.credentials();
    if (credentials === undefined) {
      this.#selectBucket();
      return;
    }
    this.#ask(opcode.saslListMechs, '', '', (reply) => {
      // A node without SASL accepts every client.
      if (reply.code === status.unknownCommand) this.#selectBucket();
      else if (reply.code !== status.success) this.#refuse(reply, 'does not list its SASL mechanisms');
      else this.#authenticate(credentials, reply.text());
    });
  }

  #authenticate(credentials: Credentials, offered: string): void {
    const names = offered.split(' ').map((name) => scramMechanism(name) ?? name);
    const allowed = this.#login.mechanisms();
    const mechanism = allowed.find((name) => names.includes(name));
    if (mechanism === undefined) {
      const shown = JSON.stringify(offered.slice(0, 200));
      const what = `${this.#node} offers the logins ${shown}; allowed are ${allowed.join(', ')}`;
      const why = names.includes('PLAIN')
        ? ' (PLAIN sends the password in clear: use TLS, or name it in "mechanisms")'
        : '';
      this.#fail(new AuthenticationError(what + why, { node: this.#node }));
      return;
    }
    const scram = scramMechanism(mechanism);
    if (scram === undefined) {
      this.#ask(opcode.saslAuth, mechanism, buildPlain(credentials.username, credentials.password), (reply) =>
        this.#verdict(reply, credentials),
      );
      return;
    }
    const { randomBytes } = this.#login;
    const client = new ScramClient({
      mechanism: scram,
      user: credentials.username,
      password: credentials.password,
      nonce: randomBytes?.(18).toString('base64'),
      derivesInline: randomBytes !== undefined,
    });
    this.#ask(opcode.saslAuth, mechanism, client.first(), (first) => {
      if (first.code !== status.authContinue) {
        this.#verdict(first, credentials);
        return;
      }
      client.respond(first.text(), (final) => {
        if (final instanceof AuthenticationError) this.#fail(final);
        else this.#prove(client, final, credentials);
      });
    });
  }

  #prove(client: ScramClient, final: string, credentials: Credentials): void {
    this.#ask(opcode.saslStep, client.mechanism, final, (last) => {
      if (last.code === status.success) client.verify(last.text());
      this.#verdict(last, credentials);
    });
  }

  #verdict(reply: Reply, { username }: Credentials): void {
    if (reply.code === status.success) this.#selectBucket();
    else this.#refuse(reply, `refused the password of the user ${JSON.stringify(username)}`);
  }

  #refuse(reply: Reply, what: string): void {
    this.#fail(new AuthenticationError(`${this.#node} ${what} (${statusText(reply.code)})`, { node: this.#node }));
  }

  #selectBucket(): void {
    const { bucket } = this.#login;
    if (bucket === undefined || !this.#isModern) {
      this.#done();
      return;
    }
    this.#ask(couchbaseOpcode.selectBucket, bucket, '', (reply) => {
      const { code } = reply;
      if (code === status.success || code === status.unknownCommand || code === status.notSupported) this.#done();
      else this.#fail(this.#bucketError(bucket, code));
    });
  }

  #bucketError(bucket: string, code: number): MemcacheError {
    const details = { node: this.#node };
    const name = JSON.stringify(bucket);
    const isAnonymous = this.#login.credentials() === undefined;
    if (isAnonymous && (code === status.noAccess || code === status.authError)) {
      const what = this.#login.hasCertificate
        ? `gives the user of the certificate no access to the bucket ${name} (${statusText(code)})`
        : 'requires a username and password, and none are configured';
      return new AuthenticationError(`${this.#node} ${what}`, details);
    }
    if (isTemporary(code)) {
      return new ConnectError(`${this.#node}: the bucket ${name} is not ready (${statusText(code)})`, details);
    }
    const why = statusText(code);
    return new ConfigError(`${this.#node} has no bucket ${name}, or the user may not use it (${why})`, details);
  }

  #ask(code: number, key: string, value: string, then: Step): void {
    const command = new Command('packet', key);
    command.packet = { opcode: code, opaque: 0 };
    command.value = value;
    this.#connection.dispatch(command, {
      onReply: (reply) => {
        try {
          then(reply);
        } catch (error) {
          this.#fail(
            error instanceof MemcacheError
              ? error
              : new AuthenticationError(`${this.#node}: the login failed`, { node: this.#node, cause: error }),
          );
        }
      },
      onError: this.#done,
    });
  }

  #fail(error: MemcacheError): void {
    this.#done(error);
  }
}
