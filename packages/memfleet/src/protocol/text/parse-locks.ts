/**
 * Moxi's requests for locks of items of a bucket (docs/protocols.md#locks-in-the-text-protocol):
 *
 *   getl key [seconds]   VALUE key flags length cas │ LOCK_ERROR │ NOT_FOUND
 *   unl key cas          UNLOCKED │ UNLOCK_ERROR │ NOT_FOUND
 *
 * They become binary requests, which only nodes of Couchbase and Membase know. Elsewhere, and where a word is wrong,
 * the reply is that to an unknown command.
 */
import { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { invalid, unknownCommand } from '../ascii/faults.ts';
import type { RequestLine } from '../ascii/request-line.ts';
import type { ParseRequest } from '../ascii/verb-table.ts';
import { bucketRequest } from '../binary/bucket-request.ts';
import { couchbaseOpcode } from '../binary/couchbase-opcodes.ts';
import { u32Text } from '../binary/integers.ts';
import type { Limits } from '../codec.ts';
import { maxKeyLength } from '../key.ts';

/** The client waits for a lock by itself. Nodes without extended errors say `temporary failure` (Moxi: the same). */
const finals: readonly number[] = [status.locked, status.temporaryFailure];

/** 31 bits, as the times of other lines. Nodes read more than 30 seconds as 15. */
const maxSeconds = 0x7fffffff;

function lockCommand(line: RequestLine): Command {
  const command = new Command('packet', line.key(1));
  command.dialect = 'text';
  command.isPlainKey = line.plain && command.key.length <= maxKeyLength;
  return command;
}

function isFit(line: RequestLine, limits: Limits, least: number, most: number): boolean {
  return line.words >= least && line.words <= most && line.wordLength(1) <= limits.maxKey;
}

const getl: ParseRequest = (line, limits) => {
  const seconds = isFit(line, limits, 3, 3) ? line.lengthAt(2, maxSeconds) : isFit(line, limits, 2, 2) ? 0 : -1;
  if (seconds < 0) return invalid(unknownCommand, 'text');
  const command = lockCommand(line);
  command.wantCas = true;
  const extras = Buffer.from(u32Text(seconds), 'latin1');
  command.packet = bucketRequest(couchbaseOpcode.getLocked, { extras, finals });
  return command;
};

const unl: ParseRequest = (line, limits) => {
  const cas = isFit(line, limits, 3, 3) ? line.u64(2) : undefined;
  if (cas === undefined) return invalid(unknownCommand, 'text');
  const command = lockCommand(line);
  command.cas = cas;
  command.packet = bucketRequest(couchbaseOpcode.unlockKey, { finals });
  return command;
};

/** The parsers of these verbs. */
export const lockParsers: Readonly<Record<string, ParseRequest>> = { getl, unl };
