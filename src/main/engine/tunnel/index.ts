export { checkDescription, iceUfrag, stripCandidates, withLoopbackCandidate } from './sdp.ts';
export { openTunnel, type Tunnel } from './tunnel.ts';
