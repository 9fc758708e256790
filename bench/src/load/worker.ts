/** The load generator's process. */
import { serveMeasurements } from '../serve-measurements.ts';
import { drive } from './drive.ts';
import type { LoadTask } from './load-task.ts';

serveMeasurements((task: LoadTask) => drive(task));
