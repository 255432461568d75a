/** How a page on a headless engine is let in: the one-time token of its address buys a session cookie. */

/** Where a page goes that is not let in; the host explains there what to do. */
const NO_SESSION_PAGE = '/no-session';

/**
 * Trades the token in the address, if there is one, for a session, and takes it out of the address and the history. A
 * page that is not let in leaves for a page that says why.
 *
 * @throws TypeError when the host does not answer
 */
export async function enterSession(): Promise<void> {
  const hash = new URLSearchParams(location.hash.slice(1));
  const token = hash.get('token');
  if (token !== null) {
    hash.delete('token');
    const rest = hash.toString();
    history.replaceState(null, '', location.pathname + location.search + (rest === '' ? '' : `#${rest}`));
    if ((await post({ token })).ok) return;
  }
  const present = await fetch('/session', { cache: 'no-store' });
  if (present.ok) return;
  // The host prints a new address where it was started.
  await post({});
  location.replace(NO_SESSION_PAGE);
}

function post(body: object): Promise<Response> {
  return fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
