/** All transcripts. */
import { metaFaultTranscripts } from './meta-faults.ts';
import { metaTranscripts } from './meta.ts';
import { numberTranscripts } from './numbers.ts';
import { shapeTranscripts } from './shapes.ts';
import { adminTranscripts } from './text-admin.ts';
import { textFaultTranscripts } from './text-faults.ts';
import { textTranscripts } from './text.ts';
import type { Transcript } from './transcript.ts';

export type { Exchange, Transcript } from './transcript.ts';

/** Conversations in which every server and the proxy reply alike. */
export const transcripts: readonly Transcript[] = [
  ...textTranscripts,
  ...textFaultTranscripts,
  ...metaTranscripts,
  ...metaFaultTranscripts,
  ...numberTranscripts,
  ...shapeTranscripts,
];

/** All transcripts. */
export const allTranscripts: readonly Transcript[] = [...transcripts, ...adminTranscripts];
