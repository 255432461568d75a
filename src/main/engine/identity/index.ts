/** Identities, and how they are passed on. */
export { type Identity, loadOrCreateIdentity } from './identity.ts';
export { linkFor, spell } from './link.ts';
