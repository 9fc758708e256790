/** Mistakes in what clients know of buckets. */
import type { Mutant } from './mutant.ts';
import { deniesTimedOut, neverReadmitted, retriesSentWrites } from './shared.ts';

export const couchbaseMutants: readonly Mutant[] = [
  {
    name: 'refused commands are not sent again, and count as done',
    file: 'couchbase/resend.js',
    search: 'const isElsewhere = reply.code === status.notMyVbucket;',
    replacement:
      "const isElsewhere = reply.code === status.notMyVbucket;\n        if (isElsewhere && command.verb === 'store') { reply.status = 'ok'; return false; }",
  },
  retriesSentWrites,
  deniesTimedOut,
  neverReadmitted,
  {
    name: 'later calls do not wait for those on the old node of their vBucket',
    file: 'couchbase/moved-keys.js',
    search: 'if (look.counts.has(item))\n            return true;',
    replacement: '',
  },
  {
    name: 'calls on a node that has left the map hold up no later ones',
    file: 'cluster/cluster.js',
    search: 'if (name === node)\n                yield* pool.commands();',
    replacement: 'if (name === node)\n                yield* [];',
  },
  {
    name: 'refused commands are sent again after their deadline',
    file: 'couchbase/resend.js',
    search: 'if (hasPassed(command.deadline, this.#clock))\n            return true;',
    replacement: '',
  },
  {
    name: 'durable writes are sent without their level',
    file: 'couchbase/write-terms.js',
    search: 'framing: writeFrames(terms, left * nodeShare),',
    replacement: 'framing: undefined,',
  },
  {
    name: 'ambiguous writes say that nothing was sent',
    file: 'couchbase/write-terms.js',
    search: 'new AmbiguousWriteError(message, { node: cause.node, cause, sent: true })',
    replacement: 'new AmbiguousWriteError(message, { node: cause.node, cause, sent: false })',
  },
  {
    name: 'durable writes that were not possible say that they were stored',
    file: 'couchbase/write-terms.js',
    search: 'const makeError = refusals.get(reply.code);',
    replacement:
      "const makeError = refusals.get(reply.code);\n            if (reply.code === status.durabilityImpossible) { reply.reset('ok'); next.onReply(reply); return; }",
  },
  {
    name: 'a busy node is not waited for',
    file: 'couchbase/resend.js',
    search: 'if (!isElsewhere && !this.#isTemporary(reply.code))',
    replacement: 'if (!isElsewhere)',
  },
  {
    name: 'the id of a collection is kept when it was removed',
    file: 'couchbase/collections.js',
    search: 'this.named.isKnown = false;',
    replacement: 'void 0;',
  },
  {
    name: 'a read of any copy ends with the first error',
    file: 'couchbase/any-copy.js',
    search: 'if (--this.#pending > 0)',
    replacement: 'if (--this.#pending > 0 && this.#error === undefined)',
  },
  {
    name: 'a read of a replica asks one of them only',
    file: 'couchbase/replica-read.js',
    search: 'if (isFinal || this.#copy >= this.#bucket.replicas) {',
    replacement: 'if (isFinal || this.#copy > 0) {',
  },
  {
    name: 'calls of one key are sent without barriers',
    file: 'connection/pending.js',
    search: 'return this.#order === undefined ? command : this.#order.order(command);',
    replacement: 'return command;',
  },
  {
    name: 'an older write is retried behind a newer one',
    file: 'policy/retry-queue.js',
    search: 'line.overtake(attempt.number);',
    replacement: '',
  },
  {
    name: 'retries do not hold up later commands of their key',
    file: 'policy/attempts.js',
    search: 'if (!this.isOrdering || !this.#queue.follow(attempt))',
    replacement: 'if (true)',
  },
];
