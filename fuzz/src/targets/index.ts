/** Everything that reads what others wrote. */
import type { Target } from '../target.ts';
import { cacheTargets } from './cache-entries.ts';
import { commandTargets } from './commands.ts';
import { compressedTargets } from './compressed.ts';
import { documentTargets } from './documents.ts';
import { nodeListTargets } from './node-lists.ts';
import { readerTargets } from './readers.ts';
import { replyTargets } from './replies.ts';
import { snapshots } from './snapshots.ts';
import { subDocumentTargets } from './sub-documents.ts';
import { valueTargets } from './values.ts';

export const targets: readonly Target[] = [
  ...commandTargets,
  ...replyTargets,
  ...documentTargets,
  ...nodeListTargets,
  ...readerTargets,
  ...valueTargets,
  ...compressedTargets,
  ...subDocumentTargets,
  ...cacheTargets,
  snapshots,
];
