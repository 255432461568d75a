/**
 * Whether the engine would take a text as the server's address: empty, or a WebSocket address. The engine's own schema
 * stays out of the page, since it would bring code that a strict content security policy reports.
 */
export function isServerAddress(text: string): boolean {
  if (text === '') return true;
  return URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol);
}
