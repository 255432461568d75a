import type { Engine } from '../engine/index.ts';
import { refusable } from './failures.ts';
import type { Implementer } from './implementer.ts';
import { watch } from './watch.ts';

export function appHandlers(on: Implementer['app'], { app }: Engine) {
  return {
    watch: on.watch.handler(({ signal }) => watch(() => app.state(), subscribeTo(app), signal)),
    setName: on.setName.handler(({ input }) => refusable(() => app.setName(input.name))),
    updateSettings: on.updateSettings.handler(({ input }) => refusable(() => app.updateSettings(input))),
    reconnect: on.reconnect.handler(() => app.reconnect()),
  };
}

function subscribeTo(app: Engine['app']) {
  return (changed: () => void) => {
    app.on('changed', changed);
    return () => app.off('changed', changed);
  };
}
