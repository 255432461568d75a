export { NatDiscovery } from './nat-discovery.ts';
export type { NatKnowledge } from './types.ts';
