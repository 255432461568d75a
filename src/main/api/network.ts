import type { Engine } from '../engine/index.ts';
import type { Implementer } from './implementer.ts';
import { watch } from './watch.ts';

export function networkHandlers(on: Implementer['network'], { network }: Engine) {
  return {
    watch: on.watch.handler(({ signal }) => watch(() => network.state(), network.onChanged, signal)),
    report: on.report.handler(({ signal }) => watch(() => network.report(), network.onReport, signal)),
    refresh: on.refresh.handler(() => network.refresh()),
  };
}
