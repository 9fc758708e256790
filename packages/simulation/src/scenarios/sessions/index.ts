import type { Scenario } from '../../scenario.ts';
import { calm, planSessions } from './plan.ts';
import { runSessions } from './run.ts';

/** Raw clients of all protocols on a server or a proxy. */
export const sessions: Scenario = {
  name: 'sessions',
  about: 'connections that pipeline, half-close and leave, on a server or a proxy',
  sometimes: [
    'half-closed to the end',
    'leave',
    'reset-session',
    'stall',
    'silent',
    'no session',
    'session reset',
    'reload',
    'reply server error',
    'reply client error',
    'reply unknown',
  ],
  calm,
  plan: planSessions,
  run: runSessions,
};
