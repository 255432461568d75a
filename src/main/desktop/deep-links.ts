/** Opening a `byway:` link anywhere on the machine brings it into this app. */
import { app } from 'electron';
import { LINK_SCHEME } from './constants.ts';
import { isLink, linkIn } from './links.ts';

/** Makes the installed app the one that opens `byway:` links. One run from its sources leaves the system as it is. */
export function registerLinkScheme(): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
}

/**
 * Calls back for every further start of the app, which ends itself at once (it lost the single-instance lock), and for
 * every link the system hands over.
 */
export function onOpenedAgain(callback: (link: string | undefined) => void): void {
  app.on('second-instance', (_event, argv) => callback(linkIn(argv)));
  // macOS hands links over as an event of their own.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    if (isLink(url)) callback(url);
  });
  app.on('activate', () => callback(undefined));
}
