/**
 * The calls that are reported: commands by OpenTelemetry's conventions for databases, which its package
 * `@opentelemetry/semantic-conventions` lists; calls and loads of the cache, for which there are none, as
 * `memfleet.cache.*`.
 */
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { type CacheLoadMessage, cacheChannel, cacheLoadChannel, type CacheMessage } from '../cache/channels.ts';
import { channels, type CommandMessage } from '../observe/channels.ts';
import type { CallDescription } from './traced-calls.ts';

/** Bounds in seconds that the conventions ask for. */
const conventionalBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** The conventions call only what has two operations and more a batch. */
function isBatch({ batchSize }: Pick<CommandMessage, 'batchSize'>): boolean {
  return batchSize !== undefined && batchSize > 1;
}

function operationOf(message: CommandMessage): string {
  return isBatch(message) ? `BATCH ${message.operation}` : message.operation;
}

// Assigned, not spread: this runs for every call.

function addServer(attributes: Attributes, { serverAddress, serverPort }: CommandMessage): Attributes {
  if (serverAddress !== undefined) attributes['server.address'] = serverAddress;
  if (serverPort !== undefined) attributes['server.port'] = serverPort;
  return attributes;
}

function ofCommand(message: CommandMessage): Attributes {
  const attributes: Attributes = { 'db.system.name': message.system, 'db.operation.name': operationOf(message) };
  if (message.namespace !== undefined) attributes['db.namespace'] = message.namespace;
  return addServer(attributes, message);
}

function addStatus(attributes: Attributes, { responseStatus }: CommandMessage): Attributes {
  if (responseStatus !== undefined) attributes['db.response.status_code'] = responseStatus;
  return attributes;
}

/** Calls of clients. */
export const commandCalls: CallDescription<CommandMessage> = {
  channel: channels.command,
  kind: SpanKind.CLIENT,
  duration: {
    name: 'db.client.operation.duration',
    description: 'Duration of database client operations.',
    bounds: conventionalBounds,
  },
  spanName: (message) => {
    const operation = operationOf(message);
    return message.namespace === undefined ? operation : `${operation} ${message.namespace}`;
  },
  atStart: (message, withKeys) => {
    const attributes = ofCommand(message);
    attributes['memfleet.request.size'] = message.requestSize;
    if (isBatch(message)) attributes['db.operation.batch.size'] = message.batchSize;
    if (withKeys && message.key !== undefined) attributes['db.query.text'] = `${message.operation} ${message.key}`;
    return attributes;
  },
  atEnd: (message) => {
    const attributes = addServer(addStatus({}, message), message);
    if (message.responseSize !== undefined) attributes['memfleet.response.size'] = message.responseSize;
    // The name and the unit of the SDKs of Couchbase: microseconds.
    if (message.serverDuration !== undefined)
      attributes['couchbase.server_duration'] = Math.round(message.serverDuration * 1000);
    return attributes;
  },
  ofDuration: (message) => addStatus(ofCommand(message), message),
};

function ofCacheCall({ operation, namespace }: CacheMessage): Attributes {
  return {
    'memfleet.cache.operation': operation,
    ...(namespace === undefined ? {} : { 'memfleet.cache.namespace': namespace }),
  };
}

/** How a call or a load ended. */
function ofOutcome({ outcome }: { readonly outcome: string | undefined }): Attributes {
  return outcome === undefined ? {} : { 'memfleet.cache.outcome': outcome };
}

/** Calls of caches. */
export const cacheCalls: CallDescription<CacheMessage> = {
  channel: cacheChannel,
  kind: SpanKind.INTERNAL,
  duration: {
    name: 'memfleet.cache.operation.duration',
    description: 'Duration of calls of the cache, with their loads.',
    bounds: conventionalBounds,
  },
  spanName: ({ operation }) => `cache ${operation}`,
  atStart: (message, withKeys) => ({
    ...ofCacheCall(message),
    ...(message.batchSize === undefined ? {} : { 'memfleet.cache.batch.size': message.batchSize }),
    ...(withKeys && message.key !== undefined ? { 'memfleet.cache.key': message.key } : {}),
  }),
  atEnd: ofOutcome,
  ofDuration: (message) => ({ ...ofCacheCall(message), ...ofOutcome(message) }),
};

/** Runs of loaders. */
export const loadCalls: CallDescription<CacheLoadMessage> = {
  channel: cacheLoadChannel,
  kind: SpanKind.INTERNAL,
  duration: {
    name: 'memfleet.cache.load.duration',
    description: 'Duration of loaders of the cache.',
    bounds: conventionalBounds,
  },
  spanName: () => 'cache load',
  atStart: ({ keys }, withKeys) => ({
    'memfleet.cache.batch.size': keys.length,
    ...(withKeys ? { 'memfleet.cache.keys': [...keys] } : {}),
  }),
  atEnd: ofOutcome,
  ofDuration: ofOutcome,
};
