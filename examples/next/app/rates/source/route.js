import { randomUUID } from 'node:crypto';
import { connection } from 'next/server';

/** Stands for the service. */
export async function GET() {
  await connection();
  return new Response(randomUUID());
}
