import { revalidatePath, revalidateTag } from 'next/cache';

/** `curl -X POST 'http://127.0.0.1:3000/revalidate?tag=offers'`, or `?path=/products/7` */
export async function POST(request) {
  const { searchParams } = new URL(request.url);
  const [tag, path, expire] = ['tag', 'path', 'expire'].map((name) => searchParams.get(name));
  if (tag !== null) revalidateTag(tag, { expire: Number(expire ?? 0) });
  if (path !== null) revalidatePath(path);
  return new Response(null, { status: 204 });
}
