/** Byway with a window. */
import { pino } from 'pino';
import manifest from '../../package.json' with { type: 'json' };
import { chooseFolders, electronReady, isOnlyInstance, quit } from './desktop/app.ts';
import { hideInsteadOfClosing, sayGoodbyeBeforeQuitting } from './desktop/closing.ts';
import { readCommandLine } from './desktop/command-line.ts';
import { onOpenedAgain, registerLinkScheme } from './desktop/deep-links.ts';
import { announceIncomingCalls } from './desktop/incoming-call.ts';
import { offerInterfacePort } from './desktop/interface-port.ts';
import { desktopMachine } from './desktop/machine.ts';
import { catchMistakes, orSaySo } from './desktop/mistakes.ts';
import { forbidNavigation } from './desktop/navigation.ts';
import { servePage } from './desktop/page.ts';
import { limitPermissions } from './desktop/permissions.ts';
import { followPower } from './desktop/power.ts';
import { systemSecretBox } from './desktop/secret-box.ts';
import { reportStarted, tellTerminal } from './desktop/terminal.ts';
import { placeInTray } from './desktop/tray.ts';
import { bringForward, openWindow } from './desktop/window.ts';
import { words } from './desktop/words.ts';
import { startEmbeddedServer } from './embedded-server.ts';
import { createEngine } from './engine/index.ts';
import { realOutside } from './engine/outside/real.ts';

// Electron becomes ready only when this module has been run, so nothing here may wait for that at the top level.
void orSaySo(run);

async function run(): Promise<void> {
  const start = readCommandLine(process.argv.slice(1));
  const logger = pino({ level: start.logLevel, name: 'byway' }, pino.destination({ dest: 2, sync: true }));
  catchMistakes(logger);
  const dataDirectory = chooseFolders(start);
  if (!isOnlyInstance()) {
    tellTerminal(words.runningAlready);
    reportStarted();
    return quit();
  }

  forbidNavigation();
  registerLinkScheme();
  const session = await electronReady();
  reportStarted();
  limitPermissions(session);
  await servePage(session);

  const engine = createEngine({
    dataDirectory,
    host: 'desktop',
    version: manifest.version,
    logger,
    secretBox: systemSecretBox(),
    serverUrl: start.serverUrl,
    routerMappings: true,
    machine: desktopMachine({ clock: realOutside.clock, logger: logger.child({ part: 'machine' }) }),
    startEmbeddedServer: () => startEmbeddedServer({ logger: logger.child({ part: 'embedded server' }) }),
  });
  if (start.name !== undefined) engine.app.setName(start.name);
  sayGoodbyeBeforeQuitting(engine);

  const window = openWindow(start.instrument);
  const page = offerInterfacePort(window, engine);
  if (start.link !== undefined) page.sendLink(start.link);
  onOpenedAgain((link) => {
    bringForward(window);
    if (link !== undefined) page.sendLink(link);
  });
  announceIncomingCalls(window, engine);
  followPower(engine);
  hideInsteadOfClosing(window, await placeInTray(engine, { show: () => bringForward(window), quit }));

  await engine.start();
}
