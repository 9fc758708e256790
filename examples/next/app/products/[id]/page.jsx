import { randomUUID } from 'node:crypto';
import { cacheLife, cacheTag } from 'next/cache';
import { connection } from 'next/server';
import { Suspense } from 'react';

async function product(id) {
  'use cache: remote';
  cacheLife('hours');
  cacheTag(`product-${id}`);
  // Stands for queries of a database.
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.SLOWNESS ?? 0)));
  return { read: randomUUID(), text: 'x'.repeat(id === 'large' ? 3_000_000 : 10) };
}

async function Product({ params }) {
  await connection();
  const { id } = await params;
  const { read, text } = await product(id);
  return (
    <p id="product">
      Product {id} {read} {text.length}
    </p>
  );
}

/** A dynamic page, whose data are cached. */
export default function Page({ params }) {
  return (
    <Suspense fallback={<p>…</p>}>
      <Product params={params} />
    </Suspense>
  );
}
