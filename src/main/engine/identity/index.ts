/** Identities, and how they are passed on. */
export { LinkChecksumError, LinkUnreadableError } from './errors.ts';
export { type AgreementKeys, type Identity, identityFrom, loadOrCreateIdentity } from './identity.ts';
export { linkFor, parseLink, spell } from './link.ts';
export { publicKeyOf } from './public-key.ts';
