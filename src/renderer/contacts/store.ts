/** The people, mirrored from the engine. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Contact, People } from '../../shared/contacts.ts';

export interface ContactsStore {
  people: People | null;
}

export const contactsStore = createStore<ContactsStore>(() => ({ people: null }));

export function useContacts<Part>(select: (store: ContactsStore) => Part): Part {
  return useStore(contactsStore, select);
}

export const selectPeople = (store: ContactsStore) => store.people;

export const selectContact =
  (userId: string) =>
  (store: ContactsStore): Contact | undefined =>
    store.people?.contacts.find((contact) => contact.userId === userId);

/** Contacts whose name holds the query, those online first, blocked ones last, by name within each. */
export function arrange(contacts: readonly Contact[], query: string): Contact[] {
  const wanted = query.trim().toLocaleLowerCase();
  const rank = (contact: Contact) => (contact.state === 'blocked' ? 2 : contact.online ? 0 : 1);
  return contacts
    .filter((contact) => contact.name.toLocaleLowerCase().includes(wanted))
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}
