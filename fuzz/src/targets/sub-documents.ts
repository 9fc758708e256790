/**
 * Parts of documents: replies to `lookupIn` and `mutateIn` are read or an error of ours, and whatever a path and a
 * value are, the simulated cluster makes JSON of JSON.
 */
import { checkLookups } from '../../../packages/memfleet/dist/client/bucket/lookup-specs.js';
import { checkMutations } from '../../../packages/memfleet/dist/client/bucket/mutation-specs.js';
import { Command } from '../../../packages/memfleet/dist/core/command.js';
import { SubDocumentError, UndecodableError, UnsafeIntegerError } from '../../../packages/memfleet/dist/core/errors.js';
import { Reply } from '../../../packages/memfleet/dist/core/reply.js';
import { subStatus } from '../../../packages/memfleet/dist/core/sub-status.js';
import { readLookups, readMutations } from '../../../packages/memfleet/dist/couchbase/sub-document-replies.js';
import { executeEdit } from '../../../packages/memfleet/dist/testing/cluster/sub-document/edit.js';
import { parses } from '../../../packages/memfleet/dist/testing/cluster/sub-document/json-text.js';
import { PathFailure } from '../../../packages/memfleet/dist/testing/cluster/sub-document/path-failure.js';
import { holds, outcome, type Target } from '../target.ts';

const lookups = checkLookups(['a', { exists: 'b' }, { count: 'c' }]);
const mutations = checkMutations([{ incr: 'n' }, { set: 'a', value: 1 }, { incr: 'm', by: 1n }]);
const command = new Command('packet', 'k');

function readReplies(input: string): string {
  return [0, subStatus.multiPathFailure]
    .flatMap((code) => {
      const reply = new Reply().reset('ok');
      reply.code = code;
      reply.setText(input);
      const errors = [SubDocumentError, UndecodableError, UnsafeIntegerError] as const;
      const found = outcome(() => readLookups(lookups, reply, command), ...errors);
      const changed = outcome(() => readMutations(mutations, reply, command), ...errors);
      return [found, changed].map((one) => ('error' in one ? one.error.message.slice(0, 40) : one.value.length));
    })
    .join();
}

const codes = [0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd2];

/** Lines: the document, the path, the value. */
function editDocuments(input: string): string {
  const [document = '', path = '', value = ''] = input.split('\n');
  if (!parses(document)) return 'not JSON';
  return codes
    .map((code) => {
      const edited = outcome(
        () => executeEdit(code, document, { path, value, createPath: code % 2 === 0 }),
        PathFailure,
      );
      if ('error' in edited) return edited.error.message.slice(-2);
      holds(parses(edited.value.text), 'what was JSON is JSON');
      return 'ok';
    })
    .join();
}

const found = (status: string, value: string): string =>
  `\0${status}${String.fromCharCode(0, 0, 0, value.length)}${value}`;

export const subDocumentTargets: readonly Target[] = [
  {
    name: 'sub-document-replies',
    seeds: [
      found('\0', '{"x":1}') + found('\0', '') + found('\0', '3'),
      found('\xc0', '') + found('\xc1', '') + found('\xc0', ''),
      found('\xc6', '') + found('\0', '') + found('\xc2', ''),
      found('\0', '18446744073709551615') + found('\0', '') + found('\0', '1'),
      `\0\0\0\0\0\0\x0242\x02\0\0\0\0\0\x017`,
      '\x01\0\xc0',
    ],
    words: ['\0\0\0\0\0\x01', '\0\xc0\0\0\0\0', '\xff\xff\xff\xff', '\x02\0\0', '9007199254740993'],
    run: readReplies,
  },
  {
    name: 'sub-documents',
    seeds: [
      '{"a":{"b":[1,{"c":"x"}]},"n":5}\na.b[1].c\n"y"',
      '{"a":{"b":[1,2]}}\na.b\n3',
      '[1,[2,3]]\n[-1][0]\n1',
      '{"q\\"q":{"\\u00e9":1}}\n`q\\"q`.x.y\n[1,2]',
      '{}\na.b.c\n{"d":1}',
      '[ ]\n\n"x"',
    ],
    words: ['`', '``', '[-1]', '.', '"', '\\', '\\u00e9', '[', ']', '{', '}', ',', ' ', '-1', '9223372036854775807'],
    run: editDocuments,
  },
];
