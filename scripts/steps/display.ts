/** Whether this machine can show a window. */

/** True where windows can be opened: always on Windows and macOS, elsewhere when a display is named. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
}
