/** People, as the interface sees them. */
import { z } from 'zod';
import { UserId } from './words.ts';

export const Contact = z.object({
  userId: UserId,
  name: z.string(),
  /** `waiting`: we asked and they have not accepted yet. */
  state: z.enum(['mutual', 'waiting', 'blocked']),
  online: z.boolean(),
  addedAt: z.number(),
});
export type Contact = z.infer<typeof Contact>;

/** Somebody who has our link and asks to be a contact. */
export const ContactRequest = z.object({ userId: UserId, name: z.string(), receivedAt: z.number() });
export type ContactRequest = z.infer<typeof ContactRequest>;

export const People = z.object({ contacts: z.array(Contact), requests: z.array(ContactRequest) });
export type People = z.infer<typeof People>;
