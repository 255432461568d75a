/** The window opens where it was closed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow, type Rectangle, screen } from 'electron';
import { z } from 'zod';
import { BOUNDS_SETTLE_MS, SMALLEST_WINDOW, WINDOW_SIZE } from './constants.ts';

const Stored = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(SMALLEST_WINDOW.width).max(20_000),
  height: z.number().int().min(SMALLEST_WINDOW.height).max(20_000),
  maximized: z.boolean(),
});

const file = (): string => join(app.getPath('userData'), 'window.json');

/** The stored place, if it can still be seen on a display that is there; else the usual size in the middle. */
export function storedBounds(): { bounds: Partial<Rectangle>; maximized: boolean } {
  const stored = Stored.safeParse(read());
  if (!stored.success) return { bounds: WINDOW_SIZE, maximized: false };
  const { maximized, ...bounds } = stored.data;
  const { workArea } = screen.getDisplayMatching(bounds);
  const visible =
    bounds.x < workArea.x + workArea.width &&
    bounds.x + bounds.width > workArea.x &&
    bounds.y < workArea.y + workArea.height &&
    bounds.y >= workArea.y - SMALLEST_WINDOW.height;
  return visible ? { bounds, maximized } : { bounds: WINDOW_SIZE, maximized };
}

/** Stores the window's place whenever it has come to rest. */
export function keepBounds(window: BrowserWindow): void {
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    if (window.isDestroyed()) return;
    const place = { ...window.getNormalBounds(), maximized: window.isMaximized() };
    try {
      writeFileSync(file(), JSON.stringify(place));
    } catch {
      // The window's place is a comfort; a full disk is told where it matters, when a contact is stored.
    }
  };
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(save, BOUNDS_SETTLE_MS);
  };
  window.on('resize', settle);
  window.on('move', settle);
  window.on('close', save);
}

function read(): unknown {
  try {
    return JSON.parse(readFileSync(file(), 'utf8'));
  } catch {
    // First start, or a file that was cut off.
    return undefined;
  }
}
