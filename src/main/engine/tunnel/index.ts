export {
  checkDescription,
  type IceCredentials,
  iceCredentials,
  stripCandidates,
  withLoopbackCandidate,
} from './sdp.ts';
export { openTunnel, type Tunnel } from './tunnel.ts';
