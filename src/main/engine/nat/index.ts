export { NatDiscovery } from './nat-discovery.ts';
export { farthest } from './scope.ts';
export type { NatKnowledge } from './types.ts';
