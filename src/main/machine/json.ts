/** JSON from a program, which may be cut off or something else. */
import type { z } from 'zod';

/** What `schema` makes of it; undefined where it makes nothing. Never throws. */
export function readJson<Shape>(schema: z.ZodType<Shape>, text: string): Shape | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
