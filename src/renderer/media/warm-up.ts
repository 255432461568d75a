/**
 * The first RTCPeerConnection of a page costs some hundred milliseconds: the browser starts its network thread, loads its
 * codecs and makes a key. That is done once, while nobody waits for it.
 */

/** Makes a connection that leads nowhere and closes it. Nothing is sent: it has no other side. */
export function warmUp(): void {
  whenIdle(() => {
    const connection = new RTCPeerConnection();
    connection.addTransceiver('audio');
    connection.addTransceiver('video');
    connection
      .createOffer()
      .then((offer) => connection.setLocalDescription(offer))
      .catch((error: unknown) => console.info('The media could not be warmed up:', error))
      .finally(() => connection.close());
  });
}

function whenIdle(work: () => void): void {
  // Safari's engine lacks it.
  if ('requestIdleCallback' in window) window.requestIdleCallback(work, { timeout: 2_000 });
  else setTimeout(work, 500);
}
