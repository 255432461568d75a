/** Mappings asked of the router: PCP (RFC 6887), NAT-PMP (RFC 6886) and UPnP IGD. */
export { RouterMappings } from './mappings.ts';
export { proveMapping } from './proof.ts';
export type { RouterPorts } from './types.ts';
