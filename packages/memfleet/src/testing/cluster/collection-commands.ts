/** Commands about the scopes and collections of the selected bucket: the manifest, and ids by name. */
import { byteStringOf, toByteString } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { datatype, u64Text } from '../../protocol/binary/header.ts';
import { u32Text } from '../../protocol/binary/integers.ts';
import type { Bucket } from './bucket.ts';
import { defaultName, hexId, isName, manifestDocument } from './manifest.ts';
import type { SessionView } from './session-view.ts';
import { grantedTypes } from './value-types.ts';

/** GET_COLLECTIONS_MANIFEST. */
export function getManifest(session: SessionView, command: Command): void {
  const bucket = bucketFor(session, command);
  if (bucket === undefined) return;
  const reply = session.state.reply.reset('ok');
  reply.setText(toByteString(JSON.stringify(manifestDocument(bucket.manifest))));
  reply.datatype = datatype.json & grantedTypes(session.features);
  session.send(command, reply);
}

/** GET_COLLECTION_ID: the value is `scope.collection`; an empty name is that of the default. */
export function getCollectionId(session: SessionView, command: Command): void {
  const bucket = bucketFor(session, command);
  if (bucket === undefined) return;
  const [scopeName, name, ...rest] = pathOf(command);
  if (scopeName === undefined || name === undefined || rest.length > 0)
    return session.fail(command, status.invalidArguments);
  const scope = bucket.manifest.scope(scopeName);
  if (scope === undefined) return failUnknown(session, command, status.unknownScope);
  const collection = scope.collections.get(name);
  if (collection === undefined) return failUnknown(session, command, status.unknownCollection);
  sendId(session, command, bucket, collection.id);
}

/** GET_SCOPE_ID: the value is `scope`, or `scope.collection`. */
export function getScopeId(session: SessionView, command: Command): void {
  const bucket = bucketFor(session, command);
  if (bucket === undefined) return;
  const [name, , ...rest] = pathOf(command);
  if (name === undefined || rest.length > 0) return session.fail(command, status.invalidArguments);
  const scope = bucket.manifest.scope(name);
  if (scope === undefined) return failUnknown(session, command, status.unknownScope);
  sendId(session, command, bucket, scope.id);
}

/** Refuses a request for a scope or collection that the bucket does not have; the body names the manifest. */
export function failUnknown(session: SessionView, command: Command, code: number): void {
  const body = {
    error: { context: 'Unknown scope or collection in operation' },
    manifest_uid: hexId(session.bucket?.manifest.uid ?? 0),
  };
  session.fail(command, code, JSON.stringify(body), datatype.json);
}

/** The selected bucket. Undefined: the command was refused. */
function bucketFor(session: SessionView, command: Command): Bucket | undefined {
  const { bucket, state } = session;
  const code = !state.traits.collections
    ? status.unknownCommand
    : bucket === undefined
      ? session.user === undefined
        ? status.noAccess
        : status.noBucket
      : bucket.isMapped
        ? status.success
        : status.notSupported;
  if (code === status.success) return bucket;
  session.fail(command, code);
  return undefined;
}

/** The names of a path; empty where one cannot be a name. */
function pathOf({ value }: Command): readonly string[] {
  const names = byteStringOf(value)
    .split('.')
    .map((name) => (name === '' ? defaultName : name));
  return names.every((name) => name === defaultName || isName(name)) ? names : [];
}

function sendId(session: SessionView, command: Command, bucket: Bucket, id: number): void {
  const { reply } = session.state;
  const extras = u64Text(BigInt(bucket.manifest.uid)) + u32Text(id);
  reply.reset('ok').extras = Buffer.from(extras, 'latin1');
  session.send(command, reply);
}
