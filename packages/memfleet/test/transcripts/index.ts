/** All transcripts. */
import { metaFaultTranscripts } from './meta-faults.ts';
import { metaTranscripts } from './meta.ts';
import { numberTranscripts } from './numbers.ts';
import { shapeTranscripts } from './shapes.ts';
import { textFaultTranscripts } from './text-faults.ts';
import { textTranscripts } from './text.ts';
import type { Transcript } from './transcript.ts';

export type { Exchange, Transcript } from './transcript.ts';

/** All transcripts. */
export const transcripts: readonly Transcript[] = [
  ...textTranscripts,
  ...textFaultTranscripts,
  ...metaTranscripts,
  ...metaFaultTranscripts,
  ...numberTranscripts,
  ...shapeTranscripts,
];
