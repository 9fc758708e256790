/** Mistakes of clients, pools, connections and the embedded server. */
import type { Mutant } from './mutant.ts';
import { deniesTimedOut, neverReadmitted, retriesSentWrites, spreadsKeys } from './shared.ts';

export const fleetMutants: readonly Mutant[] = [
  {
    name: 'deadlines are watched once only',
    file: 'base/deadline-scan.js',
    search: 'if (this.#earliest !== Infinity)',
    replacement: 'if (false)',
  },
  {
    name: 'expired commands keep their callers waiting',
    file: 'connection/pending.js',
    search: 'ring.abandon(entry);\n            count++;\n            handler.onError(makeError(command, true));',
    replacement: 'ring.abandon(entry);\n            count++;',
  },
  deniesTimedOut,
  {
    name: 'lost commands say that nothing was sent',
    file: 'connection/pending.js',
    search: 'handler.onError(makeError(command, isSent));',
    replacement: 'handler.onError(makeError(command, false));',
  },
  retriesSentWrites,
  {
    name: 'late replies are not swallowed',
    file: 'connection/pending.js',
    search: 'ring.abandon(entry);\n            count++;',
    replacement: 'ring.drop();\n            count++;',
  },
  {
    name: 'memory is written over before it was flushed',
    file: 'connection/connection.js',
    search: 'writer.release(transport.isFlushed);',
    replacement: 'writer.release(true);',
  },
  {
    name: 'a probe in classic text costs the connection',
    file: 'connection/reply-shape.js',
    search: 'isDone(command, reply) || isVersion(command, reply)',
    replacement: 'isDone(command, reply)',
  },
  spreadsKeys,
  neverReadmitted,
  {
    name: 'a key goes to another node without an ejection',
    file: 'cluster/cluster.js',
    search: "if (this.#options.failure !== 'redistribute' || ownerOnly)",
    replacement: 'if (ownerOnly)',
  },
  {
    name: 'writes to an ejected node say that they were stored',
    file: 'cluster/cluster.js',
    search: 'handler.onReply(missFor(command, owner.node.name));',
    replacement:
      "{ const reply = missFor(command, owner.node.name); if (command.verb === 'store') reply.status = 'ok'; handler.onReply(reply); }",
  },
  {
    name: 'close leaves the timer of the reaper',
    file: 'pool/reaper.js',
    search: 'stop() {\n        this.#timer?.clear();',
    replacement: 'stop() {',
  },
  {
    name: 'a get joins another across a write of its client',
    file: 'policy/coalesce.js',
    search: 'forgetGets();\n        this.#next.dispatch',
    replacement: 'this.#next.dispatch',
  },
  {
    name: 'cas does not compare',
    file: 'store/execute-store.js',
    search: 'if (command.cas === cas)',
    replacement: 'if (true)',
  },
  {
    name: 'a cas that fails says that it stored',
    file: 'store/execute-store.js',
    search: "return engine.reply.reset('exists');",
    replacement: "return engine.reply.reset('ok');",
  },
  {
    name: 'retries begin after the deadline',
    file: 'policy/retry-queue.js',
    search: 'return deadline !== 0 && line.due >= deadline;',
    replacement: 'return false;',
  },
  {
    name: 'a joined get whose time is over is sent again',
    file: 'policy/coalesce.js',
    search: 'const from = Math.max(this.command.deadline, this.#owner.clock.now());',
    replacement: 'const from = this.command.deadline;',
  },
  {
    name: 'a pool makes more connections than it may',
    file: 'pool/pool.js',
    search: 'return this.#size < this.#options.max &&',
    replacement: 'return this.#size <= this.#options.max &&',
  },
  {
    name: 'a connection takes more commands than it may',
    file: 'connection/connection.js',
    search: 'pending.length - pending.joined >= this.#maxInFlight',
    replacement: 'pending.length - pending.joined >= 2 * this.#maxInFlight + 2',
  },
  {
    name: 'all nodes may be ejected',
    file: 'cluster/health-keeper.js',
    search: 'return ejected < Math.ceil(members.length * this.#options.ejectShare);',
    replacement: 'return ejected < members.length;',
  },
  {
    name: 'add replaces an item',
    file: 'store/execute-store.js',
    search:
      'if (present === undefined)\n            return write(engine, command, present, now);\n        engine.store.bump',
    replacement:
      'if (present?.length !== 0)\n            return write(engine, command, present, now);\n        engine.store.bump',
  },
  {
    name: 'an item outlives its time',
    file: 'store/item-store.js',
    search: 'if (!item.isExpired(now) && item.accessed > this.#flushedAt)',
    replacement: 'if (!item.isExpired(now - 5) && item.accessed > this.#flushedAt)',
  },
];
