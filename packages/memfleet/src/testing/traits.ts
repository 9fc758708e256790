/**
 * What the nodes of an era know. Each can be switched while a cluster runs, so that a test sees one way of learning the
 * map without the others.
 */

/** Membase 1.7 (2011), or Couchbase of today. */
export type Era = 'membase' | 'couchbase';

/** The features of the nodes of a simulated cluster. Each can be switched while the cluster runs. */
export interface ClusterTraits {
  /**
   * HELLO, SELECT_BUCKET, GET_ERROR_MAP and SCRAM are known, and whoever uses a bucket logs in as a user. False: they
   * are not; the user is the name of a bucket, which the login selects, and `default` is open to everybody.
   */
  hello: boolean;
  /** GET_CLUSTER_CONFIG is known. */
  clusterConfig: boolean;
  /** NOT_MY_VBUCKET brings the map. */
  mapInRefusals: boolean;
  /** Changed maps are pushed to sessions that were granted it. */
  pushes: boolean;
  /** Documents have a revision and `nodesExt`; the REST paths `b/NAME`, `bs/NAME` and `nodeServices` are there. */
  modernDocuments: boolean;
  /** FLUSH empties a bucket (later: not supported). */
  flush: boolean;
}

/** The traits that an era begins with. */
export function traitsOf(era: Era): ClusterTraits {
  const isModern = era === 'couchbase';
  return {
    hello: isModern,
    clusterConfig: isModern,
    mapInRefusals: isModern,
    pushes: isModern,
    modernDocuments: isModern,
    flush: !isModern,
  };
}
