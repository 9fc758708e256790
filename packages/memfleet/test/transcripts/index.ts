/** All transcripts. */
import { textFaultTranscripts } from './text-faults.ts';
import { textTranscripts } from './text.ts';
import type { Transcript } from './transcript.ts';

export { ask, raw, type Exchange, type Transcript } from './transcript.ts';

/** All transcripts. */
export const transcripts: readonly Transcript[] = [...textTranscripts, ...textFaultTranscripts];
