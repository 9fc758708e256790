import { randomUUID } from 'node:crypto';
import { cacheLife, cacheTag } from 'next/cache';

async function offers() {
  'use cache';
  cacheLife('hours');
  cacheTag('offers');
  return randomUUID();
}

/** A static page: all processes serve the same one, until the tag `offers` is revalidated. */
export default async function Page() {
  return <p id="offers">Offers {await offers()}</p>;
}
