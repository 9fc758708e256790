/** Mistakes of migrations. */
import type { Mutant } from './mutant.ts';

export const migrationMutants: readonly Mutant[] = [
  {
    name: 'sets are not repeated on the second fleet',
    file: 'policy/migration.js',
    search: 'onOk(handler, () => this.#mirror(second, setOf(command)))',
    replacement: 'handler',
  },
  {
    name: 'reads do not ask the old fleet',
    file: 'policy/migration.js',
    search: '                    askOld();\n',
    replacement: '                    handler.onReply(reply);\n',
  },
  {
    name: 'deletes are not repeated on the second fleet',
    file: 'policy/migration.js',
    search: '        second.dispatch(derive(command).detach(), {',
    replacement:
      '        handler.onReply(reply);\n        if (!second)\n        second.dispatch(derive(command).detach(), {',
  },
  {
    name: 'a delete goes to the second fleet first',
    file: 'policy/migration.js',
    search: '        this.#first.dispatch(command, wrapHandler(handler, {',
    replacement:
      '        this.#second.dispatch(derive(command), { onReply() { }, onError() { } });\n        this.#first.dispatch(command, wrapHandler(handler, {',
  },
];
