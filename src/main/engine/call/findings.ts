/** What the two ends of a line find out and tell each other by themselves, whatever the people do. */
import type { ReceivedSignal, Signal } from '../../../shared/signal.ts';
import type { CallId } from '../../../shared/words.ts';
import type { Line } from './line.ts';

/** Has the line's findings told as they come. */
export function tellFindings(line: Line, callId: CallId, tell: (signal: Signal) => void): void {
  const { session } = line;
  const { ufrag } = session.local;
  session.on('candidates', (candidates) => {
    // Before our credentials have left they travel with them.
    if (line.announced) tell({ type: 'candidates', callId, ufrag, candidates });
  });
  session.on('network', (network) => {
    if (line.announced) tell({ type: 'candidates', callId, ufrag, candidates: [], network });
  });
  line.on('carriers', (offers) => tell({ type: 'carriers', callId, ufrag, offers }));
  line.on('turn', (word) => tell({ type: 'turn', callId, ufrag, ...word }));
  line.on('flight', (datagrams) => tell({ type: 'flight', callId, ufrag, datagrams }));
}

/** Gives the line what the machine that it is with has found. Signals of other types are none of its business. */
export function hearFindings(line: Line, { signal, fromDevice }: ReceivedSignal): void {
  switch (signal.type) {
    case 'candidates':
      line.addRemoteCandidates(signal.ufrag, signal.candidates, signal.network);
      break;
    case 'carriers':
      line.carriersOffered(signal.ufrag, signal.offers);
      break;
    case 'turn':
      line.turnTold(signal.ufrag, signal);
      break;
    case 'flight':
      line.flightCame(fromDevice, signal);
      break;
  }
}
