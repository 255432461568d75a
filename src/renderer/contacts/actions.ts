/** What a person does to the list of people. A refusal becomes its sentence; adding gives it back to the dialog. */
import i18next from 'i18next';
import { toast } from 'sonner';
import type { Contact } from '../../shared/contacts.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';

/** Rejects with the engine's refusal, which the dialog shows beside the field. */
export async function addContact(link: string, name: string): Promise<Contact> {
  const trimmed = name.trim();
  const contact = await engine().contacts.add({
    link: link.trim(),
    ...(trimmed === '' ? {} : { name: trimmed }),
  });
  if (contact.state === 'waiting') toast.success(i18next.t('contacts.added', { name: contact.name }));
  else toast.success(i18next.t('contacts.accepted', { name: contact.name }));
  return contact;
}

export async function acceptRequest(userId: string): Promise<void> {
  try {
    const { name } = await engine().contacts.acceptRequest({ userId });
    toast.success(i18next.t('contacts.accepted', { name }));
  } catch (error) {
    failed(error);
  }
}

export const ignoreRequest = (userId: string): Promise<void> =>
  engine().contacts.ignoreRequest({ userId }).catch(failed);
export const renameContact = (userId: string, name: string): Promise<void> =>
  engine().contacts.rename({ userId, name }).catch(failed);
export const removeContact = (userId: string): Promise<void> =>
  engine().contacts.remove({ userId }).catch(failed);
export const blockContact = (userId: string): Promise<void> =>
  engine().contacts.block({ userId }).catch(failed);
export const unblockContact = (userId: string): Promise<void> =>
  engine().contacts.unblock({ userId }).catch(failed);
