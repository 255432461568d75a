/** What the page may use of the machine, answered by rule. */
import type { Session } from 'electron';
import { isOwnPage } from './page.ts';

/** Microphone and camera, the choice of a loudspeaker, copying our own link, and telling of a call. */
const ALLOWED = new Set(['media', 'speaker-selection', 'clipboard-sanitized-write', 'notifications']);

/** Allows these few to our own page and everything else to nobody. */
export function limitPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl, isMainFrame }) => {
    decide(isMainFrame && ALLOWED.has(permission) && isOwnPage(requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin) => {
    return ALLOWED.has(permission) && isOwnPage(requestingOrigin);
  });
  session.setDevicePermissionHandler(() => false);
}
