/**
 * Commands that concern the session and the node, not an item: login, bucket, features, map, statistics. A table by
 * opcode.
 */
import { bufferOf, byteStringOf, fromByteString, toByteString } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { decodeRevision, isLater } from '../../couchbase/revision.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { datatype } from '../../protocol/binary/header.ts';
import { buildFeatures, feature, parseFeatures } from '../../protocol/binary/hello.ts';
import { opcode } from '../../protocol/binary/opcodes.ts';
import { parsePlain } from '../../protocol/binary/sasl-plain.ts';
import { scramMechanism, scramMechanisms } from '../../protocol/binary/scram-mechanism.ts';
import { ScramServer } from '../../protocol/binary/scram.ts';
import { getCollectionId, getManifest, getScopeId } from './collection-commands.ts';
import { revEpoch } from './documents.ts';
import { errorMapDocument } from './error-map-document.ts';
import type { SessionView } from './session-view.ts';
import { nodeStats } from './stats.ts';
import { grantedTypes } from './value-types.ts';

type Execute = (session: SessionView, command: Command) => void;

/** The features that are granted on request: those that the cluster implements, and those without effect. */
const grantable: readonly number[] = [
  feature.tcpNoDelay,
  feature.mutationToken,
  feature.xattr,
  feature.xerror,
  feature.selectBucket,
  feature.snappy,
  feature.json,
  feature.duplex,
  feature.clustermapNotification,
  feature.unorderedExecution,
  feature.tracing,
  feature.alternativeRequest,
  feature.synchronousReplication,
  feature.collections,
  feature.preserveExpiry,
  feature.virtualXattr,
  feature.subdocReplicaRead,
  feature.clusterConfigKnownVersion,
  feature.dedupeNotMyVbucketMap,
  feature.clustermapNotificationBrief,
];

/** `@no bucket@`: leave the bucket. */
const noBucket = '@no bucket@';
const versionText = { modern: '7.6.0-simulated', old: '1.4.4-simulated' } as const;

const hello: Execute = (session, command) => {
  const wanted = parseFeatures(command.value);
  if (wanted === undefined) return session.fail(command, status.invalidArguments);
  const granted = [...new Set(wanted)].filter((code) => grantable.includes(code));
  // A map can be pushed only to a client that accepts server requests (docs/protocols.md#hello).
  const isDuplex = granted.includes(feature.duplex);
  const isBrief = granted.includes(feature.clustermapNotificationBrief);
  const refused = new Set<number>([
    ...(isDuplex ? [] : [feature.clustermapNotification, feature.clustermapNotificationBrief]),
    ...(isBrief ? [feature.clustermapNotification] : []),
    ...(session.state.traits.collections ? [] : [feature.collections]),
  ]);
  const kept = granted.filter((code) => !refused.has(code));
  session.features = new Set(kept);
  session.succeed(command, buildFeatures(kept));
};

const listMechanisms: Execute = (session, command) => {
  session.succeed(command, session.state.traits.hello ? [...scramMechanisms, 'PLAIN'].join(' ') : 'PLAIN');
};

const authenticate: Execute = (session, command) => {
  session.user = undefined;
  session.scram = undefined;
  const mechanism = session.state.traits.hello ? scramMechanism(command.key) : undefined;
  if (command.key === 'PLAIN') {
    const given = parsePlain(command.value);
    const isRight = given !== undefined && session.state.admits(given.user, given.password);
    return isRight ? logIn(session, command, given.user) : session.fail(command, status.authError);
  }
  if (mechanism === undefined) return session.fail(command, status.authError);
  const credentialOf = (user: string): ReturnType<typeof session.state.credential> =>
    session.state.credential(mechanism, user);
  const nonce = session.state.options.randomBytes(18).toString('base64');
  const scram = new ScramServer({ mechanism, credentialOf, nonce });
  attempt(session, command, () => {
    const challenge = scram.challenge(byteStringOf(command.value));
    session.scram = scram;
    session.succeed(command, challenge, status.authContinue);
  });
};

const authenticateOn: Execute = (session, command) => {
  const { scram } = session;
  session.scram = undefined;
  if (scram === undefined) return session.fail(command, status.authError);
  attempt(session, command, () => logIn(session, command, scram.user, scram.finish(byteStringOf(command.value))));
};

function attempt(session: SessionView, command: Command, act: () => void): void {
  try {
    act();
  } catch {
    session.fail(command, status.authError);
  }
}

/** In the Membase era the name of the user is that of the bucket. */
function logIn(session: SessionView, command: Command, user: string, value = 'Authenticated'): void {
  session.user = user;
  const { state, node } = session;
  session.part = state.traits.hello ? undefined : state.buckets.get(user)?.part(node.id);
  session.succeed(command, value);
}

