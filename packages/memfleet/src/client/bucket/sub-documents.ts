/** Rows of `client.bucket`: parts of JSON documents (docs/couchbase.md#parts-of-documents). */
import { InvalidArgumentError } from '../../core/errors.ts';
import type { LookupPath } from '../../couchbase/sub-document-replies.ts';
import { couchbasePart } from '../../fleet/couchbase-part.ts';
import { bucketRequest } from '../../protocol/binary/bucket-request.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import { u32Text } from '../../protocol/binary/integers.ts';
import { checkCas, checkFlag, refuseArgument } from '../arguments.ts';
import type { MutateInOptions } from '../call-options.ts';
import type { CallShape } from '../call-shape.ts';
import { callOptions, mutateInOptions } from '../known-options.ts';
import { exptimeOf } from '../ttl.ts';
import { putTerms } from '../write-terms.ts';
import { bucketShape } from './bucket-shape.ts';
import { checkLookups, encodeLookups, type Found, type LookupSpec } from './lookup-specs.ts';
import { checkMutations, encodeMutations, type Mutated, type Mutation, type MutationSpec } from './mutation-specs.ts';
import { tokenOf } from './stored.ts';

const what = 'sub-documents';

/** The row of one `lookupIn`. The argument is its specs. */
export function lookupIn(): CallShape<readonly LookupSpec[], Found<unknown[]> | undefined> {
  let specs: readonly LookupPath[] = [];
  return bucketShape(
    what,
    (reply, _transcoder, command) =>
      reply.status === 'ok'
        ? { values: couchbasePart.loaded.readLookups(specs, reply, command), cas: reply.cas }
        : undefined,
    undefined,
    (command, given) => {
      specs = checkLookups(given);
      command.packet = bucketRequest(couchbaseOpcode.subdocMultiLookup);
      command.value = encodeLookups(specs);
    },
    callOptions,
  );
}

/** The document flag of each mode. */
const modes: Readonly<Record<string, number>> = { replace: 0x00, set: 0x01, add: 0x02 };

const casWithMode =
  "cas cannot be combined with mode 'set' or 'add'; leave the mode out: then there must be a document";

const notStored = { result: 'notFound', cas: undefined, token: undefined, values: undefined } as const;

/** The row of one `mutateIn`. The argument is its specs. */
export function mutateIn(): CallShape<readonly MutationSpec[], Mutated<unknown[]>> {
  let mutations: readonly Mutation[] = [];
  return bucketShape<Mutated<unknown[]>, readonly MutationSpec[]>(
    what,
    (reply, _transcoder, command) => {
      if (reply.status !== 'ok') return { ...notStored, result: reply.status === 'miss' ? 'notFound' : 'exists' };
      const values = couchbasePart.loaded.readMutations(mutations, reply, command);
      return { result: 'stored', values, cas: reply.cas, token: tokenOf(reply, command) };
    },
    notStored,
    (command, given, core, options) => {
      mutations = checkMutations(given);
      const { cas, createPath = false, durability, mode = 'replace', ttl } = (options ?? {}) as MutateInOptions;
      const flag = typeof mode === 'string' && Object.hasOwn(modes, mode) ? modes[mode] : undefined;
      if (flag === undefined) refuseArgument('mode', mode, "'replace', 'set' or 'add'");
      const bound = flag === 0 ? undefined : mutations.find(({ change }) => !change.creates);
      if (bound !== undefined) refuseArgument(`the mode of a mutateIn with ${bound.verb}`, mode, "'replace'");
      if (cas !== undefined) {
        if (flag !== 0) throw new InvalidArgumentError(casWithMode);
        command.cas = checkCas(cas);
      }
      const exptime = exptimeOf(ttl === undefined ? (flag === 0 ? 0 : core.ttl) : ttl, core.fleet.clock);
      const extras = u32Text(exptime) + (flag === 0 ? '' : String.fromCharCode(flag));
      command.packet = bucketRequest(couchbaseOpcode.subdocMultiMutation, { extras: Buffer.from(extras, 'latin1') });
      command.value = encodeMutations(mutations, checkFlag('createPath', createPath));
      // A mutation without an exptime would clear that of the document.
      putTerms(command, { durability, preserveExpiry: ttl === undefined && mode !== 'add' ? true : undefined }, core);
    },
    mutateInOptions,
  );
}
