/** Gives every part of a client that is loaded when it is needed: for virtual time, in which no file is read. */
import { provideParts as provideFleetParts } from '../fleet/provide-parts.ts';
import { scanPart } from './bucket/scan-part.ts';
import { scan } from './bucket/scan.ts';

/** Makes every client of this process begin without waiting for a part. */
export function provideParts(): void {
  provideFleetParts();
  scanPart.provide({ scan });
}
