/** Paths: validated ways for datagrams between two engines. */
import { UdpPathService } from './service.ts';
import type { PathService, PathServiceOptions } from './types.ts';

export type { Misdeed } from './audit/judge.ts';
export { MAX_TUNNELLED_BYTES } from './constants.ts';
export type { PathService, PathServiceOptions, PathSession } from './types.ts';

/** Makes the engine's path service. Nothing is bound or sent before `start()`. */
export function openPathService(options: PathServiceOptions): PathService {
  return new UdpPathService(options);
}
