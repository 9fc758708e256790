/**
 * The state that all nodes of a simulated cluster share: users, buckets, the members of the map, and the revision.
 *
 *   a change ─▶ publish() ─▶ rev + 1 ─▶ listeners: sessions (pushed map), REST streams, the user's
 */
import { ByteWriter } from '../../base/byte-writer.ts';
import { toByteString } from '../../base/bytes.ts';
import { Reply } from '../../core/reply.ts';
import type { ClientCertificate } from '../../net/client-certificate.ts';
import type { ScramMechanism } from '../../protocol/binary/scram-mechanism.ts';
import { type ScramCredential, scramCredential } from '../../protocol/binary/scram.ts';
import { randomOf } from '../faults/random.ts';
import { Bucket } from './bucket.ts';
import { bucketDocument, clusterDocument, type ClusterView, type DocumentNode } from './documents.ts';
import { type Manifest, ManifestError } from './manifest.ts';
import type { ResolvedClusterOptions } from './options.ts';
import type { ClusterTraits } from './traits.ts';

/**
 * A cas is a nanosecond clock with free low bits, as in Couchbase: it exceeds the precision of a double, so that
 * clients must be exact.
 */
const casStep = 0x10000n;

/** The state that the nodes of a simulated cluster share: users, buckets, members, the revision. */
export class ClusterState {
  readonly options: ResolvedClusterOptions;
  /** May be changed while the cluster runs. */
  readonly traits: ClusterTraits;
  readonly buckets: ReadonlyMap<string, Bucket>;
  /** Ids of the nodes in the map, in its order. */
  members: number[] = [];
  isRebalancing = false;
  /** Used by the session that is decoding. */
  readonly writer: ByteWriter = new ByteWriter();
  /** For output that is not the reply to the request being decoded. Emptied at once. */
  readonly scratch: ByteWriter = new ByteWriter();
  /** For replies that do not come from a store. */
  readonly reply: Reply = new Reply();
  /** The source of the order in which sessions execute requests; undefined = that of their arrival. */
  readonly random: (() => number) | undefined;
  #rev = 1;
  #lastCas: bigint;
  readonly #nodes: (id: number) => DocumentNode;
  readonly #listeners = new Set<() => void>();
  readonly #credentials = new Map<string, ScramCredential>();
  #texts = new Map<string, string>();

  /** `nodes`: returns the nodes as documents describe them. `isUp`: whether a node runs. */
  constructor(options: ResolvedClusterOptions, nodes: (id: number) => DocumentNode, isUp: (id: number) => boolean) {
    const { clock, maxValue, randomBytes, replicaLag, shuffle } = options;
    this.options = options;
    this.random = shuffle === undefined ? undefined : randomOf(shuffle, 0);
    this.traits = { ...options.traits };
    this.#nodes = nodes;
    this.#lastCas = (BigInt(clock.unixSeconds()) * 1_000_000_000n) & ~(casStep - 1n);
    const settings = { clock, maxValue, randomBytes, isUp, replicaLag, nextCas: () => this.nextCas() };
    this.buckets = new Map(options.buckets.map((bucket) => [bucket.name, new Bucket(bucket, settings)]));
  }

  /** The revision of the map. */
  get rev(): number {
    return this.#rev;
  }

  /** The current state of the cluster, for documents. */
  get view(): ClusterView {
    return {
      nodes: this.members.map(this.#nodes),
      rev: this.#rev,
      isModern: this.traits.modernDocuments,
      hasCollections: this.traits.collections,
      isRebalancing: this.isRebalancing,
    };
  }

  /** Returns a new cas. */
  nextCas(): bigint {
    this.#lastCas += casStep;
    return this.#lastCas;
  }

  /** Publishes the changes. */
  publish(): void {
    this.#rev++;
    this.#texts = new Map();
    for (const listener of this.#listeners) listener();
  }

  /**
   * Changes the scopes and collections of a bucket, and publishes that. `change` returns the ids of the collections
   * that are gone. Throws ManifestError.
   */
  changeManifest(bucket: Bucket, change: (manifest: Manifest) => readonly number[]): void {
    if (!bucket.isMapped) throw new ManifestError(400, 'Not allowed on this type of bucket');
    const { uid } = bucket.manifest;
    bucket.dropCollections(change(bucket.manifest));
    if (bucket.manifest.uid !== uid) this.publish();
  }

  /** Calls back at every `publish`, until the returned function is called. */
  onPublish(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The document of a bucket, or of the cluster, as a node returns it, as a byte string. Made once per revision. */
  documentText(bucket: Bucket | undefined, node: number): string {
    // The traits can be switched without a new revision.
    const { modernDocuments, collections } = this.traits;
    const name = `${node} ${modernDocuments} ${collections} ${bucket?.name ?? ''}`;
    let text = this.#texts.get(name);
    if (text === undefined) {
      const { view } = this;
      const document = bucket === undefined ? clusterDocument(view, node) : bucketDocument(view, bucket, node);
      text = toByteString(JSON.stringify(document));
      this.#texts.set(name, text);
    }
    return text;
  }

  /** The bucket that may be used without a login: `default` of the Membase era, without a password. */
  get openBucket(): Bucket | undefined {
    const bucket = this.traits.hello ? undefined : this.buckets.get('default');
    return bucket?.options.password === undefined ? bucket : undefined;
  }

  /** The password of a user; undefined = no such user. In the Membase era the buckets are users as well. */
  passwordOf(user: string): string | undefined {
    const password = this.options.users.get(user);
    if (password !== undefined || this.traits.hello) return password;
    const bucket = this.buckets.get(user);
    return bucket === undefined ? undefined : (bucket.options.password ?? '');
  }

  /** Whether this is the user's password. */
  admits(user: string, password: string): boolean {
    return this.passwordOf(user) === password;
  }

  /** The user of a certificate: its common name. Undefined = it is not trusted, or there is no such user. */
  userOf({ isTrusted, name }: ClientCertificate): string | undefined {
    return isTrusted && this.passwordOf(name) !== undefined ? name : undefined;
  }

  /** Whether the user may select the bucket. */
  mayUse(user: string | undefined, bucket: Bucket): boolean {
    if (bucket === this.openBucket) return true;
    if (user === undefined) return false;
    if (!this.traits.hello) return user === bucket.name || this.options.users.has(user);
    return bucket.options.users?.includes(user) ?? true;
  }

  /** The SCRAM credentials of a user. Made once, because it takes some milliseconds. */
  credential(mechanism: ScramMechanism, user: string): ScramCredential | undefined {
    const password = this.passwordOf(user);
    if (password === undefined) return undefined;
    const name = `${mechanism} ${user} ${password}`;
    let credential = this.#credentials.get(name);
    if (credential === undefined) {
      credential = scramCredential(mechanism, password, this.options.randomBytes(16));
      this.#credentials.set(name, credential);
    }
    return credential;
  }
}
