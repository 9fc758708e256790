/**
 * The features of the nodes of an era. Each can be switched while a cluster runs, so that a test can exercise one way
 * of learning the map without the others.
 */

/** Membase 1.7 (2011), or Couchbase of today. */
export type Era = 'membase' | 'couchbase';

/** The features of the nodes of a simulated cluster. Each can be switched while the cluster runs. */
export interface ClusterTraits {
  /**
   * HELLO, SELECT_BUCKET, GET_ERROR_MAP and SCRAM are supported, and clients log in as a user. False: they are not; the
   * user is the name of a bucket, which the login selects, and `default` needs no login.
   */
  hello: boolean;
  /** GET_CLUSTER_CONFIG is supported. */
  clusterConfig: boolean;
  /** NOT_MY_VBUCKET contains the map. */
  mapInRefusals: boolean;
  /** Changed maps are pushed to sessions that were granted the feature. */
  pushes: boolean;
  /** Documents have a revision and `nodesExt`; the REST paths `b/NAME`, `bs/NAME` and `nodeServices` exist. */
  modernDocuments: boolean;
  /** Collections are granted, and clients may ask for their ids. */
  collections: boolean;
  /** FLUSH empties a bucket (later versions: not supported). */
  flush: boolean;
}

/** The default traits of an era. */
export function traitsOf(era: Era): ClusterTraits {
  const isModern = era === 'couchbase';
  return {
    hello: isModern,
    clusterConfig: isModern,
    mapInRefusals: isModern,
    pushes: isModern,
    modernDocuments: isModern,
    collections: isModern,
    flush: !isModern,
  };
}
