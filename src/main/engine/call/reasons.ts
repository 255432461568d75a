/** Why a call ended, as it is shown here, by the reason that the other side told. */
import type { EndReason } from '../../../shared/call.ts';
import type { HangUpReason } from '../../../shared/signal.ts';

export const HANG_UP_HEARD: Record<HangUpReason, EndReason> = {
  'hung-up': 'hung-up-there',
  'no-path': 'no-path',
  'path-lost': 'peer-gone',
  'media-failed': 'media-failed',
  'app-closed': 'app-closed-there',
};