const selectBucket: Execute = (session, command) => {
  if (command.key === noBucket) {
    session.part = undefined;
    return session.succeed(command);
  }
  const { state, node, user } = session;
  const bucket = state.buckets.get(fromByteString(command.key));
  if (user === undefined) return session.fail(command, status.noAccess);
  if (bucket === undefined) return session.fail(command, status.keyNotFound);
  if (!state.mayUse(user, bucket)) return session.fail(command, status.noAccess);
  session.part = bucket.part(node.id);
  session.succeed(command);
};

const errorMap: Execute = (session, command) => {
  const value = bufferOf(command.value);
  if (value.length !== 2) return session.fail(command, status.invalidArguments);
  session.succeed(command, errorMapDocument(value.readUInt16BE()));
};

const clusterConfig: Execute = (session, command) => {
  const { state, node, bucket } = session;
  if (!state.traits.clusterConfig) return session.fail(command, status.unknownCommand);
  if (session.user === undefined) return session.fail(command, status.noAccess);
  const extras = command.packet?.extras;
  if (extras !== undefined && decodeRevision(extras) === undefined)
    return session.fail(command, status.invalidArguments);
  const isKnown = extras !== undefined && knowsAtLeast(extras, state.rev);
  if (isKnown) {
    session.knowsMap();
    return session.succeed(command);
  }
  const reply = state.reply.reset('ok');
  reply.setText(bucket === undefined ? state.documentText(undefined, node.id) : session.takeMap());
  reply.datatype = datatype.json & grantedTypes(session.features);
  session.send(command, reply);
};

/** The client sends the revision that it knows. */
function knowsAtLeast(extras: Uint8Array, rev: number): boolean {
  const known = decodeRevision(extras);
  return known !== undefined && !isLater({ epoch: revEpoch, rev }, known);
}

const noop: Execute = (session, command) => session.succeed(command);

function versionOf({ state }: SessionView): string {
  return state.traits.hello ? versionText.modern : versionText.old;
}

const version: Execute = (session, command) => {
  const reply = session.state.reply.reset('ok');
  reply.message = versionOf(session);
  session.send(command, reply);
};

const quit: Execute = (session, command) => {
  session.succeed(command);
  session.end();
};

const flush: Execute = (session, command) => {
  const { part, state } = session;
  if (part === undefined) return session.fail(command, status.noBucket);
  if (!state.traits.flush) return session.fail(command, status.notSupported);
  part.bucket.flush(part.node);
  session.succeed(command);
};

const stats: Execute = (session, command) => {
  if (session.user === undefined && session.part === undefined) return session.fail(command, status.noAccess);
  const lines = nodeStats(session.node.counters, session.part, byteStringOf(command.value), versionOf(session));
  if (lines === undefined) return session.fail(command, status.keyNotFound);
  const { reply } = session.state;
  for (const [name, value] of lines) {
    reply.reset('ok', 'item').key = name;
    reply.setText(toByteString(String(value)));
    session.send(command, reply);
  }
  session.send(command, reply.reset('ok', 'end'));
};

const byVerb: ReadonlyMap<string, Execute> = new Map([
  ['noop', noop],
  ['verbosity', noop],
  ['version', version],
  ['quit', quit],
  ['flush', flush],
  ['stats', stats],
]);

const byOpcode: ReadonlyMap<number, Execute> = new Map([
  [opcode.saslListMechs, listMechanisms],
  [opcode.saslAuth, authenticate],
  [opcode.saslStep, authenticateOn],
  [couchbaseOpcode.getClusterConfig, clusterConfig],
]);

/** Unknown in the Membase era. */
const modernByOpcode: ReadonlyMap<number, Execute> = new Map([
  [couchbaseOpcode.hello, hello],
  [couchbaseOpcode.selectBucket, selectBucket],
  [couchbaseOpcode.getErrorMap, errorMap],
  [couchbaseOpcode.getCollectionsManifest, getManifest],
  [couchbaseOpcode.getCollectionId, getCollectionId],
  [couchbaseOpcode.getScopeId, getScopeId],
]);

/** Executes a command about the session. False: it is about data. */
export function executeSession(session: SessionView, command: Command): boolean {
  const { fault } = command;
  if (fault !== undefined) {
    session.fail(command, fault.status);
    if (fault.close) session.end();
    return true;
  }
  const execute = ruleOf(session, command);
  execute?.(session, command);
  return execute !== undefined;
}

function ruleOf(session: SessionView, { packet, verb }: Command): Execute | undefined {
  if (verb !== 'packet') return byVerb.get(verb);
  const code = packet?.opcode ?? opcode.noop;
  const modern = session.state.traits.hello ? modernByOpcode.get(code) : undefined;
  return modern ?? byOpcode.get(code);
}
