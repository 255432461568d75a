export { checkDescription, iceCredentials, stripCandidates, withLoopbackCandidate } from './sdp.ts';
export { openTunnel, type Tunnel } from './tunnel.ts';
