/** Says how the parts are loaded that only some clients need (base/lazy-part.ts). */
import { importParts as importFleetParts } from '../fleet/import-parts.ts';
import { scanPart } from './bucket/scan-part.ts';

/** From now on a part is loaded when a client needs it. */
export function importParts(): void {
  importFleetParts();
  scanPart.importBy(() => import('./bucket/scan.ts'));
}
